package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk"
	_ "github.com/goreleaser/nfpm/v2/arch"
	_ "github.com/goreleaser/nfpm/v2/deb"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

//go:embed nfpm.yaml.tmpl
var nfpmTemplate string

//go:embed copyright
var copyright string

//go:embed lintian-overrides
var lintianOverrides string

var formats = []string{"deb", "rpm", "apk", "archlinux"}

// packaged is a file in a package.
type packaged struct {
	From, To, Mode string
	Doc            bool
}

// packages makes the packages for one Linux target. They contain no scripts: they start
// nothing and change no user's files.
func (r *release) packages(t target, program string, x *texts) error {
	for _, format := range formats {
		dir := filepath.Join(r.work, "package", t.system(), format)
		files, err := r.packageFiles(dir, format, program, x)
		if err != nil {
			return err
		}
		if err := r.packageOf(t, format, dir, files); err != nil {
			return fmt.Errorf("%s for %s: %w", format, t, err)
		}
	}
	return nil
}

// packageFiles writes the files of a package, and returns where each one is installed.
func (r *release) packageFiles(dir, format, program string, x *texts) ([]packaged, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	manual, err := zipped(x.manual[packageName])
	if err != nil {
		return nil, err
	}
	c := x.completions[packageName]
	zsh := "/usr/share/zsh/site-functions/_awsvault"
	if format == "deb" {
		zsh = "/usr/share/zsh/vendor-completions/_awsvault"
	}
	files := []packaged{{From: program, To: "/usr/bin/awsvault", Mode: "0755"}}
	write := func(name, to, text string, doc bool) error {
		files = append(files, packaged{From: filepath.Join(dir, name), To: to, Mode: "0644", Doc: doc && format == "rpm"})
		return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	licence, err := os.ReadFile(filepath.Join(r.root, "LICENSE"))
	if err != nil {
		return nil, err
	}
	type file struct {
		name, to, text string
		doc            bool
	}
	all := []file{
		{"manual", "/usr/share/man/man1/awsvault.1.gz", manual, true},
		{"bash", "/usr/share/bash-completion/completions/awsvault", c["bash"], false},
		{"zsh", zsh, c["zsh"], false},
		{"fish", "/usr/share/fish/vendor_completions.d/awsvault.fish", c["fish"], false},
	}
	if format == "deb" {
		packed, err := zipped(x.licences)
		if err != nil {
			return nil, err
		}
		all = append(all,
			file{"copyright", "/usr/share/doc/awsvault/copyright", copyright, false},
			file{"licences", "/usr/share/doc/awsvault/THIRD-PARTY-LICENSES.txt.gz", packed, false},
			file{"overrides", "/usr/share/lintian/overrides/awsvault", lintianOverrides, false})
	} else {
		all = append(all,
			file{"licence", "/usr/share/licenses/awsvault/LICENSE", string(licence), true},
			file{"licences", "/usr/share/licenses/awsvault/THIRD-PARTY-LICENSES.txt", x.licences, true})
	}
	for _, f := range all {
		if err := write(f.name, f.to, f.text, f.doc); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (r *release) packageOf(t target, format, dir string, files []packaged) error {
	changes := filepath.Join(dir, "changelog.yaml")
	text := fmt.Sprintf("- semver: %s\n  date: %s\n  packager: %s\n  deb: {urgency: medium, distributions: [stable]}\n  changes:\n    - note: Version %s. What is new is in CHANGELOG.md of the sources.\n",
		r.version, r.time.Format(time.RFC3339), maintainer, r.version)
	if err := os.WriteFile(changes, []byte(text), 0o644); err != nil {
		return err
	}
	arch := t.arch
	if arch == "armv7" {
		arch = "arm7"
	}
	var yaml bytes.Buffer
	err := template.Must(template.New("nfpm").Parse(nfpmTemplate)).Execute(&yaml, map[string]any{
		"Format": format, "Arch": arch, "Version": r.version, "Maintainer": maintainer, "Home": homepage(), "Summary": summary,
		"Time": r.time.Format(time.RFC3339), "Changelog": changes, "Files": files,
		"RPMKey": os.Getenv("RPM_SIGNING_KEY"), "APKKey": os.Getenv("APK_SIGNING_KEY"),
	})
	if err != nil {
		return err
	}
	config, err := nfpm.ParseWithEnvMapping(&yaml, func(string) string { return "" })
	if err != nil {
		return err
	}
	info, err := config.Get(format)
	if err != nil {
		return err
	}
	info = nfpm.WithDefaults(info)
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return err
	}
	info.Target = filepath.Join(r.out, packager.ConventionalFileName(info))
	return writeFile(info.Target, func(w io.Writer) error { return packager.Package(info, w) })
}

// zipped compresses a text like `gzip -9n`.
func zipped(text string) (string, error) {
	var b strings.Builder
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := io.WriteString(z, text); err != nil {
		return "", err
	}
	err = z.Close()
	return b.String(), err
}

// homepage returns the address of the sources.
func homepage() string {
	if h := os.Getenv("RELEASE_HOME"); h != "" {
		return h
	}
	return home
}
