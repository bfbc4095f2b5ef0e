// Package tty asks the user questions at the process's terminal, even if its standard
// streams are redirected.
//
// A question ends with the answer or with its context, and leaves nothing behind: the
// terminal is restored, and no reader is left waiting for the next line, which belongs to
// the shell. A Ctrl-C reaches the process as a signal. The caller must then end the
// context, and do the same for the signals that ask it to terminate. Otherwise a question
// without echo would leave the terminal without echo.
//
// The package does not know what it asks for, what a good answer is, or whether the
// question should be asked.
package tty

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"awsvault/internal/fault"
)

var (
	// ErrNoTerminal means that the process has no terminal.
	ErrNoTerminal = fault.NewPerson("there is no terminal to ask at", "")
	// ErrInterrupted means that the question was cancelled, by Ctrl-C or because its context
	// ended.
	ErrInterrupted = fault.Of(fault.Interrupted, errors.New("interrupted"))
	// ErrNoAnswer means that the person has closed the input (Ctrl-D).
	ErrNoAnswer = errors.New("no answer was given")

	errTooLong = errors.New("the answer is too long")
)

// maxLine is one byte less than the longest line that Linux passes on. Linux cuts a longer
// line silently, so a line of that length may be incomplete.
const maxLine = 4<<10 - 2

// TTY is a terminal.
type TTY struct{ terminal }

// Open opens the process's terminal, or returns ErrNoTerminal.
func Open() (*TTY, error) {
	opened, err := openTerminal()
	if err != nil {
		return nil, err
	}
	return &TTY{opened}, nil
}

// Close closes the terminal.
func (t *TTY) Close() error { return t.close() }

// Print shows text.
func (t *TTY) Print(text string) { t.print(text) }

// Ask shows the prompt and returns the line that the person types.
func (t *TTY) Ask(ctx context.Context, prompt string) (string, error) {
	return t.line(ctx, prompt, shown)
}

// AskSecret is like Ask, but does not show what is typed.
func (t *TTY) AskSecret(ctx context.Context, prompt string) (string, error) {
	return t.line(ctx, prompt, hidden)
}

// AskStarred is like AskSecret, but shows a star for each character. It is for a secret whose
// length need not be secret.
func (t *TTY) AskStarred(ctx context.Context, prompt string) (string, error) {
	return t.line(ctx, prompt, starred)
}

// echo says what to show of an answer while it is typed.
type echo int

const (
	shown echo = iota
	hidden
	starred
)

// stars returns the text that turns before stars into now stars.
func stars(before, now int) string {
	if now < before {
		return strings.Repeat("\b \b", before-now)
	}
	return strings.Repeat("*", now-before)
}

// Confirm asks for yes or no until it gets one of them. An empty line means def.
func (t *TTY) Confirm(ctx context.Context, prompt string, def bool) (bool, error) {
	choice := " [y/N] "
	if def {
		choice = " [Y/n] "
	}
	for {
		answer, err := t.Ask(ctx, prompt+choice)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "":
			return def, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// editor edits a line, for a terminal that does not do so itself.
type editor struct {
	line    []byte
	tooLong bool
	escape  escape
}

// escape is the progress of an escape sequence.
type escape int

const (
	none     escape = iota
	begun           // ESC
	sequence        // ESC [, up to a letter
	single          // ESC O, and one more byte
)

const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	backspace = 0x08
	ctrlU     = 0x15
	ctrlW     = 0x17
	esc       = 0x1b
	del       = 0x7f
)

// key handles the next byte, and reports whether the line is complete. It drops escape
// sequences: arrow keys, and the marks around pasted text. It also drops the rest of a line
// that is too long, but must read it: otherwise part of a secret would end up in the shell.
func (e *editor) key(b byte) (done bool, err error) {
	if e.escape != none || b == esc {
		e.escape = e.escape.next(b)
		return false, nil
	}
	switch b {
	case '\r', '\n':
		if e.tooLong {
			return false, errTooLong
		}
		return true, nil
	case ctrlC:
		return false, ErrInterrupted
	case ctrlD:
		if len(e.line) == 0 {
			return false, ErrNoAnswer
		}
	case backspace, del:
		_, size := utf8.DecodeLastRune(e.line)
		e.line = e.line[:len(e.line)-size]
	case ctrlU:
		e.line, e.tooLong = e.line[:0], false
	case ctrlW:
		words := strings.TrimRight(string(e.line), " ")
		e.line = e.line[:strings.LastIndexByte(words, ' ')+1]
	default:
		switch {
		case b < ' ':
		case len(e.line) == maxLine:
			e.tooLong = true
		default:
			e.line = append(e.line, b)
		}
	}
	return false, nil
}

func (s escape) next(b byte) escape {
	switch {
	case b == esc:
		return begun
	case s == begun && b == '[':
		return sequence
	case s == begun && b == 'O':
		return single
	case s == sequence && (b < 0x40 || b > 0x7e):
		return sequence
	}
	return none
}
