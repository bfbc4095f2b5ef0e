//go:build unix

package disk

import (
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
