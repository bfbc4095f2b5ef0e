// Package terminal is a pseudo terminal with a program on it, for tests: it keeps what
// the program shows, and types keys. It does not know what the program is.
package terminal

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
)

// Size is how large a terminal is, and what it can do.
type Size struct {
	Rows, Columns uint16
	Cursor        bool // it tells where the cursor is, for editors that wait for that
}

// Terminal is a terminal, and the program on it.
type Terminal struct {
	cmd *exec.Cmd
	tty *os.File

	mu    sync.Mutex
	shown []byte
	more  chan struct{}
}

// Start starts a program on a terminal of its own.
func Start(cmd *exec.Cmd, size Size) (*Terminal, error) {
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: size.Rows, Cols: size.Columns})
	if err != nil {
		return nil, err
	}
	t := &Terminal{cmd: cmd, tty: tty, more: make(chan struct{}, 1)}
	go t.collect(size.Cursor)
	return t, nil
}

func (t *Terminal) collect(cursor bool) {
	b := make([]byte, 64<<10)
	for {
		n, err := t.tty.Read(b)
		t.tty.WriteString(answer(string(b[:n]), cursor))
		t.mu.Lock()
		t.shown = append(t.shown, b[:n]...)
		t.mu.Unlock()
		select {
		case t.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// answer is what a terminal says to a program that asks. Every one says what it can do
// (primary device attributes), and fish from 4.1 on waits ten seconds for that.
func answer(shown string, cursor bool) (said string) {
	if cursor && strings.Contains(shown, "\x1b[6n") {
		said = "\x1b[1;1R"
	}
	if strings.Contains(shown, "\x1b[0c") || strings.Contains(shown, "\x1b[c") {
		said += "\x1b[?62;22c"
	}
	return said
}

// Shown is all that the program has shown so far.
func (t *Terminal) Shown() string { return t.Since(0) }

// Since is what the program has shown after its first bytes of that number.
func (t *Terminal) Since(from int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.shown[from:])
}

// More is told when there is more to see.
func (t *Terminal) More() <-chan struct{} { return t.more }

// Type types keys.
func (t *Terminal) Type(keys string) error {
	_, err := t.tty.WriteString(keys)
	return err
}

// Resize makes the terminal larger or smaller.
func (t *Terminal) Resize(rows, columns uint16) error {
	return pty.Setsize(t.tty, &pty.Winsize{Rows: rows, Cols: columns})
}

// Close takes the terminal away, and ends the program and what it has started there: a
// shell in the shell would write its history into a directory that is being removed.
func (t *Terminal) Close() {
	t.tty.Close()
	t.cmd.Process.Kill()
	t.cmd.Wait()
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until) && t.others(); {
		time.Sleep(5 * time.Millisecond)
	}
}

// others kills the processes of the program's session, and reports whether there were
// any. Where there is no /proc, there are none.
func (t *Terminal) others() (any bool) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		b, _ := os.ReadFile(path)
		// PID (NAME) STATE PARENT GROUP SESSION ...
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(fields) < 4 || fields[0] == "Z" || fields[3] != strconv.Itoa(t.cmd.Process.Pid) {
			continue
		}
		any = true
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			if p, err := os.FindProcess(pid); err == nil {
				p.Kill()
			}
		}
	}
	return any
}

var escapes = regexp.MustCompile("\x1b(\\[[0-9;?>=]*[A-Za-z]|\\][^\x07\x1b]*(\x07|\x1b\\\\)|[()][A-Z0-9]|[=>])")

// Plain is a text without the sequences that move the cursor, or change how it looks.
func Plain(text string) string { return escapes.ReplaceAllString(text, "") }

// Visible is what can be read of a text: without sequences, and of a line that was
// begun anew only its last beginning.
func Visible(text string) string {
	lines := strings.Split(Plain(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	for i, line := range lines {
		lines[i] = line[strings.LastIndexByte(line, '\r')+1:]
	}
	return strings.Join(lines, "\n")
}
