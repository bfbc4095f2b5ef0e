//go:build unix

package store

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// checkWritable reports whether files can be created in a directory.
func checkWritable(dir string) error {
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return &fs.PathError{Op: "write", Path: dir, Err: err}
	}
	return nil
}
