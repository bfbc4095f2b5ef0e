//go:build darwin || freebsd

package unixsock

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Owner returns the user who connected at the other end of a Unix socket (unix(4),
// LOCAL_PEERCRED), or -1 if the user is unknown. The process stays unknown. The code follows
// the manuals; we have not run it.
func Owner(c syscall.Conn) (uid, pid int) {
	uid = -1
	raw, err := c.SyscallConn()
	if err != nil {
		return uid, 0
	}
	const solLocal = 0 // SOL_LOCAL, sys/un.h
	raw.Control(func(fd uintptr) {
		if who, err := unix.GetsockoptXucred(int(fd), solLocal, unix.LOCAL_PEERCRED); err == nil {
			uid = int(who.Uid)
		}
	})
	return uid, 0
}
