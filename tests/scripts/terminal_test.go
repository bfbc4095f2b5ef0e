//go:build unix

package scripts

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// terminal is a pseudo terminal on which a dialog is held. A dialog is a file: a
// line that begins with "> " is typed, and only when all that stands above it has
// been shown, in that order; ^C and ^D stand for the keys. $KEY and $SECRET are the
// example key, $MFA its device, $code a fresh code, $again the one before. A line
// that begins with "= " names two files: the first is copied over the second then,
// as another program would while the question is open.
type terminal struct {
	master, slave *os.File
	before        *term.State
	talked        chan error // what became of the dialog

	mu    sync.Mutex
	shown strings.Builder
	more  chan struct{} // something was shown; closed at the end
}

// openTerminal gives a command that is about to start a terminal, of 24 rows and
// 80 columns.
func (s *script) openTerminal(r *run, cmd *exec.Cmd) (*terminal, error) {
	var steps []string
	if r.dialog != "" {
		steps = strings.Split(strings.TrimRight(s.ts.ReadFile(r.dialog), "\n"), "\n")
	}
	master, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		return nil, err
	}
	t := &terminal{master: master, slave: slave, talked: make(chan error, 1), more: make(chan struct{}, 1)}
	if t.before, err = term.GetState(int(slave.Fd())); err != nil {
		return nil, err
	}
	cmd.SysProcAttr.Setctty = true
	if r.screen {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	} else {
		cmd.ExtraFiles = []*os.File{slave}
		cmd.SysProcAttr.Ctty = 3
	}
	go t.collect()
	go func() { t.talked <- t.talk(steps, s.answers(), s.ts.MkAbs) }()
	return t, nil
}

// answers are the words of a dialog that are known only when it is held.
func (s *script) answers() func(string) string {
	return func(name string) string {
		switch name {
		case "KEY":
			return s.world.Example.AccessKeyID
		case "SECRET":
			return s.world.Example.SecretAccessKey
		case "MFA":
			return s.world.Example.MFASerial
		case "code":
			s.code = s.world.Fake.Device(s.world.Example.MFASerial).NextCode()
			return s.code
		case "again":
			return s.code
		}
		return "$" + name
	}
}

// collect reads what is shown until all slaves are closed.
func (t *terminal) collect() {
	defer close(t.more)
	buf := make([]byte, 4096)
	for {
		n, err := t.master.Read(buf)
		t.mu.Lock()
		t.shown.Write(buf[:n])
		t.mu.Unlock()
		if err != nil {
			return
		}
		select {
		case t.more <- struct{}{}:
		default:
		}
	}
}

// text is what was shown so far, with plain line ends.
func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ReplaceAll(t.shown.String(), "\r", "")
}

func (t *terminal) talk(steps []string, answer, path func(string) string) error {
	at := 0
	for _, step := range steps {
		if files, ok := strings.CutPrefix(step, "= "); ok {
			from, to, _ := strings.Cut(files, " ")
			data, err := os.ReadFile(path(from))
			if err == nil {
				err = os.WriteFile(path(to), data, 0o600)
			}
			if err != nil {
				return err
			}
			continue
		}
		typed, isTyped := strings.CutPrefix(step, ">")
		if !isTyped {
			next, err := t.wait(at, os.Expand(step, answer))
			if err != nil {
				return err
			}
			at = next
			continue
		}
		typed = os.Expand(strings.TrimPrefix(typed, " "), answer)
		switch typed {
		case "^C":
			typed = "\x03"
		case "^D":
			typed = "\x04"
		default:
			typed += "\n"
		}
		if _, err := t.master.WriteString(typed); err != nil {
			return err
		}
	}
	return nil
}

// wait waits until text is shown behind at, and returns where it ends.
func (t *terminal) wait(at int, text string) (int, error) {
	for open := true; ; {
		shown := t.text()
		if i := strings.Index(shown[at:], text); i >= 0 {
			return at + i + len(text), nil
		}
		if !open {
			return 0, fmt.Errorf("the terminal did not show %q", text)
		}
		_, open = <-t.more
	}
}

// close ends the terminal after the program, and returns what it showed.
func (t *terminal) close() (string, error) {
	after, err := term.GetState(int(t.slave.Fd()))
	t.slave.Close()
	talked := <-t.talked // collect ends, for nobody has the slave open any more
	for range t.more {
	}
	t.master.Close()
	if err == nil && !reflect.DeepEqual(t.before, after) {
		err = errors.New("the terminal is not as it was before")
	}
	return t.text(), errors.Join(err, talked)
}
