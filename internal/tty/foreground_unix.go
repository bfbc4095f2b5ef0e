//go:build unix

package tty

import (
	"os"

	"golang.org/x/sys/unix"
)

// Mode is how a terminal treats what is typed. A program that asks for what is not shown, or
// that draws on the whole screen, changes it.
func Mode(terminal *os.File) (mode uint64, ok bool) {
	t, err := unix.IoctlGetTermios(int(terminal.Fd()), getMode)
	if err != nil {
		return 0, false
	}
	return uint64(t.Iflag)<<32 | uint64(t.Lflag), true
}

// Foreground tells whether this process is in the foreground of a terminal: what a shell
// runs in the background must not write over its prompt.
func Foreground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	own, failed := unix.Getpgid(0) // syscall.Getpgrp is not on illumos
	return err == nil && failed == nil && group == own
}
