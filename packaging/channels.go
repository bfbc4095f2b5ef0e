package main

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"
)

//go:embed all:channels
var channelFiles embed.FS

// channel is the data for the templates of the channels.
type channel struct {
	r      *release
	sums   map[string]string
	SSHKey string
}

// channels writes the files that package channels need for a release, from the release's
// names and sums. It leaves out channels with a target that was not built. It leaves out
// install.sh if there is no signature that install.sh could check.
func (r *release) channels(sums string) error {
	c := channel{r: r, sums: map[string]string{}}
	file, err := os.Open(sums)
	if err != nil {
		return err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		c.sums[name] = sum
	}
	if key := os.Getenv("SSH_SIGNING_KEY"); key != "" {
		text, err := os.ReadFile(key + ".pub")
		if err != nil {
			return err
		}
		if words := strings.Fields(string(text)); len(words) >= 2 {
			c.SSHKey = words[0] + " " + words[1]
		}
	}
	return fs.WalkDir(channelFiles, "channels", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return c.file(path)
	})
}

// channelsCommand writes the channels' files for a release that was built elsewhere.
func channelsCommand(ctx context.Context, args []string) error {
	f := newFlags("channels")
	r := &release{}
	f.StringVar(&r.version, "version", "", "of the release")
	f.StringVar(&r.root, "root", "..", "the checkout")
	f.StringVar(&r.out, "out", "", "where the directory channels is made")
	sums := f.String("sums", "", "the SHA256SUMS of the release")
	if err := f.Parse(args); err != nil {
		return err
	}
	if !semver.MatchString(r.version) || r.out == "" || *sums == "" {
		return errors.New("channels takes -version, -sums and -out")
	}
	if err := r.dated(ctx); err != nil {
		return err
	}
	return r.channels(*sums)
}

func (c channel) file(path string) error {
	text, err := channelFiles.ReadFile(path)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(path, ".tmpl")
	if filepath.Base(name) == "install.sh" && c.SSHKey == "" {
		return nil
	}
	t, err := template.New(path).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, c); err != nil {
		if missing := (notBuilt{}); errors.As(err, &missing) {
			fmt.Printf("%s is left out: %v\n", name, missing)
			return nil
		}
		return err
	}
	if strings.Contains(path, "chocolatey") && strings.HasSuffix(name, ".ps1") {
		return c.r.write(name, strings.ReplaceAll(b.String(), "\n", "\r\n"))
	}
	return c.r.write(name, b.String())
}

// The templates call the following methods.

func (c channel) Version() string    { return c.r.version }
func (c channel) Commit() string     { return c.r.commit }
func (c channel) Date() string       { return c.r.time.Format(time.RFC3339) }
func (c channel) Day() string        { return c.r.time.Format(time.DateOnly) }
func (c channel) Home() string       { return homepage() }
func (c channel) Summary() string    { return summary }
func (c channel) Maintainer() string { return maintainer }
func (c channel) Source() string     { return c.r.sourceName() }

// ArchVersion returns the version without dashes: pacman reads a release number after a dash.
func (c channel) ArchVersion() string { return strings.ReplaceAll(c.r.version, "-", "_") }

// Stem returns the top directory of an archive.
func (c channel) Stem(os, arch string) string { return c.r.stem(target{os, arch}) }

// Archive returns the name of an archive.
func (c channel) Archive(os, arch string) string {
	if os == "windows" {
		return c.Stem(os, arch) + ".zip"
	}
	return c.Stem(os, arch) + ".tar.gz"
}

// URL returns the address for downloading a file.
func (c channel) URL(name string) string {
	return homepage() + "/releases/download/v" + c.r.version + "/" + name
}

// notBuilt is the error for a file that this release does not have.
type notBuilt struct{ name string }

func (n notBuilt) Error() string { return n.name + " was not built" }

// Sum returns the sum of a file in SHA256SUMS.
func (c channel) Sum(name string) (string, error) {
	if sum := c.sums[name]; sum != "" {
		return sum, nil
	}
	return "", notBuilt{name}
}

// UpperSum returns Sum in capitals, for winget.
func (c channel) UpperSum(name string) (string, error) {
	sum, err := c.Sum(name)
	return strings.ToUpper(sum), err
}
