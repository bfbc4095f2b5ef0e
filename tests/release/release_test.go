// Package release tests what a release is made of: that anyone gets the same bytes, and
// that what people download can be checked, installed, used and removed.
package release

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// version of what is built for the tests, and the one before it.
const (
	version = "7.1.0"
	before  = "7.0.9"
)

// built is a directory of files that `make dist` made.
type built struct {
	dir, version string
	keys         string // where the throw-away keys are; empty: of another run
	commit       string
	time         time.Time
}

var (
	once   sync.Once
	shared built
	temp   string
	failed error
)

func TestMain(m *testing.M) {
	status := m.Run()
	for _, dir := range []string{temp, olderOnes.dir} {
		if dir != "" {
			os.RemoveAll(dir)
		}
	}
	os.Exit(status)
}

// dist is a release of this tree for Linux and Windows, built once and signed with
// throw-away keys. VAULT_DIST names one that is there already, and VAULT_DIST_VERSION
// its version: then that is what is tested.
func dist(t *testing.T) built {
	t.Helper()
	need.Program(t, "git", "git")
	need.Program(t, "ssh-keygen", "openssh-client")
	if err := exec.Command("git", "-C", root(t), "rev-parse", "HEAD").Run(); err != nil {
		need.Bonus(t, "git clone: a release is made of a commit, and this tree is no clone")
	}
	once.Do(func() {
		shared = built{dir: os.Getenv("VAULT_DIST"), version: os.Getenv("VAULT_DIST_VERSION")}
		if shared.dir == "" {
			shared.version = version
			if temp, failed = os.MkdirTemp("", "vault-release"); failed != nil {
				return
			}
			shared.dir, shared.keys = filepath.Join(temp, "dist"), filepath.Join(temp, "keys")
			if failed = makeKeys(shared.keys); failed != nil {
				return
			}
			failed = makeDist(root(t), shared.dir, version, "linux/amd64,windows/amd64", signing(shared.keys)...)
		}
	})
	if failed != nil {
		t.Fatal(failed)
	}
	if shared.commit == "" {
		out, err := exec.Command("git", "-C", root(t), "log", "-1", "--format=%H %ct").Output()
		if err != nil {
			t.Fatal(err)
		}
		var seconds int64
		fmt.Sscanf(string(out), "%s %d", &shared.commit, &seconds)
		shared.time = time.Unix(seconds, 0)
	}
	return shared
}

// older are the packages of another version, of the same tree.
func older(t *testing.T) built {
	t.Helper()
	makeOlder.Do(func() {
		if olderOnes.dir, errOlder = os.MkdirTemp("", "vault-older"); errOlder == nil {
			olderOnes.version = "0.0.1" // than any release that VAULT_DIST names
			errOlder = makeDist(root(t), olderOnes.dir, olderOnes.version, "linux/amd64")
		}
	})
	if errOlder != nil {
		t.Fatal(errOlder)
	}
	return olderOnes
}

var (
	makeOlder sync.Once
	olderOnes built
	errOlder  error
)

func root(t testing.TB) string {
	t.Helper()
	dir, err := world.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// packaging runs the program that makes releases.
func packaging(dir string, environ []string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append([]string{"-C", filepath.Join(dir, "packaging"), "run", "."}, args...)...)
	cmd.Env = append(os.Environ(), environ...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("packaging %s: %w\n%s", args[0], err, out)
	}
	return nil
}

func makeDist(tree, out, version, targets string, environ ...string) error {
	return packaging(tree, environ, "dist", "-version", version, "-root", tree, "-out", out, "-targets", targets)
}

// makeKeys makes the keys of a rehearsal.
func makeKeys(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ssh := filepath.Join(dir, "ssh")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "awsvault", "-f", ssh).CombinedOutput(); err != nil {
		return fmt.Errorf("ssh-keygen: %w\n%s", err, out)
	}
	public, err := os.ReadFile(ssh + ".pub")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "signers"), append([]byte("awsvault "), public...), 0o600); err != nil {
		return err
	}
	here, err := world.Root()
	if err != nil {
		return err
	}
	return packaging(here, nil, "throwaway-key", filepath.Join(dir, "minisign"))
}

func signing(keys string) []string {
	return []string{"MINISIGN_KEY=" + filepath.Join(keys, "minisign"), "MINISIGN_PASSWORD=test", "SSH_SIGNING_KEY=" + filepath.Join(keys, "ssh")}
}

// one is the file of the release whose name has that form.
func (b built) one(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(b.dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %d files (%v)", pattern, len(found), err)
	}
	return found[0]
}

// unpacked is the top directory of an archive, unpacked.
func (b built) unpacked(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	run(t, "tar", "-xzf", archive, "-C", dir)
	found, err := os.ReadDir(dir)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s has %d top directories (%v)", archive, len(found), err)
	}
	return filepath.Join(dir, found[0].Name())
}

// run runs a program that has to succeed, and returns what it printed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func copied(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	run(t, "cp", "-r", from, to)
	return to
}

// Whoever downloads a release finds out if a byte of it is not what was signed.
func TestAFlippedByteIsFound(t *testing.T) {
	b := dist(t)
	if b.keys == "" {
		t.Skip("signed with other keys: make release verifies with those")
	}
	verify := func(dir string) error {
		return packaging(root(t), nil, "verify", "-minisign", filepath.Join(b.keys, "minisign.pub"), "-ssh", filepath.Join(b.keys, "signers"), dir)
	}
	if err := verify(b.dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Base(b.one(t, "*.deb")), "SHA256SUMS", "SHA256SUMS.minisig", "SHA256SUMS.sig"} {
		dir := copied(t, b.dir)
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := len(data) / 2
		if name == "SHA256SUMS.minisig" {
			at = bytes.IndexByte(data, '\n') + 40
		}
		data[at] ^= 1
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if verify(dir) == nil {
			t.Errorf("a flipped byte of %s is not found", name)
		}
	}
	extra := copied(t, b.dir)
	if err := os.WriteFile(filepath.Join(extra, "vault-extra.zip"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if verify(extra) == nil {
		t.Error("a file that was not summed is not found")
	}
}

// The lines of README for those who check by hand, with the tools that they have.
func TestTheSignaturesAreGoodForOtherTools(t *testing.T) {
	b := dist(t)
	if b.keys == "" {
		t.Skip("signed with other keys")
	}
	sums := filepath.Join(b.dir, "SHA256SUMS")
	file, err := os.Open(sums)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command("ssh-keygen", "-Y", "verify", "-n", "file", "-I", "awsvault", "-f", filepath.Join(b.keys, "signers"), "-s", sums+".sig")
	cmd.Stdin = file
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("ssh-keygen: %v\n%s", err, out)
	}
	out := run(t, need.Program(t, "minisign", "minisign"), "-V", "-m", sums, "-p", filepath.Join(b.keys, "minisign.pub"))
	if !strings.Contains(out, "awsvault "+b.version) {
		t.Errorf("the trusted comment does not say the version: %s", out)
	}
	cmd = exec.Command("sha256sum", "--check", "--quiet", "SHA256SUMS")
	cmd.Dir = b.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
}

// Two clones in two directories: what a stranger builds is what was released. Here the
// second has an empty build cache, and builds one package at a time.
func TestTwoClonesGiveTheSameBytes(t *testing.T) {
	b := dist(t)
	if testing.Short() {
		t.Skip("compiles everything anew")
	}
	if os.Getenv("VAULT_DIST") != "" {
		t.Skip("make release builds all targets twice itself")
	}
	if out := run(t, "git", "-C", root(t), "status", "--porcelain"); out != "" {
		t.Skipf("the tree has changes that a clone does not have:\n%s", out)
	}
	dir := filepath.Join(t.TempDir(), "another place")
	run(t, "git", "clone", "-q", "--no-hardlinks", root(t), dir)
	out := filepath.Join(t.TempDir(), "dist")
	err := makeDist(dir, out, b.version, "linux/amd64,windows/amd64",
		append(signing(b.keys), "GOCACHE="+filepath.Join(t.TempDir(), "cache"), "TZ=Asia/Tokyo", "LC_ALL=C", "USER=stranger", "HOME="+t.TempDir(), "GOPATH="+goEnv(t, "GOPATH"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"))...)
	if err != nil {
		t.Fatal(err)
	}
	one, two := sums(t, b.dir), sums(t, out)
	for name, sum := range one {
		if two[name] != sum {
			t.Errorf("%s differs", name)
		}
	}
	if len(one) != len(two) {
		t.Errorf("%d files and %d", len(one), len(two))
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(run(t, "go", "env", name))
}

// sums reads SHA256SUMS.
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if sum, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
			all[name] = sum
		}
	}
	return all
}

// The program says which release it is, and from which commit.
func TestTheProgramKnowsItsRelease(t *testing.T) {
	b := dist(t)
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the archive is for linux/amd64")
	}
	program := filepath.Join(b.unpacked(t, b.one(t, "vault-*-linux-amd64.tar.gz")), "vault")
	want := fmt.Sprintf("vault %s linux/amd64 (%s, %s)\n", b.version, b.commit[:12], b.time.UTC().Format(time.DateOnly))
	if out := run(t, program, "version"); out != want {
		t.Errorf("version: %q, want %q", out, want)
	}
	var doc struct{ Version, Commit, Date, Go, OS, Arch string }
	if err := json.Unmarshal([]byte(run(t, program, "version", "--json")), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != b.version || doc.Commit != b.commit || doc.Date != b.time.UTC().Format(time.RFC3339) || doc.Go != runtime.Version() || doc.OS != "linux" || doc.Arch != "amd64" {
		t.Errorf("version --json: %+v", doc)
	}
}
