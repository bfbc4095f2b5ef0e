package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"awsvault/internal/fault"
	"awsvault/internal/signin"
	"awsvault/internal/sso"
	"awsvault/internal/store"
	"awsvault/internal/tty"
)

// Exit statuses, design.md 1.
const (
	statusDone        = 0
	statusFailed      = 1
	statusUsage       = 2
	statusPerson      = 3
	statusInterrupted = 130
)

// usageError is a wrong use of the command line.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

// Hint is printed on a line of its own.
func (e *usageError) Hint() string { return e.hint }

// hinted adds a hint to an error.
type hinted struct {
	error
	hint string
}

func (e *hinted) Hint() string  { return e.hint }
func (e *hinted) Unwrap() error { return e.error }

// personError says that a person is needed and none can be asked.
type personError struct{ text, hint string }

func (e *personError) Error() string { return e.text }

// Hint says what to do in a terminal.
func (e *personError) Hint() string { return e.hint }

// statusError is an error with a status of its own.
type statusError struct {
	error
	status int
}

func (e *statusError) Unwrap() error { return e.error }

// silentError is a status without a word: all has been said.
type silentError int

func (e silentError) Error() string { return fmt.Sprintf("status %d", int(e)) }

// report prints an error, one line and perhaps a hint, and returns the exit
// status. It is the only place that prints errors.
func (a *App) report(err error) int {
	var silent silentError
	switch {
	case err == nil:
		return statusDone
	case errors.As(err, &silent):
		return int(silent)
	case errors.Is(err, context.Canceled), errors.Is(err, tty.ErrInterrupted):
		return statusInterrupted
	}
	fmt.Fprintf(a.stderr, "vault: error: %s\n", oneLine(err.Error()))
	if hint := fault.HintOf(err); hint != "" {
		fmt.Fprintf(a.stderr, "vault: hint: %s\n", oneLine(hint))
	}
	return statusOf(err)
}

func statusOf(err error) int {
	var own *statusError
	var usage *usageError
	var person *personError
	var locked *store.LockedError
	var signIn *sso.NeededError
	var login *signin.NeededError
	switch {
	case errors.As(err, &own):
		return own.status
	case errors.As(err, &usage):
		return statusUsage
	case errors.As(err, &person), errors.As(err, &locked), errors.As(err, &signIn), errors.As(err, &login), errors.Is(err, tty.ErrNoTerminal):
		return statusPerson
	}
	return int(fault.KindOf(err))
}

// oneLine makes a text that may hold anything (names, paths, what a server
// said) safe to print on a terminal: one line, no control characters.
func oneLine(s string) string {
	s = strings.TrimSpace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r):
			return '?'
		}
		return r
	}, s)
}
