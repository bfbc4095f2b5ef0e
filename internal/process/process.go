// Package process runs programs for their output: credential_process, mfa_process,
// passphrase helpers, and the programs behind keystores. It limits their time and their
// output, and leaves none of them running.
//
// It does not know why they run. It does not run programs that replace this one (exec), or
// that continue without it (a browser).
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

	"awsvault/internal/line"
)

// Program says what to run, and how.
type Program struct {
	Name    string   // the name in messages; empty: its path, or "the command" of a shell
	Args    []string // the program and its arguments
	Environ []string // all of it; nothing is inherited, because this process's environment contains secrets
	// Stdin and Stderr are the person's, so that the program can ask for a touch or a
	// password; nil: it cannot. Input is what it reads instead.
	Stdin  *os.File
	Stderr io.Writer
	Input  []byte
	// Screen is its stderr without a pipe, instead of Stderr, for a program that draws.
	Screen *os.File
	// Together keeps the program in the caller's process group, because it could not read from
	// the terminal otherwise. Without it, the program gets its own group.
	Together bool
	// NoTerminal gives the program its own session, without a terminal on which it could ask.
	// (On Windows, programs are not known to do that.)
	NoTerminal bool
	Limit      int           // how many bytes it may print; 0: DefaultLimit
	Timeout    time.Duration // how long it may take; 0: no limit, because a person may be answering
}

// DefaultLimit is far more than any program prints.
const DefaultLimit = 1 << 20

// lingering is how long the output may stay open after the program has ended, because a
// program that it has started may hold it.
const lingering = 500 * time.Millisecond

// These errors say why a program has no output, for errors.Is. If it failed, the error
// contains an *exec.ExitError. If it could not be run, it is fs.ErrNotExist, fs.ErrPermission
// or exec.ErrNotFound.
var (
	ErrTooLong = errors.New("the program took too long")
	ErrTooMuch = errors.New("the program printed too much")
)

// Error says in one line how a program failed, without its output.
type Error struct {
	Name string // the name of the program
	Text string // how it failed, for use after the name
	Said string // the last line of its stderr, printable; it may contain secrets
	Err  error
}

// Error returns the name, the failure and what the program said, in one line.
func (e *Error) Error() string {
	if e.Said != "" {
		return e.Name + " " + e.Text + ": " + e.Said
	}
	return e.Name + " " + e.Text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Shell returns the command line with which the system's shell runs text: /bin/sh, or cmd.exe
// below systemRoot.
func Shell(goos, systemRoot, text string) []string {
	if goos == "windows" {
		return []string{systemRoot + `\System32\cmd.exe`, "/C", text}
	}
	return []string{"/bin/sh", "-c", text}
}

// Output runs the program and returns its output. The error is an *Error, or context.Canceled.
//
// If time is up, ctx is done, or the output is too long, the program is ended with everything
// that it has started and that has not become a daemon. If it ends by itself, the programs
// that it has left running continue: some programs start an agent.
func Output(ctx context.Context, p Program) ([]byte, error) {
	bounded, cancel := context.WithCancel(ctx)
	if p.Timeout > 0 {
		bounded, cancel = context.WithTimeout(ctx, p.Timeout)
	}
	defer cancel()
	if p.Limit == 0 {
		p.Limit = DefaultLimit
	}
	cmd := exec.CommandContext(bounded, p.Args[0], p.Args[1:]...)
	cmd.Env = append([]string{}, p.Environ...) // nil would mean this process's environment
	out := &capped{limit: p.Limit, full: cancel}
	said := &tail{}
	cmd.Stdout, cmd.Stderr = out, said
	switch {
	case p.Screen != nil:
		cmd.Stderr = p.Screen
	case p.Stderr != nil:
		cmd.Stderr = io.MultiWriter(p.Stderr, said)
	}
	switch {
	case p.Input != nil:
		cmd.Stdin = bytes.NewReader(p.Input)
	case p.Stdin != nil:
		cmd.Stdin = p.Stdin
	}
	cmd.WaitDelay = lingering
	release, err := start(cmd, p)
	if err == nil {
		err = cmd.Wait()
		release()
	}
	if err := p.failure(ctx, bounded, err, out.over, said.last()); err != nil {
		return nil, err
	}
	return out.b.Bytes(), nil
}

// EndsBy is how long an interrupted program has to end by itself.
const EndsBy = 5 * time.Second

// Stream runs the program in its own group, without input, and passes its output to the
// writers as it comes. It returns the program's status, or an error if the program could not
// be run. When ctx is done, it interrupts the program as Ctrl-C does, and kills what has not
// ended 5 seconds later.
func Stream(ctx context.Context, p Program, stdout, stderr io.Writer) (status int, err error) {
	never, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := exec.CommandContext(never, p.Args[0], p.Args[1:]...)
	cmd.Env = append([]string{}, p.Environ...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.WaitDelay = lingering // programs left running do not delay other lines
	release, err := start(cmd, p)
	if err != nil {
		return 0, reason(err)
	}
	stop := context.AfterFunc(ctx, func() {
		interrupt(cmd.Process)
		time.AfterFunc(EndsBy, cancel)
	})
	err = cmd.Wait()
	if !stop() { // also the programs that it has left behind
		endGroup(cmd.Process)
	}
	release()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return 0, fmt.Errorf("%w: %w", ErrOutput, reason(err))
	}
	return statusOf(cmd.ProcessState), nil
}

// ErrOutput means that a program's output could not be passed on.
var ErrOutput = errors.New("its output cannot be written")

// failure describes how the program failed; nil: it succeeded.
func (p Program) failure(ctx, bounded context.Context, err error, tooMuch bool, said string) error {
	e := &Error{Name: p.name()}
	var exit *exec.ExitError
	var missing *exec.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case tooMuch:
		e.Text, e.Err = fmt.Sprintf("printed more than %d bytes", p.Limit), ErrTooMuch
	case ctx.Err() != nil:
		e.Text, e.Err = "did not end in time", errors.Join(ErrTooLong, ctx.Err())
	case bounded.Err() != nil:
		e.Text, e.Err = fmt.Sprintf("did not end within %s", p.Timeout), ErrTooLong
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.As(err, &missing), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		e.Text, e.Err = fmt.Sprintf("cannot be run: %v", reason(err)), err
	case errors.As(err, &exit):
		e.Text, e.Said, e.Err = "ended with "+exit.ProcessState.String(), said, exit
	default:
		e.Text, e.Err = fmt.Sprintf("failed: %v", reason(err)), err
	}
	return e
}

func (p Program) name() string {
	switch {
	case p.Name != "":
		return p.Name
	case isShell(p.Args):
		return "the command"
	}
	return p.Args[0]
}

// isShell reports whether Shell has made this command line.
func isShell(args []string) bool {
	return len(args) == 3 && (args[1] == "-c" || args[1] == "/C")
}

// reason returns the innermost error of an error from os/exec, which repeats the path.
func reason(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// capped keeps the output up to a limit, and ends a program that prints more.
type capped struct {
	b     bytes.Buffer // not embedded, because its ReadFrom would ignore the limit
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

// last returns the last line that says something, made safe to print. vault itself prints what
// went wrong, and a hint below that.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	if n := len(lines); n > 1 && isHint(lines[n-1]) {
		lines = lines[:n-1]
	}
	return line.Printable(lines[len(lines)-1])
}

// isHint recognises a hint of vault.
func isHint(text string) bool { return strings.HasPrefix(text, "  hint: ") }

// ErrNotOneLine means that a program printed nothing, or more than one line.
var ErrNotOneLine = errors.New("it did not print exactly one line")

// Line runs a program that prints one line, and returns that line.
func Line(ctx context.Context, p Program) (string, error) {
	output, err := Output(ctx, p)
	if err != nil {
		return "", err
	}
	first, rest, _ := strings.Cut(string(output), "\n")
	if first = strings.TrimSuffix(first, "\r"); first == "" || strings.TrimSpace(rest) != "" {
		return "", ErrNotOneLine
	}
	return first, nil
}
