package vault

import (
	"fmt"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// SourceError is a source of credentials that delivered none.
type SourceError struct {
	Profile string
	Source  string // "credential_process", "the container's credentials"
	At      string // the setting that names it
	Err     error
	hint    string
}

// Failed makes one line of the error of a step's source: where the source is
// named, which one it is, what went wrong. Nil stays nil.
func Failed(s resolve.Step, source string, err error, hint string) error {
	if err == nil {
		return nil
	}
	at, _, _ := strings.Cut(s.From, " [")
	return &SourceError{Profile: s.Profile, Source: source, At: at, Err: err, hint: hint}
}

// Error is the line.
func (e *SourceError) Error() string {
	text := fmt.Sprintf("%s of %q: %s", e.Source, e.Profile, line.Printable(e.Err.Error()))
	if e.At != "" {
		text = e.At + ": " + text
	}
	return text
}

// Unwrap gives the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// Hint says what to do about it: what the cause says, else what the source does.
func (e *SourceError) Hint() string {
	if h := fault.HintOf(e.Err); h != "" {
		return h
	}
	return e.hint
}
