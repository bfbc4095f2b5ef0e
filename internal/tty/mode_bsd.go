//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package tty

import "golang.org/x/sys/unix"

const (
	getMode         = unix.TIOCGETA
	setMode         = unix.TIOCSETA
	setModeAndFlush = unix.TIOCSETAF

	noKey = 0xff // _POSIX_VDISABLE
)

// request is what ioctl is asked for.
type request = uint
