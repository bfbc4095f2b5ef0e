package fault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// asked is an error type of another package, with a hint and a kind.
type asked struct{ hint string }

func (asked) Error() string  { return "asked" }
func (a asked) Hint() string { return a.hint }
func (asked) Kind() Kind     { return Person }

func TestErrors(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("wrapped: %w", err) }
	for _, test := range []struct {
		name       string
		err        error
		text, hint string
		kind       Kind
		silent     bool
	}{
		{"a plain error", errors.New("x"), "x", "", Failed, false},
		{"a failure", New("x", "h"), "x", "h", Failed, false},
		{"wrong use", NewUsage("x", "h"), "x", "h", Usage, false},
		{"someone is needed", NewPerson("x", ""), "x", "", Person, false},
		{"wrapped, all of it is found", wrap(NewUsage("x", "h")), "wrapped: x", "h", Usage, false},
		{"a hint for an error keeps its kind", Hinted(wrap(NewPerson("x", "inner")), "outer"), "wrapped: x", "outer", Person, false},
		{"an empty hint hides none below", Hinted(New("x", "inner"), ""), "x", "inner", Failed, false},
		{"a kind for an error keeps its hint", Of(Usage, wrap(NewPerson("x", "h"))), "wrapped: x", "h", Usage, false},
		{"a status of its own", wrap(Of(127, New("x", "h"))), "wrapped: x", "h", 127, false},
		{"explicitly no more than failed", Of(Failed, NewPerson("x", "h")), "x", "h", Failed, false},
		{"a type of another package", wrap(asked{"h"}), "wrapped: asked", "h", Person, false},
		{"the text stands for itself", &Error{Text: "x", Cause: errors.New("y")}, "x", "", Failed, false},
		{"one of several causes", errors.Join(errors.New("x"), NewUsage("y", "h")), "x\ny", "h", Usage, false},
		{"the first of several causes", errors.Join(wrap(asked{"a"}), NewUsage("y", "h")), "wrapped: asked\ny", "a", Person, false},
		{"interrupted", wrap(context.Canceled), "wrapped: context canceled", "", Interrupted, false},
		{"out of time is a failure", wrap(context.DeadlineExceeded), "wrapped: context deadline exceeded", "", Failed, false},
		{"a status without a word", Silent(7), "status 7", "", 7, true},
		{"wrapped, it is silent still", wrap(Silent(Interrupted)), "wrapped: status 130", "", Interrupted, true},
		{"nothing in it", &Error{}, "status 1", "", Failed, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.text {
				t.Errorf("text: got %q, want %q", got, test.text)
			}
			if got := HintOf(test.err); got != test.hint {
				t.Errorf("hint: got %q, want %q", got, test.hint)
			}
			if got := KindOf(test.err); got != test.kind {
				t.Errorf("kind: got %d, want %d", got, test.kind)
			}
			if got := IsSilent(test.err); got != test.silent {
				t.Errorf("silent: got %t, want %t", got, test.silent)
			}
		})
	}
}

func TestNoErrorStaysNone(t *testing.T) {
	if err := Hinted(nil, "h"); err != nil {
		t.Errorf("got %v", err)
	}
	if err := Of(Usage, nil); err != nil {
		t.Errorf("got %v", err)
	}
	if KindOf(nil) != 0 || HintOf(nil) != "" || IsSilent(nil) {
		t.Error("no error has a kind, a hint, or is silent")
	}
}

func TestTheCauseIsFound(t *testing.T) {
	cause := &fs.PathError{Op: "open", Path: "p", Err: fs.ErrPermission}
	err := fmt.Errorf("a: %w", Hinted(&Error{Text: "b", Cause: cause}, "h"))
	var path *fs.PathError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &path) || path != cause {
		t.Errorf("the cause of %v is not found", err)
	}
}
