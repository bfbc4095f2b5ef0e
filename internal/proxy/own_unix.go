//go:build unix

package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"awsvault/internal/fault"
)

// Run holds the address for users' servers, one after the other, until ctx is done or a user
// stops it. It calls ready when the address is there.
func Run(ctx context.Context, s Settings, ready func()) error {
	l, err := Control()
	if err != nil {
		return err
	}
	defer l.Close()
	h, err := Hold(ctx, s)
	if err != nil {
		return err
	}
	ready()
	err = h.Serve(ctx, l)
	return errors.Join(err, h.Close())
}

// HandOver holds the address for the one server at the other end of a socket, as long as that
// runs.
func HandOver(ctx context.Context, s Settings, to *os.File) error {
	conn, err := net.FileConn(to)
	u, ok := conn.(*net.UnixConn)
	if err != nil || !ok {
		return fault.NewUsage("stdout is not a socket", "vault exec PROFILE --ec2-server=address -- CMD")
	}
	defer u.Close()
	// The command has the terminal, so its keys are for the command.
	signal.Ignore(unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGHUP)
	h, err := Hold(ctx, s)
	if err != nil {
		return err
	}
	if err := h.Give(ctx, u); err != nil {
		return errors.Join(err, h.Close())
	}
	to.Close()
	defer context.AfterFunc(ctx, func() { u.Close() })()
	_, _ = io.Copy(io.Discard, u)
	return h.Close()
}

// Own starts a proxy for this process, and takes the socket from it. argv runs this program as
// root, and its stdout is the connection. The proxy ends when ctx is done or this process
// ends, for whatever reason. While a password is asked for, wanted may end the wait.
func Own(ctx, wanted context.Context, argv, environ []string, stdin, stderr *os.File) (net.Listener, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(ends[0])
	unix.CloseOnExec(ends[1])
	ours, theirs := os.NewFile(uintptr(ends[0]), "proxy"), os.NewFile(uintptr(ends[1]), "proxy")
	defer ours.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = environ, "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, theirs, stderr
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return nil, err
	}
	go cmd.Wait()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(wanted, stop)()
	l, err := Take(waiting, conn.(*net.UnixConn))
	if err != nil {
		conn.Close()
		return nil, fault.Hinted(errors.New("the proxy could not be started by "+argv[0]), "in another terminal:  sudo vault proxy   or, without the address:  vault exec PROFILE --ec2-server -- CMD")
	}
	return l, nil
}

// AsRoot returns the command line that runs words as root. sudo goes to the background after
// it has asked, because the command needs the terminal.
func AsRoot(words ...string) ([]string, error) {
	if os.Geteuid() == 0 {
		return words, nil
	}
	for _, become := range [][]string{{"sudo", "-b", "--"}, {"doas", "--"}} {
		if path, err := exec.LookPath(become[0]); err == nil {
			return slices.Concat([]string{path}, become[1:], words), nil
		}
	}
	return nil, fault.New("only root can put "+Address+" on this machine, and there is no sudo here", "as root, in another terminal:  vault proxy --allow-uid "+strconv.Itoa(os.Getuid()))
}
