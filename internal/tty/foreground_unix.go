//go:build unix

package tty

import (
	"os"

	"golang.org/x/sys/unix"
)

// Mode returns a terminal's input mode. A program that asks for a secret, or that draws on the
// whole screen, changes it.
func Mode(terminal *os.File) (mode uint64, ok bool) {
	t, err := unix.IoctlGetTermios(int(terminal.Fd()), getMode)
	if err != nil {
		return 0, false
	}
	return uint64(t.Iflag)<<32 | uint64(t.Lflag), true
}

// Foreground reports whether this process is in the foreground of a terminal: a program in the
// background must not write over the shell's prompt.
func Foreground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	own, failed := unix.Getpgid(0) // syscall.Getpgrp is missing on illumos
	return err == nil && failed == nil && group == own
}
