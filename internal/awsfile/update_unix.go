//go:build unix

package awsfile

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner and the group of another, and reports whether
// it has the group. Only root can always do so; for the rest, the file that they
// write is their own.
func keepOwner(f *os.File, old fs.FileInfo) bool {
	stat, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	return f.Chown(int(stat.Uid), int(stat.Gid)) == nil || f.Chown(-1, int(stat.Gid)) == nil
}

// syncDir makes a rename last through a power cut. The file is in place by now,
// and some file systems cannot do it, so that its failure is nobody's news.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
