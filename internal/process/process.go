// Package process runs the programs that a person's settings name:
// credential_process, mfa_process, helpers for passphrases. It bounds their time
// and their output, and leaves none behind.
//
// It does not know what they are run for.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

// Program is what to run, and with what.
type Program struct {
	Args    []string // the program and its arguments
	Environ []string
	// Stdin and Stderr are the person's, so that the program can ask for a touch
	// or a password. Nil: the program has nobody.
	Stdin  *os.File
	Stderr io.Writer
	// Together leaves the program in the caller's process group, without which it
	// could not read from their terminal. Otherwise it gets a group of its own, all
	// of which ends with it.
	Together bool
	// Limit is how many bytes it may print, Timeout how long it may take.
	Limit   int
	Timeout time.Duration
}

// Shell is the command line of the system's shell that runs text: /bin/sh, or cmd.exe below SystemRoot.
func Shell(goos, systemRoot, text string) []string {
	if goos == "windows" {
		return []string{systemRoot + `\System32\cmd.exe`, "/C", text}
	}
	return []string{"/bin/sh", "-c", text}
}

// Output runs the program and returns what it printed. An error is one line: how
// the program ended and the last line of its stderr, never what it printed on
// stdout.
func Output(ctx context.Context, p Program) ([]byte, error) {
	bounded, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	cmd := exec.CommandContext(bounded, p.Args[0], p.Args[1:]...)
	cmd.Env = p.Environ
	out := &capped{limit: p.Limit, full: cancel}
	said := &tail{}
	cmd.Stdout, cmd.Stderr = out, said
	if p.Stderr != nil {
		cmd.Stderr = io.MultiWriter(p.Stderr, said)
	}
	if p.Stdin != nil {
		cmd.Stdin = p.Stdin
	}
	if !p.Together {
		apart(cmd)
	}
	cmd.WaitDelay = 500 * time.Millisecond // what it started may hold its output open
	err := cmd.Run()
	var missing *exec.Error
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return nil, context.Canceled
	case out.over:
		return nil, fmt.Errorf("%s printed more than %d bytes", p.name(), p.Limit)
	case bounded.Err() != nil:
		return nil, fmt.Errorf("%s did not end within %s", p.name(), p.Timeout)
	case errors.As(err, &missing), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%s cannot be run: %w", p.name(), reason(err))
	case errors.As(err, &exit):
		if last := said.last(); last != "" {
			return nil, fmt.Errorf("%s ended with %s: %s", p.name(), exit.ProcessState, last)
		}
		return nil, fmt.Errorf("%s ended with %s", p.name(), exit.ProcessState)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return nil, fmt.Errorf("%s: %w", p.name(), reason(err))
	}
	return out.b.Bytes(), nil
}

func (p Program) name() string {
	if len(p.Args) == 3 && p.Args[1] == "-c" || len(p.Args) == 3 && p.Args[1] == "/C" {
		return "the command"
	}
	return p.Args[0]
}

// reason is the innermost of an error of os/exec, which repeats the path.
func reason(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// capped keeps what fits, and ends the program that prints more.
type capped struct {
	b     bytes.Buffer // not embedded: its ReadFrom would go past the limit
	limit int
	over  bool
	full  func()
}

func (b *capped) Write(p []byte) (int, error) {
	if b.b.Len()+len(p) > b.limit {
		b.over = true
		b.full()
		return 0, io.ErrShortWrite
	}
	return b.b.Write(p)
}

// tail keeps the end of what is written.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if over := len(t.text) - 1024; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// last is the last line that says something, safe to print. A vault says what
// went wrong, and below that what to do about it.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	if n := len(lines); n > 1 && strings.HasPrefix(lines[n-1], "vault: hint: ") {
		lines = lines[:n-1]
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, lines[len(lines)-1]))
}
