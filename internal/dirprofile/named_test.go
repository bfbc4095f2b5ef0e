package dirprofile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/fault"
)

// said is an error with its hint.
func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error() + " | " + fault.HintOf(err)
}

func TestTheFileThatAPersonNames(t *testing.T) {
	_, dir := newFiles(t)
	home := filepath.Dir(filepath.Dir(dir))
	tilde := func(path string) string { return strings.Replace(path, home, "~", 1) }
	if err := os.WriteFile(filepath.Join(dir, "notes"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                         "",
		filepath.Join(dir, Name):    "",
		filepath.Join(dir, "notes"): "~/a/b/notes is not called .awsprofile | ",
		filepath.Join(dir, "gone"):  "~/a/b/gone does not exist | vault allow   trusts the nearest .awsprofile",
	} {
		got, err := Named(path, tilde)
		if said(err) != want || err == nil && got != filepath.Join(dir, Name) {
			t.Errorf("%s: %q, %s", path, got, said(err))
		}
	}
}

func TestOnlyATrustedFileIsUsed(t *testing.T) {
	f, dir := newFiles(t)
	put(t, dir, "dev\n")
	path := filepath.Join(dir, Name)
	_, err := f.Trusted(path, "~/p")
	if want := "~/p (profile dev) is not trusted yet | vault allow   or vault use dev"; said(err) != want {
		t.Errorf("got %s, want %s", said(err), want)
	}
	if err := f.Deny(path); err != nil {
		t.Fatal(err)
	}
	_, err = f.Trusted(path, "~/p")
	if want := "~/p is ignored: you denied it | vault allow   trusts it again; or vault use PROFILE"; said(err) != want {
		t.Errorf("got %s, want %s", said(err), want)
	}
	read, err := f.Search.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Allow(read); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Trusted(path, "~/p"); err != nil || got.Profile != "dev" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAMountThatMayNotBeTrusted(t *testing.T) {
	dir := t.TempDir() // keeps owners and modes
	for name, c := range map[string]struct{ m, home, want string }{
		"the root":                {"/", "/home", "/ is the mount that has your home directory: vault cannot trust all of it"},
		"the one of the home":     {"/mnt/c", "/mnt/c", "/mnt/c is the mount that has your home directory: vault cannot trust all of it"},
		"one that needs no trust": {dir, "/", "files on " + dir + " (ext4) show their true owners and modes, so vault checks those"},
	} {
		err := canTrust(disk.Mount{Point: c.m, Type: "ext4"}, disk.Mount{Point: c.home})
		if want := c.want + " | chmod go-w FILE   stops others from changing it"; said(err) != want {
			t.Errorf("%s: got %s, want %s", name, said(err), want)
		}
	}
}

func TestTheMountAtADirectory(t *testing.T) {
	dir := t.TempDir()
	if _, err := mountAt(filepath.Join(dir, "gone"), "gone", nil); err == nil || !strings.HasPrefix(err.Error(), "gone: ") || strings.Contains(err.Error(), dir) {
		t.Errorf("one that is missing is named as it was typed: %v", err)
	}
	if _, known := disk.MountOf(dir); !known {
		t.Skip("this system does not say what is mounted where")
	}
	_, err := mountAt(dir, dir, func(string) string { return "~/d" })
	if err == nil || !strings.HasPrefix(said(err), "~/d is no mount point: it is on ") || !strings.Contains(said(err), "vault allow --mount ") {
		t.Errorf("a directory on a mount: %s", said(err))
	}
	if m, err := mountAt("/", "/", nil); err != nil || m.Point != "/" {
		t.Errorf("the root is one: %+v, %v", m, err)
	}
}

func TestSettleWaitsForAFileThatHasJustChanged(t *testing.T) {
	changed := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]bool{
		-time.Second: false, // the clock was set back
		0:            true,
		tick - 1:     true,
		tick:         false,
		time.Hour:    false,
	} {
		if got := Settle(func() time.Time { return changed.Add(after) })(changed); got != want {
			t.Errorf("%v after the change: %v", after, got)
		}
	}
}
