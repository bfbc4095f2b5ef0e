package serve

import "syscall"

// closed has a socket made with mode 0600: on Linux it is that of the descriptor which
// is bound (unix(7), "Pathname socket ownership and permissions").
func closed(_, _ string, c syscall.RawConn) error {
	failed := error(nil)
	if err := c.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) }); err != nil {
		return err
	}
	return failed
}
