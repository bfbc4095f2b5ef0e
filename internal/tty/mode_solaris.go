package tty

import "golang.org/x/sys/unix"

// Of illumos, too, as all files with this ending.
const (
	getMode         = unix.TCGETS
	setMode         = unix.TCSETS
	setModeAndFlush = unix.TCSETSF

	noKey = 0 // _POSIX_VDISABLE
)

// request is what ioctl is asked for.
type request = int
