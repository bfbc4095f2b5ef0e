package unixsock

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Owner returns the user and the process at the other end of a Unix socket (unix(7),
// SO_PEERCRED), or -1 and 0 if they are unknown.
func Owner(c syscall.Conn) (uid, pid int) {
	uid = -1
	raw, err := c.SyscallConn()
	if err != nil {
		return uid, 0
	}
	raw.Control(func(fd uintptr) {
		if who, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			uid, pid = int(who.Uid), int(who.Pid)
		}
	})
	return uid, pid
}
