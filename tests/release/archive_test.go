package release

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
)

// member is a file of an archive.
type member struct {
	name, owner string
	mode        int64
	time        time.Time
	dir         bool
	data        []byte
}

func readTar(t *testing.T, in io.Reader) (all []member) {
	t.Helper()
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, member{h.Name, h.Uname + "/" + h.Gname, h.Mode, h.ModTime, h.Typeflag == tar.TypeDir, data})
		if h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s is of %d/%d", h.Name, h.Uid, h.Gid)
		}
	}
}

func readArchive(t *testing.T, path string) (all []member) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".zip") {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, member{f.Name, "root/root", int64(f.Mode().Perm()), f.Modified, f.FileInfo().IsDir(), text})
		}
		return all
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("%s: gzip has a time or a name", path)
	}
	return readTar(t, z)
}

// Archives unpack into one directory of their name, with modes and times that are the
// same everywhere, and to nowhere else.
func TestArchives(t *testing.T) {
	b := dist(t)
	found, err := filepath.Glob(filepath.Join(b.dir, "vault-*"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range found {
		base := filepath.Base(path)
		top, ok := strings.CutSuffix(base, ".tar.gz")
		if !ok {
			if top, ok = strings.CutSuffix(base, ".zip"); !ok {
				continue
			}
		}
		source := strings.HasSuffix(top, "-source")
		top = strings.TrimSuffix(top, "-source")
		seen++
		var names []string
		for _, m := range readArchive(t, path) {
			if m.name != top+"/" && !strings.HasPrefix(m.name, top+"/") || strings.Contains(m.name, "..") && !source || strings.Contains("/"+m.name+"/", "/../") || filepath.IsAbs(m.name) {
				t.Errorf("%s: %s is outside of its directory", base, m.name)
			}
			if !m.time.Equal(b.time) {
				t.Errorf("%s: %s is of %s, want the commit's %s", base, m.name, m.time, b.time)
			}
			if m.owner != "root/root" {
				t.Errorf("%s: %s is of %s", base, m.name, m.owner)
			}
			want := int64(0o644)
			if m.dir || strings.HasSuffix(m.name, "/vault") || strings.HasSuffix(m.name, "/vault.exe") {
				want = 0o755
			}
			if m.mode != want && !(source && (m.mode == 0o755 || m.mode == 0o777)) {
				t.Errorf("%s: %s has mode %o", base, m.name, m.mode)
			}
			if len(m.data) == 0 && !m.dir && !source {
				t.Errorf("%s: %s is empty", base, m.name)
			}
			names = append(names, strings.TrimPrefix(m.name, top+"/"))
		}
		wanted := []string{"LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "THIRD-PARTY-LICENSES.txt", "man/vault.1", "completions/vault.bash", "completions/_vault", "completions/vault.fish", "completions/vault.ps1"}
		if source {
			wanted = []string{".release", "main.go", "Makefile", "vendor/modules.txt", "packaging/go.mod"}
		}
		for _, want := range wanted {
			if !slices.Contains(names, want) {
				t.Errorf("%s has no %s", base, want)
			}
		}
	}
	if seen < 3 {
		t.Errorf("only %d archives", seen)
	}
}

// programs unpacks the program of each archive.
func (b built) programs(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	found, err := filepath.Glob(filepath.Join(b.dir, "vault-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if !strings.HasSuffix(path, ".tar.gz") && !strings.HasSuffix(path, ".zip") || strings.Contains(path, "-source") {
			continue
		}
		for _, m := range readArchive(t, path) {
			if name := filepath.Base(m.name); name == "vault" || name == "vault.exe" {
				out := filepath.Join(t.TempDir(), name)
				if err := os.WriteFile(out, m.data, 0o755); err != nil {
					t.Fatal(err)
				}
				system := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".tar.gz"), ".zip")
				all[system] = out
			}
		}
	}
	return all
}

// A program tells nothing of the machine that it was built on.
func TestNoPathOfTheBuildMachineIsInAProgram(t *testing.T) {
	b := dist(t)
	home, _ := os.UserHomeDir()
	paths := []string{root(t), goEnv(t, "GOMODCACHE"), goEnv(t, "GOCACHE"), goEnv(t, "GOROOT") + "/src", os.TempDir() + "/vault-dist"}
	if len(home) > 6 {
		paths = append(paths, home+"/")
	}
	for system, path := range b.programs(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			if bytes.Contains(data, []byte(p)) {
				t.Errorf("%s: %s is in it", system, p)
			}
		}
		if len(data) > 20<<20 {
			t.Errorf("%s has %d bytes, and 20 MB is the limit", system, len(data))
		}
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range info.Settings {
			if strings.HasPrefix(s.Key, "vcs") {
				t.Errorf("%s: %s is in it: a tarball without git gives other bytes", system, s.Key)
			}
		}
	}
}

// The bill of materials has every module that is linked, and its version.
func TestBillsOfMaterials(t *testing.T) {
	b := dist(t)
	for system, path := range b.programs(t) {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(b.dir, system+".cdx.json"))
		if err != nil {
			t.Error(err)
			continue
		}
		var doc struct {
			BOMFormat, SpecVersion, SerialNumber string
			Metadata                             struct {
				Timestamp string
				Component struct {
					Name, Version string
					Hashes        []struct{ Alg, Content string }
				}
			}
			Components []struct{ Name, Version, PURL string }
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.BOMFormat != "CycloneDX" || doc.SpecVersion != "1.6" || doc.Metadata.Component.Version != b.version || doc.Metadata.Timestamp != b.time.UTC().Format(time.RFC3339) {
			t.Errorf("%s: %+v", system, doc.Metadata)
		}
		if len(info.Deps) < 10 {
			t.Fatalf("%s: only %d modules", system, len(info.Deps))
		}
		for _, m := range info.Deps {
			if m.Replace != nil {
				t.Errorf("%s: %s is replaced", system, m.Path)
			}
			if !slices.ContainsFunc(doc.Components, func(c struct{ Name, Version, PURL string }) bool {
				return c.Name == m.Path && c.Version == m.Version && c.PURL == "pkg:golang/"+m.Path+"@"+m.Version
			}) {
				t.Errorf("%s: %s %s is linked and not listed", system, m.Path, m.Version)
			}
		}
		sum, _, _ := strings.Cut(run(t, "sha256sum", path), " ")
		if h := doc.Metadata.Component.Hashes; len(h) != 1 || h[0].Content != sum {
			t.Errorf("%s: the sum of the program is %s, not %v", system, sum, h)
		}
	}
}

// A release is not much larger than the one before it: sizes.txt has that.
func TestSizes(t *testing.T) {
	b := dist(t)
	text, err := os.ReadFile(filepath.Join(root(t), "packaging", "sizes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		var name string
		var size float64
		if f := strings.Fields(line); len(f) == 2 && f[0] != "#" {
			name = f[0]
			if err := json.Unmarshal([]byte(f[1]), &size); err != nil {
				t.Fatal(err)
			}
			last[name] = size
		}
	}
	seen := 0
	for name := range sums(t, b.dir) {
		was, ok := last[strings.ReplaceAll(name, b.version, "VERSION")]
		if !ok {
			continue
		}
		seen++
		info, err := os.Stat(filepath.Join(b.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if is := float64(info.Size()); is > 1.1*was {
			t.Errorf("%s has %.0f bytes, and the last release's had %.0f. If that is meant: packaging/sizes.txt", name, is, was)
		}
	}
	if seen < 3 {
		t.Errorf("only %d files are in packaging/sizes.txt", seen)
	}
}

// The source archive builds without a network and without git, and knows its release.
func TestTheSourceArchiveBuildsAlone(t *testing.T) {
	b := dist(t)
	dir := b.unpacked(t, b.one(t, "vault-*-source.tar.gz"))
	cmd := exec.Command(need.Program(t, "make", "make"), "-s", "build")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=vendor", "GOMODCACHE="+t.TempDir(), "GIT_DIR=/proc/nonexistent")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make build: %v\n%s", err, out)
	}
	if out := run(t, filepath.Join(dir, "bin", "vault"), "version"); !strings.Contains(out, b.version) || !strings.Contains(out, b.commit[:12]) {
		t.Errorf("it says %s", out)
	}
}
