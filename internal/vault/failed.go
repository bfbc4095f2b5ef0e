package vault

import (
	"fmt"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// SourceError is the failure of a source of credentials.
type SourceError struct {
	Profile string
	Source  string // "credential_process", "the container's credentials"
	At      string // the setting that names the source
	Err     error
	hint    string
}

// Failed describes a step's error in one line: the setting that names the source, the source,
// and what went wrong. It returns nil for a nil error.
func Failed(s resolve.Step, source string, err error, hint string) error {
	if err == nil {
		return nil
	}
	at, _, _ := strings.Cut(s.From, " [")
	return &SourceError{Profile: s.Profile, Source: source, At: at, Err: err, hint: hint}
}

// Error returns the line.
func (e *SourceError) Error() string {
	text := fmt.Sprintf("%s of %q: %s", e.Source, e.Profile, line.Printable(e.Err.Error()))
	if e.At != "" {
		text = e.At + ": " + text
	}
	return text
}

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// Hint returns the hint of the cause, or else that of the source.
func (e *SourceError) Hint() string {
	if h := fault.HintOf(e.Err); h != "" {
		return h
	}
	return e.hint
}
