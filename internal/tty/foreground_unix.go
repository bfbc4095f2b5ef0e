//go:build unix

package tty

import (
	"os"

	"golang.org/x/sys/unix"
)

// Foreground tells whether this process is in the foreground of a terminal: what a shell
// runs in the background must not write over its prompt.
func Foreground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	own, failed := unix.Getpgid(0) // syscall.Getpgrp is not on illumos
	return err == nil && failed == nil && group == own
}
