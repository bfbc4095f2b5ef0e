//go:build unix

package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/unixsock"
)

// ControlPath is where a separately started proxy listens. Root owns its directory.
func ControlPath() string {
	if runtime.GOOS == "linux" {
		return "/run/awsvault-proxy.sock"
	}
	return "/var/run/awsvault-proxy.sock"
}

// These are the messages on a control socket: a word and a line break. The answer begins with
// one of two letters. After "n" comes the reason, and with "y" comes a socket.
const (
	wantSocket = "socket"
	wantEnd    = "stop"
	yes        = 'y'
	no         = 'n'
)

// ErrNone means that no proxy is running.
var ErrNone = errors.New("no vault proxy is running")

// Control listens for the servers of users.
func Control() (net.Listener, error) {
	path := ControlPath()
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return nil, fault.New("a vault proxy is running already", "vault proxy --stop ends it")
	}
	switch info, err := os.Lstat(path); {
	case err == nil && info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("%s exists, and is not a socket", path)
	case err == nil: // a killed proxy has left it
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("unix", path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, errPrivilege
	}
	if err != nil {
		return nil, err
	}
	// All users may connect, because the kernel tells who they are.
	if err := os.Chmod(path, 0o666); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Serve answers on a control socket until ctx is done, or a user stops the proxy.
func (h *Holder) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { l.Close() })
	var open sync.WaitGroup
	defer open.Wait()
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			return err
		}
		open.Go(func() {
			defer c.Close()
			late := time.AfterFunc(controlPatience, func() { c.Close() })
			defer late.Stop()
			if u, ok := c.(*net.UnixConn); ok && h.answer(ctx, u) == wantEnd {
				cancel()
			}
		})
	}
}

// controlPatience is the time for one short line in each direction.
const controlPatience = 5 * time.Second

// answer does what a user asks for, if the user may, and returns the request.
func (h *Holder) answer(ctx context.Context, c *net.UnixConn) string {
	uid, pid := unixsock.Owner(c)
	// Read first: otherwise a user who is refused would not get the answer, because the
	// request was not read.
	said, err := bufio.NewReader(io.LimitReader(c, 64)).ReadString('\n')
	if err != nil {
		return ""
	}
	if uid != 0 && !slices.Contains(h.settings.Users, uid) {
		refuse(c, fmt.Sprintf("user %d may not use %s: vault proxy --allow-uid %d", uid, Address, uid))
		return ""
	}
	said = strings.TrimSpace(said)
	switch said {
	case wantSocket:
		if err := h.Give(ctx, c); err == nil && h.settings.Say != nil {
			h.settings.Say(fmt.Sprintf("pid %d of user %d serves on %s", pid, uid, Address))
		}
	case wantEnd:
		if err := h.Close(); err != nil {
			refuse(c, err.Error())
			return said
		}
		c.Write([]byte{yes})
	default:
		refuse(c, "this is another version of vault")
	}
	return said
}

func refuse(c net.Conn, why string) { fmt.Fprintf(c, "%c%s\n", no, line.Printable(why)) }

// Give passes a socket that listens on the address to the other end of a connection, and keeps
// no copy.
func (h *Holder) Give(ctx context.Context, c *net.UnixConn) error {
	f, err := h.listen(ctx)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = errors.New("another program serves on " + Address)
	}
	if err != nil {
		refuse(c, err.Error())
		return err
	}
	defer f.Close()
	_, _, err = c.WriteMsgUnix([]byte{yes}, unix.UnixRights(int(f.Fd())), nil)
	return err
}

func (h *Holder) listen(ctx context.Context) (*os.File, error) {
	config := net.ListenConfig{Control: onLoopback(h.loopback.Name)}
	l, err := config.Listen(ctx, "tcp4", Endpoint)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l.(*net.TCPListener).File()
}

// Ask gets a socket that listens on the address from a running proxy. It returns ErrNone if
// there is none.
func Ask(ctx context.Context) (net.Listener, error) {
	c, err := call(ctx, wantSocket)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return Take(ctx, c)
}

// Stop ends a running proxy. When it returns, the address is gone.
func Stop(ctx context.Context) error {
	c, err := call(ctx, wantEnd)
	if err != nil {
		return err
	}
	defer c.Close()
	said, err := io.ReadAll(io.LimitReader(c, 1024))
	if err != nil {
		return err
	}
	return saidYes(said)
}

// call sends a request to a proxy, which must belong to root: another user's proxy would
// receive the requests for credentials at the address.
func call(ctx context.Context, want string) (*net.UnixConn, error) {
	dialer := net.Dialer{Timeout: time.Second}
	c, err := dialer.DialContext(ctx, "unix", ControlPath())
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	u := c.(*net.UnixConn)
	if uid, _ := unixsock.Owner(u); uid != 0 {
		c.Close()
		return nil, fmt.Errorf("%s is not root's", ControlPath())
	}
	if _, err := fmt.Fprintln(c, want); err != nil {
		c.Close()
		return nil, err
	}
	return u, nil
}

// Take receives the socket from Give. It waits until ctx is done.
func Take(ctx context.Context, c *net.UnixConn) (net.Listener, error) {
	defer context.AfterFunc(ctx, func() { c.Close() })()
	said, rights := make([]byte, 1024), make([]byte, unix.CmsgSpace(4))
	n, rn, _, _, err := c.ReadMsgUnix(said, rights)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := saidYes(said[:n]); err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:rn])
	if err != nil || len(messages) != 1 {
		return nil, errNoSocket
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, errNoSocket
	}
	unix.CloseOnExec(fds[0])
	f := os.NewFile(uintptr(fds[0]), Endpoint)
	defer f.Close()
	l, err := net.FileListener(f)
	if err != nil {
		return nil, err
	}
	if l.Addr().String() != Endpoint {
		l.Close()
		return nil, errNoSocket
	}
	return l, nil
}

var (
	errNoSocket = errors.New("the proxy did not hand over a socket")
	errEnded    = errors.New("the proxy has ended without an answer")
)

// saidYes returns nil, or a proxy's reason for refusing.
func saidYes(said []byte) error {
	switch {
	case len(said) == 0:
		return errEnded
	case said[0] != yes:
		return errors.New(line.Cut(line.Printable(strings.TrimSpace(string(said[1:]))), 300))
	}
	return nil
}
