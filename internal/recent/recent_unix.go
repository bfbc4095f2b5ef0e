//go:build unix

package recent

import (
	"io/fs"
	"os"
	"syscall"
)

// A link or a pipe in the place of the file is not followed, nor waited for.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

func own(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return info.Mode().IsRegular() && info.Mode().Perm()&0o022 == 0 && ok && int(owner.Uid) == os.Geteuid()
}
