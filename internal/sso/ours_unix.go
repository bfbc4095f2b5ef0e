//go:build !windows

package sso

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ours refuses a file that somebody else owns or can write.
func ours(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(st.Uid) != os.Geteuid() && st.Uid != 0 {
		return fmt.Errorf("%s belongs to another user: remove it, and sign in again", path)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written by other users: remove it, and sign in again", path)
	}
	return nil
}
