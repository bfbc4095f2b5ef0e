//go:build unix

package tty

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

func (t terminal) draw(ctx context.Context, d Drawing, begin, end string, later []func() func()) (err error) {
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	before, err := unix.IoctlGetTermios(t.fd, getMode)
	if err != nil {
		return ErrNoTerminal
	}
	woken, wake, err := os.Pipe()
	if err != nil {
		return err
	}
	defer woken.Close()
	defer wake.Close()
	ring := func() { wake.Write([]byte{0}) } // fails once nobody listens
	defer context.AfterFunc(ctx, ring)()
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, unix.SIGWINCH)
	defer signal.Stop(resized)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case <-resized:
				ring()
			case <-ended:
				return
			}
		}
	}()

	mode := drawMode(*before)
	if err := unix.IoctlSetTermios(t.fd, setMode, &mode); err != nil {
		return fmt.Errorf("set the mode of the terminal: %w", err)
	}
	restore := uint(setModeAndFlush) // what was typed meanwhile was not meant for the shell
	defer func() {
		t.print(end)
		unix.IoctlSetTermios(t.fd, restore, before)
	}()
	t.print(begin)
	results := start(later, ring)

	bell, key, many := int(woken.Fd()), make([]byte, 1), make([]byte, 64)
	for stale := true; ; {
		limit := time.Duration(-1)
		switch {
		case stale: // if nothing else is typed already
			limit = 0
		case d.Pending():
			limit = escapeTime
		}
		typed, rung, err := t.either(bell, limit)
		switch {
		case err != nil:
			return fmt.Errorf("wait for the terminal: %w", err)
		case rung:
			woken.Read(many)
			if ctx.Err() != nil {
				return ErrInterrupted
			}
			apply(results)
			stale = true
		case typed:
			n, err := unix.Read(t.fd, key)
			if err == unix.EINTR || err == unix.EAGAIN {
				continue
			}
			if err != nil || n == 0 {
				return ErrInterrupted // the terminal is gone
			}
			if d.Typed(key[0]) {
				restore = setMode
				return nil
			}
			stale = true
		case stale:
			width, height := t.size()
			t.print(d.Frame(width, height))
			stale = false
		case d.Pending():
			if d.Idle() {
				return nil
			}
			stale = true
		}
	}
}

// either waits for the terminal or the bell; a negative limit is none.
func (t terminal) either(bell int, limit time.Duration) (typed, rung bool, err error) {
	if max(t.fd, bell) >= unix.FD_SETSIZE {
		return false, false, unix.EMFILE
	}
	for {
		var wait *unix.Timeval
		if limit >= 0 {
			v := unix.NsecToTimeval(limit.Nanoseconds())
			wait = &v
		}
		var ready unix.FdSet
		ready.Set(t.fd)
		ready.Set(bell)
		n, err := unix.Select(max(t.fd, bell)+1, &ready, nil, nil, wait)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return false, false, err
		}
		return ready.IsSet(t.fd), ready.IsSet(bell), nil
	}
}

// size is that of the terminal, or what terminals had when nobody said.
func (t terminal) size() (width, height int) {
	ws, err := unix.IoctlGetWinsize(t.fd, unix.TIOCGWINSZ)
	if err != nil || ws.Col == 0 || ws.Row == 0 {
		return 80, 24
	}
	return int(ws.Col), int(ws.Row)
}

// drawMode hands over every byte as it was typed, and no key is a signal.
func drawMode(mode unix.Termios) unix.Termios {
	mode.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.ISTRIP
	mode.Oflag |= unix.OPOST | unix.ONLCR
	mode.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.IEXTEN | unix.ISIG
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	return mode
}
