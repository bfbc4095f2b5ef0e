//go:build unix

package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/lease"
	"awsvault/internal/serve"
)

// Keeper is the process that holds what must outlive a server.
type Keeper struct {
	lease.Place
	Program string // the program of the server
	Args    []string
	Port    *os.File // listening
	Control *os.File // listening
	Inode   uint64   // of the control socket
	table   []row
}

// Open makes a keeper with a new port and a new control socket.
func Open(p lease.Place) (*Keeper, error) {
	control, err := serve.ListenUnix(p.Socket(), false)
	if err != nil {
		return nil, fmt.Errorf("open the credential server's socket: %w", err)
	}
	port, err := serve.Listen(0)
	if err != nil {
		control.Close()
		return nil, fmt.Errorf("open a port for the credential server: %w", err)
	}
	k := &Keeper{Place: p, Inode: inodeOf(p.Socket())}
	if u, ok := control.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
		k.Control, err = u.File()
	}
	if tcp, ok := port.(*net.TCPListener); ok && err == nil {
		k.Port, err = tcp.File()
	}
	control.Close()
	port.Close()
	if err == nil && (k.Port == nil || k.Control == nil) {
		err = errors.New("a listener has no descriptor")
	}
	return k, err
}

const (
	// short is how long a server must have run, or else it counts as failed.
	short        = 2 * time.Second
	mostFailures = 8
	// fewestFailures is how often a server without leases may fail.
	fewestFailures = 2
)

// Keep keeps a server running until there is nothing left to serve, or ctx is done.
func (k *Keeper) Keep(ctx context.Context, now func() time.Time, wait func(ctx context.Context, d time.Duration) error) error {
	failures := 0
	for {
		begun := now()
		done, err := k.serve(ctx)
		if done || ctx.Err() != nil {
			return nil
		}
		if failures++; now().Sub(begun) > short {
			failures = 0
		}
		if failures > mostFailures || failures > fewestFailures && len(k.table) == 0 {
			return k.giveUp(fmt.Errorf("the credential server ends as soon as it is started: %w", err))
		}
		if failures > 1 && wait(ctx, 50*time.Millisecond<<failures) != nil {
			return nil
		}
	}
}

// linger is how long a keeper that gives up still answers.
const linger = time.Second

// giveUp removes the socket, and tells waiting clients why. The next shell that needs a lease
// starts another keeper.
func (k *Keeper) giveUp(why error) error {
	if inodeOf(k.Socket()) == k.Inode {
		os.Remove(k.Socket())
	}
	l, err := net.FileListener(k.Control)
	if err != nil {
		return why
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	defer time.AfterFunc(linger, func() { l.Close() }).Stop()
	defer l.Close()
	failure := lease.FailureOf(fault.Hinted(why, "vault use PROFILE --via env   does without it"))
	for {
		conn, err := l.Accept()
		if err != nil {
			return why
		}
		bound := time.AfterFunc(linger, func() { conn.SetDeadline(time.Unix(1, 0)) })
		var r lease.Request
		if json.NewDecoder(io.LimitReader(conn, lease.Longest)).Decode(&r) == nil {
			json.NewEncoder(conn).Encode(lease.Answer{Protocol: r.Protocol, Version: r.Version, Failure: failure})
		}
		bound.Stop()
		conn.Close()
	}
}

// serve starts a server, and waits until it has ended.
func (k *Keeper) serve(ctx context.Context) (done bool, err error) {
	ours, theirs, err := pair()
	if err != nil {
		return false, err
	}
	defer ours.Close()
	cmd := exec.Command(k.Program, k.Args...)
	cmd.Dir, cmd.ExtraFiles = "/", []*os.File{k.Port, k.Control, theirs}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return false, err
	}
	stop := context.AfterFunc(ctx, func() { cmd.Process.Signal(syscall.SIGTERM) })
	defer stop()
	done = k.converse(ours)
	err = cmd.Wait()
	if err == nil {
		err = errors.New("it gave no reason")
	}
	return done, err
}

// told is a [hello] in the keeper's own form.
type told struct {
	PID   int         `json:"pid"`
	Place lease.Place `json:"place"`
	Inode uint64      `json:"inode"`
	Table []row       `json:"table"`
	Rows  bool        `json:"rows"`
}

// converse sends the table to a server, and records its changes.
func (k *Keeper) converse(conn io.ReadWriter) (done bool) {
	first, err := json.Marshal(told{os.Getpid(), k.Place, k.Inode, k.table, true})
	if err != nil {
		return false
	}
	// In the background: a killed server reads nothing more.
	go conn.Write(append(first, '\n'))
	lines := json.NewDecoder(conn)
	for {
		var n raw
		if lines.Decode(&n) != nil {
			return done
		}
		switch {
		case n.Program != "":
			k.Program = n.Program
		case n.Done:
			done = true
		case n.ID != "":
			k.table = changed(k.table, n.ID, n.Row)
		default:
			k.table = n.Table
		}
	}
}

// pair returns a connection between two processes.
func pair() (ours, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	syscall.SetNonblock(fds[0], true)
	return os.NewFile(uintptr(fds[0]), "keeper"), os.NewFile(uintptr(fds[1]), "server"), nil
}

// Inherited are the descriptors that a new server receives.
type Inherited struct {
	Port, Control *os.File
	Keeper        *os.File
}

// Inherit returns the first three descriptors after the standard streams.
func Inherit() Inherited {
	f := func(n uintptr) *os.File {
		syscall.CloseOnExec(int(n))
		syscall.SetNonblock(int(n), true)
		return os.NewFile(n, "inherited "+strconv.Itoa(int(n)))
	}
	return Inherited{f(3), f(4), f(5)}
}

// Listeners returns the port and the control socket for a server.
func (i Inherited) Listeners() (port, control net.Listener, err error) {
	if port, err = net.FileListener(i.Port); err != nil {
		return nil, nil, err
	}
	control, err = net.FileListener(i.Control)
	return port, control, err
}

// Bequeath starts a keeper that replaces one that has gone. It passes on the server's
// descriptors, and the data left by that keeper.
func (i Inherited) Bequeath(keeper *exec.Cmd, left []byte) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	keeper.ExtraFiles = []*os.File{i.Port, i.Control, r}
	err = keeper.Start()
	r.Close()
	if err != nil {
		return err
	}
	_, err = w.Write(left)
	return err
}

// Succeed makes a keeper from what another one has left.
func (i Inherited) Succeed() (*Keeper, error) {
	defer i.Keeper.Close()
	var left told
	if err := json.NewDecoder(i.Keeper).Decode(&left); err != nil {
		return nil, err
	}
	return &Keeper{Place: left.Place, Inode: left.Inode, table: left.Table, Port: i.Port, Control: i.Control}, nil
}
