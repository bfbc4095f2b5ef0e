package tty

import "golang.org/x/sys/unix"

const (
	getMode         = unix.TCGETS
	setMode         = unix.TCSETS
	setModeAndFlush = unix.TCSETSF

	noKey = 0 // _POSIX_VDISABLE
)

// request is the type of ioctl's request.
type request = uint
