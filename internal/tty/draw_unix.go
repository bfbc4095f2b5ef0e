//go:build unix

package tty

import (
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// unixScreen is a terminal that passes on every byte.
type unixScreen struct {
	terminal
	before      unix.Termios
	woken, wake *os.File // a pipe, for select to wait for it together with the terminal
	resized     chan os.Signal
	ended       chan struct{}
}

func (t terminal) enter() (screen, error) {
	before, err := unix.IoctlGetTermios(t.fd, getMode)
	if err != nil {
		return nil, ErrNoTerminal
	}
	s := &unixScreen{terminal: t, before: *before, resized: make(chan os.Signal, 1), ended: make(chan struct{})}
	if s.woken, s.wake, err = os.Pipe(); err != nil {
		return nil, err
	}
	mode := drawMode(*before)
	if err := unix.IoctlSetTermios(t.fd, setMode, &mode); err != nil {
		s.woken.Close()
		s.wake.Close()
		return nil, fmt.Errorf("set the mode of the terminal: %w", err)
	}
	signal.Notify(s.resized, unix.SIGWINCH)
	go func() {
		for {
			select {
			case <-s.resized:
				s.ring()
			case <-s.ended:
				return
			}
		}
	}()
	return s, nil
}

func (s *unixScreen) ring() { s.wake.Write([]byte{0}) } // this fails once the drawing has ended

func (s *unixScreen) leave(flush bool) {
	mode := request(setMode)
	if flush {
		mode = setModeAndFlush
	}
	unix.IoctlSetTermios(s.fd, mode, &s.before)
	signal.Stop(s.resized)
	close(s.ended)
	s.woken.Close()
	s.wake.Close()
}

func (s *unixScreen) next(limit time.Duration) (event, error) {
	key, bell, err := s.either(int(s.woken.Fd()), limit)
	switch {
	case err != nil:
		return event{}, err
	case bell:
		s.woken.Read(make([]byte, 64))
		return event{kind: rung}, nil
	case !key:
		return event{kind: timeUp}, nil
	}
	read := make([]byte, 1)
	n, err := unix.Read(s.fd, read)
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
		return event{kind: nothing}, nil
	case err != nil || n == 0:
		return event{}, ErrInterrupted // the terminal is gone
	}
	return event{typed, read}, nil
}

// either waits for the terminal or the bell. A negative limit means no limit.
func (t terminal) either(bell int, limit time.Duration) (key, rung bool, err error) {
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

// size returns the size of the terminal; if that is unknown, that of the first terminals.
func (t terminal) size() (width, height int) {
	ws, err := unix.IoctlGetWinsize(t.fd, unix.TIOCGWINSZ)
	if err != nil || ws.Col == 0 || ws.Row == 0 {
		return 80, 24
	}
	return int(ws.Col), int(ws.Row)
}

// drawMode passes on every byte as it was typed, and no key sends a signal.
func drawMode(mode unix.Termios) unix.Termios {
	mode.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.ISTRIP
	mode.Oflag |= unix.OPOST | unix.ONLCR
	mode.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.IEXTEN | unix.ISIG
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	return mode
}
