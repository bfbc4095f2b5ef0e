//go:build unix

package tty

import (
	"context"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// terminal is a file descriptor instead of an os.File. A read has to end with its context, and
// only select can wait for terminals on all systems (macOS has neither poll nor kqueue for
// /dev/tty).
type terminal struct{ fd int }

// Advice says what to do without a terminal; empty: unknown.
func Advice() string { return "" }

func openTerminal() (terminal, error) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return terminal{}, ErrNoTerminal
	}
	return terminal{fd}, nil
}

func (t terminal) close() error { return unix.Close(t.fd) }

func (t terminal) print(text string) {
	for data := []byte(text); len(data) > 0; {
		n, err := unix.Write(t.fd, data)
		switch {
		case err == nil:
			data = data[n:]
		case err != unix.EINTR && err != unix.EAGAIN:
			return // there is no reader any more
		}
	}
}

func (t terminal) line(ctx context.Context, prompt string, as echo) (answer string, err error) {
	if ctx.Err() != nil {
		return "", ErrInterrupted
	}
	before, err := unix.IoctlGetTermios(t.fd, getMode)
	if err != nil {
		return "", ErrNoTerminal
	}
	secret := as != shown
	mode, read := lineMode(*before), t.readLine
	if secret {
		mode, read = secretMode(*before), func(ctx context.Context) (string, error) { return t.readSecret(ctx, as) }
	}
	if err := unix.IoctlSetTermios(t.fd, setMode, &mode); err != nil {
		return "", fmt.Errorf("set the mode of the terminal: %w", err)
	}
	defer func() {
		// Input after a secret, or before an interrupt, is part of the answer. It must not end
		// up in the shell.
		restore := request(setMode)
		if secret || err != nil {
			restore = setModeAndFlush
		}
		unix.IoctlSetTermios(t.fd, restore, before)
		if secret || err != nil {
			t.print("\n")
		}
	}()
	t.print(prompt)
	return read(ctx)
}

// lineMode is the mode of a shell's commands, in which the terminal shows and edits the line.
// It is normally the present mode.
func lineMode(mode unix.Termios) unix.Termios {
	mode.Iflag |= unix.ICRNL
	mode.Oflag |= unix.OPOST | unix.ONLCR
	mode.Lflag |= unix.ICANON | unix.ECHO | unix.ECHOE | unix.ECHOK | unix.ISIG
	return mode
}

// secretMode shows nothing, and passes on each byte at once: on macOS, a terminal in line mode
// accepts no more than 1024 bytes, which is less than a session token has. The keys that stop
// the process or make it dump its stack would leave the terminal in this mode, so they are
// disabled.
func secretMode(mode unix.Termios) unix.Termios {
	mode.Iflag |= unix.ICRNL
	mode.Oflag |= unix.OPOST | unix.ONLCR
	mode.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.IEXTEN
	mode.Lflag |= unix.ISIG
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	mode.Cc[unix.VSUSP], mode.Cc[unix.VQUIT] = noKey, noKey
	return mode
}

func (t terminal) readLine(ctx context.Context) (string, error) {
	var line strings.Builder
	err := t.read(ctx, func(data []byte) (bool, error) {
		if len(data) == 0 { // Ctrl-D
			if line.Len() == 0 {
				return false, ErrNoAnswer
			}
			return true, nil
		}
		line.Write(data)
		return data[len(data)-1] == '\n', nil
	})
	if err != nil {
		return "", err
	}
	if line.Len() > maxLine+len("\n") {
		return "", errTooLong
	}
	// These marks appear if a program has told the terminal to put them around pasted text,
	// and has not switched that off.
	clean := strings.NewReplacer("\x1b[200~", "", "\x1b[201~", "", "\r", "", "\n", "")
	return clean.Replace(line.String()), nil
}

func (t terminal) readSecret(ctx context.Context, as echo) (string, error) {
	var e editor
	err := t.read(ctx, func(data []byte) (bool, error) {
		if len(data) == 0 {
			return false, ErrNoAnswer
		}
		before := utf8.RuneCount(e.line)
		defer func() {
			if as == starred {
				t.print(stars(before, utf8.RuneCount(e.line)))
			}
		}()
		for _, b := range data {
			if done, err := e.key(b); done || err != nil {
				return done, err
			}
		}
		return false, nil
	})
	if err != nil {
		return "", err
	}
	return string(e.line), nil
}

// read passes input to take until take is done or ctx ends. It passes an empty slice at the
// end of the input.
func (t terminal) read(ctx context.Context, take func([]byte) (done bool, err error)) error {
	woken, wake, err := os.Pipe()
	if err != nil {
		return err
	}
	defer woken.Close()
	defer wake.Close()
	stop := context.AfterFunc(ctx, func() { wake.Close() })
	defer stop()

	buffer := make([]byte, 4<<10)
	for {
		interrupted, err := t.wait(int(woken.Fd()))
		if err != nil {
			return fmt.Errorf("wait for the terminal: %w", err)
		}
		if interrupted {
			return ErrInterrupted
		}
		n, err := unix.Read(t.fd, buffer)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		if err != nil {
			return fmt.Errorf("read from the terminal: %w", err)
		}
		if done, err := take(buffer[:n]); done || err != nil {
			return err
		}
	}
}

// wait waits for input from the terminal or from woken.
func (t terminal) wait(woken int) (interrupted bool, err error) {
	if max(t.fd, woken) >= unix.FD_SETSIZE {
		return false, unix.EMFILE
	}
	for {
		var ready unix.FdSet
		ready.Set(t.fd)
		ready.Set(woken)
		_, err := unix.Select(max(t.fd, woken)+1, &ready, nil, nil, nil)
		if err != unix.EINTR {
			return ready.IsSet(woken), err
		}
	}
}
