package serve

import "syscall"

// closed makes the socket with mode 0600. On Linux, a socket gets the mode of the bound
// descriptor (unix(7), "Pathname socket ownership and permissions").
func closed(_, _ string, c syscall.RawConn) error {
	failed := error(nil)
	if err := c.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) }); err != nil {
		return err
	}
	return failed
}
