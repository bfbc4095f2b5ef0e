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

// Kind is what sort of failure an error is. It is the exit status of the program,
// so that a command that hands on the status of another has a kind too.
type Kind int

// The kinds. Zero says nothing of its own: the error is of the kind of its cause.
const (
	Failed      Kind = 1
	Usage       Kind = 2   // the command line, or a setting, is wrong
	Person      Kind = 3   // MFA, a sign-in or a passphrase is needed, and there is no terminal to ask on
	Interrupted Kind = 130 // by Ctrl-C, or by ending a question without an answer
)

// Error is an error with what to do about it. All fields may be left empty.
type Error struct {
	Text  string // the whole message; empty: the text of Cause
	Hint  string // begins with what to type
	Kind  Kind   // zero: that of Cause
	Cause error  // what errors.Is and errors.As find below; its text is not added to Text
}

// Error gives the message.
func (e *Error) Error() string {
	switch {
	case e.Text != "":
		return e.Text
	case e.Cause != nil:
		return e.Cause.Error()
	}
	return fmt.Sprintf("status %d", KindOf(e))
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New is a failure.
func New(text, hint string) error { return &Error{Text: text, Hint: hint} }

// NewUsage is a wrong use of the command line or of a setting.
func NewUsage(text, hint string) error { return &Error{Text: text, Hint: hint, Kind: Usage} }

// NewPerson says that a person has to answer, and that there is no way to ask.
func NewPerson(text, hint string) error { return &Error{Text: text, Hint: hint, Kind: Person} }

// WithoutTerminal is the text of an error without the words that there is no terminal, for
// who would not ask on one either; cut tells whether it had them.
func WithoutTerminal(text string) (rest string, cut bool) {
	rest, _, cut = strings.Cut(text, " and there is no terminal")
	return strings.TrimSuffix(rest, ","), cut
}

// Hinted adds a hint to an error, which keeps its text and kind. Nil stays nil.
func Hinted(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &Error{Cause: err, Hint: hint}
}

// Of gives an error another kind, or a status of its own. Nil stays nil.
func Of(kind Kind, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Cause: err, Kind: kind}
}

// Silent is a status without a message: everything has been said.
func Silent(kind Kind) error { return &Error{Kind: kind} }

// IsSilent tells whether an error is reported by its status alone.
func IsSilent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Text == "" && e.Cause == nil
}

// The methods of error types that have more to say than Error has.
type (
	withHint interface{ Hint() string }
	withKind interface{ Kind() Kind }
)

// HintOf is the outermost hint of an error and its causes; empty: there is none.
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

// KindOf is the outermost kind that an error or one of its causes names, and
// Failed if none does. A cancelled context is Interrupted. Of nil it is zero.
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

// walk visits an error and its causes, outermost first, until visit is done.
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
