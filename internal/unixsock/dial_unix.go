//go:build unix

// Package unixsock connects to a Unix socket, and tells which user and process is at the
// other end. It does not import net, which takes time to initialise: a program that only
// takes a lease from the user's credential server does not need it.
//
// It does not know what is sent.
package unixsock

import (
	"errors"
	"os"
	"syscall"
)

// Dial connects to the socket at path. The returned file supports deadlines. If the queue of
// the socket is full, Dial fails at once with EAGAIN.
func Dial(path string) (*os.File, error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	// Set this before the connection: then a full queue does not block, and os.NewFile gets a
	// descriptor on which it can wait.
	if err = syscall.SetNonblock(fd, true); err == nil {
		err = connect(fd, &syscall.SockaddrUnix{Name: path})
	}
	if err != nil {
		syscall.Close(fd)
		return nil, &os.PathError{Op: "connect", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

func connect(fd int, to *syscall.SockaddrUnix) error {
	for {
		if err := syscall.Connect(fd, to); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
