package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// entry is a file in an archive. Its owner is root and its time is the commit's.
type entry struct {
	name string // with the one top directory
	mode int64
	data []byte
	link string // what a symbolic link leads to
}

// archive packs the archive that users unpack by hand. It contains the program as vault.
func (r *release) archive(t target, program string, x *texts) error {
	data, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	top := r.stem(t)
	entries := []entry{{name: top + "/" + t.program(), mode: 0o755, data: data}}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"} {
		text, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return err
		}
		entries = append(entries, entry{name: top + "/" + name, mode: 0o644, data: text})
	}
	add := func(name, text string) {
		entries = append(entries, entry{name: top + "/" + name, mode: 0o644, data: []byte(text)})
	}
	add("THIRD-PARTY-LICENSES.txt", x.licences)
	if t.os == "darwin" {
		add("WITHOUT-KEYCHAIN.txt", "This build has no cgo, so it cannot use the macOS keychain. Build from source for that:\nmake install, or the Homebrew formula.\n")
	}
	add("man/vault.1", x.manual[commandName])
	c := x.completions[commandName]
	add("completions/vault.bash", c["bash"])
	add("completions/_vault", c["zsh"])
	add("completions/vault.fish", c["fish"])
	add("completions/vault.ps1", c["powershell"])
	if t.os == "windows" {
		return writeFile(filepath.Join(r.out, top+".zip"), func(w io.Writer) error { return writeZip(w, entries, r.time) })
	}
	return writeFile(filepath.Join(r.out, top+".tar.gz"), func(w io.Writer) error { return writeTar(w, entries, r.time) })
}

// source packs the files in git, and the modules that the build needs.
func (r *release) source(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(r.root, ".git")); err != nil {
		return nil // this is unpacked from one
	}
	top := commandName + "-" + r.version
	cmd := exec.CommandContext(ctx, "git", "archive", "--format=tar", "HEAD")
	cmd.Dir, cmd.Stderr = r.root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("git archive: %w", err)
	}
	entries, err := untar(bytes.NewReader(out), top)
	if err != nil {
		return err
	}
	entries = append(entries, entry{name: top + "/.release", mode: 0o644,
		data: fmt.Appendf(nil, "VERSION = %s\nCOMMIT = %s\nDATE = %s\n", r.version, r.commit, r.time.Format(time.RFC3339))})
	vendor := filepath.Join(r.work, "vendor")
	if _, err := r.output(ctx, "go", "mod", "vendor", "-o", vendor); err != nil {
		return err
	}
	err = filepath.WalkDir(vendor, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(r.work, path)
		entries = append(entries, entry{name: top + "/" + filepath.ToSlash(name), mode: 0o644, data: data})
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return writeFile(filepath.Join(r.out, r.sourceName()), func(w io.Writer) error { return writeTar(w, entries, r.time) })
}

func (r *release) sourceName() string { return commandName + "-" + r.version + "-source.tar.gz" }

func untar(in io.Reader, top string) (entries []entry, err error) {
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		e := entry{name: path.Join(top, h.Name), mode: 0o644}
		switch h.Typeflag {
		case tar.TypeReg:
			if h.Mode&0o100 != 0 {
				e.mode = 0o755
			}
			if e.data, err = io.ReadAll(t); err != nil {
				return nil, err
			}
		case tar.TypeSymlink:
			e.link, e.mode = h.Linkname, 0o777
		default:
			continue // directories are made as needed; pax headers name the commit
		}
		entries = append(entries, e)
	}
}

// directories returns the directories of the entries. Each comes before its contents.
func directories(entries []entry) (all []string) {
	for _, e := range entries {
		for dir := path.Dir(e.name); dir != "."; dir = path.Dir(dir) {
			all = append(all, dir)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func writeTar(w io.Writer, entries []entry, at time.Time) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	head := func(h tar.Header) error {
		h.ModTime, h.Format = at, tar.FormatPAX
		h.Uname, h.Gname = "root", "root"
		return t.WriteHeader(&h)
	}
	for _, dir := range directories(entries) {
		if err := head(tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755}); err != nil {
			return err
		}
	}
	for _, e := range entries {
		h := tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Size: int64(len(e.data))}
		if e.link != "" {
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
		}
		if err := head(h); err != nil {
			return err
		}
		if _, err := t.Write(e.data); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}

func writeZip(w io.Writer, entries []entry, at time.Time) error {
	z := zip.NewWriter(w)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: at}
		h.SetMode(fs.FileMode(e.mode))
		out, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := out.Write(e.data); err != nil {
			return err
		}
	}
	return z.Close()
}

// writeFile writes a complete file. After an error it leaves no file.
func writeFile(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
