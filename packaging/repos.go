package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/blakesmith/ar"
	"github.com/ulikunitz/xz"
)

// reposCommand makes an apt and a dnf repository from the packages of a release. Any web
// server can serve their files. APT_SIGNING_KEY names the gpg key that signs the lists. dnf's
// packages contain their own signatures (RPM_SIGNING_KEY).
func reposCommand(ctx context.Context, args []string) error {
	f := newFlags("repos")
	out := f.String("out", "", "the directory to make")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 || *out == "" {
		return errors.New("repos takes -out and the directory of a release")
	}
	if err := aptRepository(ctx, f.Arg(0), filepath.Join(*out, "apt")); err != nil {
		return err
	}
	return dnfRepository(ctx, f.Arg(0), filepath.Join(*out, "dnf"))
}

// aptRepository lists the packages by architecture, in apt's format.
func aptRepository(ctx context.Context, from, out string) error {
	debs, err := filepath.Glob(filepath.Join(from, "*.deb"))
	if err != nil || len(debs) == 0 {
		return fmt.Errorf("there is no deb in %s", from)
	}
	lists, latest := map[string]string{}, time.Time{}
	for _, deb := range debs {
		control, made, err := readControl(deb)
		if err != nil {
			return fmt.Errorf("%s: %w", deb, err)
		}
		if made.After(latest) {
			latest = made
		}
		pool := "pool/main/a/awsvault/" + filepath.Base(deb)
		data, err := os.ReadFile(deb)
		if err != nil {
			return err
		}
		if err := put(filepath.Join(out, pool), data); err != nil {
			return err
		}
		arch := field(control, "Architecture")
		lists[arch] += fmt.Sprintf("%s\nFilename: %s\nSize: %d\nSHA256: %x\n\n", strings.TrimSpace(control), pool, len(data), sha256.Sum256(data))
	}
	dist := filepath.Join(out, "dists", "stable")
	var sums strings.Builder
	archs := make([]string, 0, len(lists))
	for arch := range lists {
		archs = append(archs, arch)
	}
	slices.Sort(archs)
	for _, arch := range archs {
		packed, err := zipped(lists[arch])
		if err != nil {
			return err
		}
		for name, text := range map[string]string{"Packages": lists[arch], "Packages.gz": packed} {
			if err := put(filepath.Join(dist, "main", "binary-"+arch, name), []byte(text)); err != nil {
				return err
			}
		}
		for _, f := range []struct{ name, text string }{{"Packages", lists[arch]}, {"Packages.gz", packed}} {
			fmt.Fprintf(&sums, " %x %d main/binary-%s/%s\n", sha256.Sum256([]byte(f.text)), len(f.text), arch, f.name)
		}
	}
	text := fmt.Sprintf("Origin: awsvault\nLabel: awsvault\nSuite: stable\nCodename: stable\nDate: %s\nArchitectures: %s\nComponents: main\nDescription: %s\nSHA256:\n%s",
		latest.UTC().Format("Mon, 02 Jan 2006 15:04:05 UTC"), strings.Join(archs, " "), summary, sums.String())
	path := filepath.Join(dist, "Release")
	if err := put(path, []byte(text)); err != nil {
		return err
	}
	key := os.Getenv("APT_SIGNING_KEY")
	if key == "" {
		return nil
	}
	for _, args := range [][]string{{"--clearsign", "-o", filepath.Join(dist, "InRelease")}, {"--detach-sign", "--armor", "-o", path + ".gpg"}} {
		cmd := exec.CommandContext(ctx, "gpg", append(append([]string{"--batch", "--yes", "--local-user", key}, args...), path)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("gpg: %w\n%s", err, out)
		}
	}
	return nil
}

func field(control, name string) string {
	for line := range strings.Lines(control) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// readControl reads the control file of a deb.
func readControl(path string) (control string, made time.Time, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", made, err
	}
	defer file.Close()
	for r := ar.NewReader(file); ; {
		h, err := r.Next()
		if err != nil {
			return "", made, fmt.Errorf("no control file: %w", err)
		}
		name := strings.TrimRight(h.Name, "/ ")
		if !strings.HasPrefix(name, "control.tar") {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return "", made, err
		}
		var in io.Reader
		if strings.HasSuffix(name, ".xz") {
			in, err = xz.NewReader(bytes.NewReader(data))
		} else {
			in, err = gzip.NewReader(bytes.NewReader(data))
		}
		if err != nil {
			return "", made, err
		}
		for t := tar.NewReader(in); ; {
			h, err := t.Next()
			if err != nil {
				return "", made, err
			}
			if filepath.Base(h.Name) == "control" {
				text, err := io.ReadAll(t)
				return string(text), h.ModTime, err
			}
		}
	}
}

func put(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// dnfRepository makes a repository with createrepo_c. It keeps the packages' own times.
func dnfRepository(ctx context.Context, from, out string) error {
	rpms, err := filepath.Glob(filepath.Join(from, "*.rpm"))
	if err != nil || len(rpms) == 0 {
		return fmt.Errorf("there is no rpm in %s", from)
	}
	var latest int64
	for _, rpm := range rpms {
		data, err := os.ReadFile(rpm)
		if err != nil {
			return err
		}
		if err := put(filepath.Join(out, filepath.Base(rpm)), data); err != nil {
			return err
		}
		made, err := exec.CommandContext(ctx, "rpm", "-qp", "--nosignature", "--qf", "%{BUILDTIME}", rpm).Output()
		if err != nil {
			return fmt.Errorf("rpm: %w", err)
		}
		seconds, err := strconv.ParseInt(strings.TrimSpace(string(made)), 10, 64)
		if err != nil {
			return err
		}
		latest = max(latest, seconds)
		at := time.Unix(seconds, 0)
		if err := os.Chtimes(filepath.Join(out, filepath.Base(rpm)), at, at); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "createrepo_c", "--quiet", "--no-database", "--simple-md-filenames", "--revision="+strconv.FormatInt(latest, 10), "--set-timestamp-to-revision", out)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("createrepo_c: %w\n%s", err, out)
	}
	repo := "[awsvault]\nname=awsvault\nbaseurl=" + homepage() + "/dnf\nenabled=1\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=" + homepage() + "/awsvault.asc\n"
	return put(filepath.Join(out, "awsvault.repo"), []byte(repo))
}
