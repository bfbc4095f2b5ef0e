package mounts

import (
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// drive mounts a directory of another user, as a container has one of its host.
func drive(t *testing.T, at string) string {
	t.Helper()
	host := filepath.Join(filepath.Dir(at), "host")
	theirs := filepath.Join(host, "theirs")
	for _, dir := range []string{at, host} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	scratch(t, host)
	for _, step := range []func() error{
		func() error { return os.Mkdir(theirs, 0o755) },
		func() error { return os.Chown(theirs, 1000, 1000) },
		func() error { return syscall.Mount(theirs, at, "", syscall.MS_BIND, "") },
		func() error { return syscall.Unmount(host, syscall.MNT_DETACH) }, // it is in one place
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { syscall.Unmount(at, syscall.MNT_DETACH) })
	return at
}

// scratch mounts a file system that keeps owners and modes.
func scratch(t *testing.T, at string) {
	t.Helper()
	if err := syscall.Mount("drive", at, "tmpfs", 0, "uid=1000,mode=777"); err != nil {
		need.Bonus(t, "be root of a machine, not of a container: mount "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(at, syscall.MNT_DETACH) })
}

// onDrive writes a file there.
func onDrive(t *testing.T, path, text string) {
	t.Helper()
	for _, step := range []func() error{
		func() error { return os.MkdirAll(filepath.Dir(path), 0o777) },
		func() error { return os.WriteFile(path, []byte(text), 0o666) },
		func() error { return os.Chmod(path, 0o777) },
		func() error { return os.Chown(path, 1000, 1000) },
		func() error { return os.Chown(filepath.Dir(path), 1000, 1000) },
		func() error { return os.Chmod(filepath.Dir(path), 0o775) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// open lets every user reach a world, which testing keeps closed.
func open(t *testing.T, w *world.World) {
	t.Helper()
	for dir := w.Home; strings.HasPrefix(dir, os.TempDir()) && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

const corp = `[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
[profile dev]
role_arn = arn:aws:iam::111122223333:role/reader
source_profile = plain
`

func token(w *world.World) string {
	sum := sha1.Sum([]byte("corp"))
	return filepath.Join(w.Home, ".aws/sso/cache", hex.EncodeToString(sum[:])+".json")
}

const signedIn = `{"startUrl": "https://corp.awsapps.com/start", "region": "eu-west-1", "accessToken": "token-of-the-test", "expiresAt": "2099-01-01T00:00:00Z"}`

func TestSignInsOnAMountWithoutModes(t *testing.T) {
	need.Root(t, "to mount file systems")
	for _, closed := range []bool{true, false} {
		w := world.New(t)
		if !closed {
			open(t, w)
		}
		aws := drive(t, filepath.Join(w.Home, ".aws"))
		onDrive(t, aws+"/config", corp)
		onDrive(t, token(w), signedIn)
		explained := func() string {
			t.Helper()
			out, errs, status := w.Run(w.Environ(), "explain", "sso")
			if status != 0 {
				t.Fatal(out, errs)
			}
			return out
		}
		const flaw = "belongs to user 1000"
		if got := explained(); strings.Contains(got, "signed in, expires") != closed || strings.Contains(got, flaw) == closed {
			t.Errorf("closed %t: %s", closed, got)
		}
		if closed {
			continue
		}
		_, errs, status := w.Run(w.Environ(), "export", "sso")
		if want := "  hint: if only you can reach " + aws + ": vault allow --mount " + aws + "\n"; status != 1 || !strings.HasSuffix(errs, want) {
			t.Errorf("status %d: %s, want %s", status, errs, want)
		}
		if _, errs, status := w.Run(w.Environ(), "allow", "--mount", aws+"/sso"); status != 1 || !strings.Contains(errs, "~/.aws/sso is no mount point: it is on "+aws) {
			t.Errorf("status %d: %s", status, errs)
		}
		if _, errs, status := w.Run(w.Environ(), "allow", "--mount", "/"); status != 1 || !strings.Contains(errs, "/ is the mount that has your home directory") {
			t.Errorf("status %d: %s", status, errs)
		}
		if _, errs, status := w.Run(w.Environ(), "allow", "--mount=~/.aws"); status != 0 || !strings.Contains(errs, "trusted") {
			t.Errorf("status %d: %s", status, errs)
		}
		if got := explained(); !strings.Contains(got, "signed in, expires") {
			t.Errorf("allowed: %s", got)
		}
		// Something else at the same place is not what was allowed.
		scratch(t, aws)
		onDrive(t, aws+"/config", corp)
		onDrive(t, token(w), signedIn)
		if got := explained(); !strings.Contains(got, flaw) {
			t.Errorf("another file system: %s", got)
		}
		syscall.Unmount(aws, syscall.MNT_DETACH)
		if _, errs, status := w.Run(w.Environ(), "deny", "--mount", aws); status != 0 {
			t.Errorf("status %d: %s", status, errs)
		}
		if got := explained(); !strings.Contains(got, flaw) {
			t.Errorf("denied: %s", got)
		}
	}
}

func TestDirectoriesOnAMountWithoutModes(t *testing.T) {
	need.Root(t, "to mount file systems")
	w := world.New(t)
	open(t, w)
	d := drive(t, filepath.Join(w.Dir, "drive"))
	path := filepath.Join(d, "project", ".awsprofile")
	onDrive(t, path, "dev\n")
	prompt := func() (out string) {
		out, errs, status := w.Run(w.Environ(), "__shell", "bash", "--dir="+filepath.Dir(path), "--", "prompt")
		if status != 0 {
			t.Fatal(errs)
		}
		return out + errs
	}
	const flaw = "not followed: "
	if _, errs, status := w.Run(w.Environ(), "allow", path); status != 1 || !strings.Contains(errs, flaw) || !strings.Contains(errs, "vault allow --mount "+d) {
		t.Fatalf("status %d: %s", status, errs)
	}
	if got := prompt(); !strings.Contains(got, flaw) {
		t.Errorf("at a prompt: %s", got)
	}
	if _, errs, status := w.Run(w.Environ(), "allow", "--mount", d); status != 0 {
		t.Fatal(errs)
	}
	if got := prompt(); !strings.Contains(got, "is not trusted") {
		t.Errorf("a mount that is trusted says nothing of its files: %s", got)
	}
	if _, errs, status := w.Run(w.Environ(), "allow", path); status != 0 {
		t.Fatal(errs)
	}
	if got := prompt(); strings.Contains(got, "not trusted") || strings.Contains(got, flaw) {
		t.Errorf("trusted: %s", got)
	}
	onDrive(t, path, "plain\n")
	if got := prompt(); !strings.Contains(got, "is not trusted") {
		t.Errorf("edited: %s", got)
	}
}

// Where owners and modes are true, vault goes by them.
func TestAMountWithModesIsNotAllowed(t *testing.T) {
	need.Root(t, "to mount file systems")
	w := world.New(t)
	tmp := filepath.Join(w.Dir, "scratch")
	if err := os.Mkdir(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	scratch(t, tmp)
	for dir, kind := range map[string]string{tmp: "tmpfs", "/proc": "proc"} {
		_, errs, status := w.Run(w.Environ(), "allow", "--mount", dir)
		want := "vault: files on " + dir + " (" + kind + ") show their true owners and modes, so vault checks those\n  hint: chmod go-w FILE   stops others from changing it\n"
		if status != 1 || errs != want {
			t.Errorf("status %d: %s, want %s", status, errs, want)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
