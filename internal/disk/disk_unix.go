//go:build unix

package disk

import (
	"io/fs"
	"os"
	"syscall"
)

const (
	// If something else has replaced the regular file, opening must not wait for it, and it
	// must not become the terminal of the process.
	openFlags = syscall.O_NONBLOCK | syscall.O_NOCTTY
	noFollow  = syscall.O_NOFOLLOW
)

func openFile(path string, flags int) (*os.File, error) { return os.OpenFile(path, flags, 0o600) }

// owned means that files have an owner and a mode.
const owned = true

func rename(from, to string, _ bool) error { return os.Rename(from, to) }

func isBusy(error) bool { return false }

// keepOwner gives a file the owner and the group of another one, and reports whether it has
// that group now. Only root can always do so; for other users, the files that they write are
// their own.
func keepOwner(f *os.File, old fs.FileInfo) bool {
	stat, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	return f.Chown(int(stat.Uid), int(stat.Gid)) == nil || f.Chown(-1, int(stat.Gid)) == nil
}

// give gives a directory the owner and the group of another one.
func give(dir string, old fs.FileInfo) {
	if stat, ok := old.Sys().(*syscall.Stat_t); ok {
		_ = os.Lchown(dir, int(stat.Uid), int(stat.Gid))
	}
}

func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// ids returns the owner and the group; ok is false if the file system does not tell them.
func ids(info fs.FileInfo) (uid, gid int, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(stat.Uid), int(stat.Gid), true
}
