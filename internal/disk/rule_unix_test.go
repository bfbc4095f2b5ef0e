//go:build unix

package disk

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func sys(i info) any {
	if i.uid < 0 {
		return nil
	}
	return &syscall.Stat_t{Uid: uint32(i.uid), Gid: uint32(i.gid)}
}

func pipe(t *testing.T, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A directory that another user owns is found with all that stands between it and ours.
func TestStrangeAbove(t *testing.T) {
	own := t.TempDir()
	if got, _ := StrangeAbove(filepath.Dir(own), filepath.Join(own, "state", "awsvault")); got != "" {
		t.Errorf("in a directory of ours: %s", got)
	}
	want := "/usr" // root's, on every system
	if os.Geteuid() == 0 {
		want = ""
	}
	for _, dir := range []string{"/usr", "/usr/bin", "/usr/none/awsvault"} {
		if got, owner := StrangeAbove("/", dir); got != want || owner != 0 {
			t.Errorf("%s: %q of user %d, want %q", dir, got, owner, want)
		}
	}
	for top, dir := range map[string]string{"/usr": "/tmp/x", "/": "/", "": "/usr/x"} {
		if got, _ := StrangeAbove(top, dir); got != "" {
			t.Errorf("from %q to %q: %s", top, dir, got)
		}
	}
}
