// Package fault defines the program's one kind of error: what is wrong, a hint that says
// what to type, and the kind of failure, which decides the exit status.
//
// It prints nothing, does not know who asks, and has no texts of its own. Other packages
// make errors with it; cmd prints them and exits with their status.
package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind classifies an error. It is also the exit status of the program, so an error that passes
// on the status of another command has a kind too.
type Kind int

// The kinds. An error with the kind zero takes the kind of its cause.
const (
	Failed      Kind = 1
	Usage       Kind = 2   // a wrong command line or setting
	Person      Kind = 3   // MFA, a sign-in or a passphrase is needed, but there is no terminal
	Interrupted Kind = 130 // the person pressed Ctrl-C or ended a question without an answer
)

// Error is an error with advice about it. All fields may be empty.
type Error struct {
	Text  string // the whole message; if empty, the text of Cause
	Hint  string // begins with what to type
	Kind  Kind   // zero for the kind of Cause
	Cause error  // errors.Is and errors.As search it; its text is not added to Text
}

// Error returns the message.
func (e *Error) Error() string {
	switch {
	case e.Text != "":
		return e.Text
	case e.Cause != nil:
		return e.Cause.Error()
	}
	return fmt.Sprintf("status %d", KindOf(e))
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New returns an error for a failure.
func New(text, hint string) error { return &Error{Text: text, Hint: hint} }

// NewUsage returns an error for a wrong use of the command line or of a setting.
func NewUsage(text, hint string) error { return &Error{Text: text, Hint: hint, Kind: Usage} }

// NewPerson returns an error for a question that only a person can answer, when vault has no
// way to ask.
func NewPerson(text, hint string) error { return &Error{Text: text, Hint: hint, Kind: Person} }

// WithoutTerminal removes the words about the missing terminal from the text of an error, for
// a caller that would not ask on a terminal either. cut reports whether the text had them.
func WithoutTerminal(text string) (rest string, cut bool) {
	rest, _, cut = strings.Cut(text, " and there is no terminal")
	return strings.TrimSuffix(rest, ","), cut
}

// Hinted adds a hint to an error and keeps the error's text and kind. Nil stays nil.
func Hinted(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &Error{Cause: err, Hint: hint}
}

// Of gives an error another kind, which may be any exit status. Nil stays nil.
func Of(kind Kind, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Cause: err, Kind: kind}
}

// Silent returns an error without a message, for a caller that has already reported it.
func Silent(kind Kind) error { return &Error{Kind: kind} }

// IsSilent reports whether an error has a status but no message.
func IsSilent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Text == "" && e.Cause == nil
}

// Methods of other error types that correspond to fields of Error.
type (
	withHint interface{ Hint() string }
	withKind interface{ Kind() Kind }
)

// HintOf returns the outermost hint of an error and its causes, or "".
func HintOf(err error) string {
	hint := ""
	walk(err, func(err error) bool {
		switch e := err.(type) {
		case *Error:
			hint = e.Hint
		case withHint:
			hint = e.Hint()
		}
		return hint != ""
	})
	return hint
}

// KindOf returns the outermost kind of an error and its causes, or Failed if none has a kind.
// A cancelled context is Interrupted. The kind of a nil error is zero.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	kind := Kind(0)
	walk(err, func(err error) bool {
		switch e := err.(type) {
		case *Error:
			kind = e.Kind
		case withKind:
			kind = e.Kind()
		default:
			if err == context.Canceled {
				kind = Interrupted
			}
		}
		return kind != 0
	})
	if kind == 0 {
		return Failed
	}
	return kind
}

// walk visits an error and its causes from the outermost inwards, until visit returns true.
func walk(err error, visit func(error) bool) (done bool) {
	for err != nil {
		if visit(err) {
			return true
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, cause := range e.Unwrap() {
				if walk(cause, visit) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}
