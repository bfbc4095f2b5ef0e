package peer

import (
	"net"

	"golang.org/x/sys/unix"
)

// OfUnix is the user, and the process, at the other end of a Unix socket (unix(7),
// SO_PEERCRED); -1 and 0 where they cannot be told.
func OfUnix(c *net.UnixConn) (uid, pid int) {
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
