//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package tty

import "golang.org/x/sys/unix"

const (
	getMode         = unix.TIOCGETA
	setMode         = unix.TIOCSETA
	setModeAndFlush = unix.TIOCSETAF

	noKey = 0xff // _POSIX_VDISABLE
)

// request is the type of ioctl's request.
type request = uint
