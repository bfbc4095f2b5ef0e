package tty

import "golang.org/x/sys/unix"

// For illumos too, like all files with this ending.
const (
	getMode         = unix.TCGETS
	setMode         = unix.TCSETS
	setModeAndFlush = unix.TCSETSF

	noKey = 0 // _POSIX_VDISABLE
)

// request is the type of ioctl's request.
type request = int
