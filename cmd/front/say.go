package front

import (
	"io"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/grammar"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

// Report prints an error and its hint, if any, and returns the exit status. All errors are
// printed here.
func (w *World) Report(err error) int {
	err = w.Agent().Unasked(err)
	status := int(fault.KindOf(err))
	if err == nil || fault.IsSilent(err) || status == int(fault.Interrupted) {
		return status
	}
	if w.Hush != nil {
		defer w.Hush()()
	}
	text := func(s string) string { return line.Quotes(line.Printable(w.Named(s))) }
	if grammar.AnswersJSON(w.Args, w.Shell != nil) {
		io.WriteString(w.Stderr, say.ErrorJSON(text(err.Error()), text(fault.HintOf(err)), status))
		return status
	}
	io.WriteString(w.Stderr, w.Ink(w.Stderr).Failed(w.Called(), text(err.Error()), text(fault.HintOf(err))))
	return status
}

// Say prints a line to stderr. Only answers go to stdout.
func (w *World) Say(text string) {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	text = indent + line.Printable(w.Named(text))
	if w.Shell != nil && w.Shell.Swallowed {
		w.Shell.Messages = append(w.Shell.Messages, text)
		return
	}
	if w.Hush != nil {
		defer w.Hush()()
	}
	io.WriteString(w.Stderr, w.Ink(w.Stderr).Said(text)+"\n")
}

// OK returns the mark for success.
func (w *World) OK() string { return say.OK(w.Environ) }

// Done reports a success.
func (w *World) Done(text string) { w.Say(w.OK() + "  " + text) }

// Activated returns the line about a newly active profile.
func (w *World) Activated(t env.Target) string { return say.Active(w.OK(), t, w.Now()) }

// Expiry returns a time in the user's time zone, and how long it is until then.
func (w *World) Expiry(t time.Time) string { return say.Expiry(t, w.Now()) }

// PrintJSON prints a JSON document to stdout.
func (w *World) PrintJSON(v any) error {
	text, err := say.JSON(v)
	if err == nil {
		_, err = io.WriteString(w.Stdout, text)
	}
	return err
}
