package tty

import (
	"context"
	"fmt"
	"time"
)

// Drawing is a program that draws on the terminal and handles each key itself.
type Drawing interface {
	// Typed handles a byte. done ends the drawing; bytes after that are for the next reader.
	Typed(b byte) (done bool)
	// Pending reports whether the last bytes may be the beginning of a key, or all of it
	// (ESC). If nothing follows, Idle is called.
	Pending() bool
	Idle() (done bool)
	// Frame returns the text that draws everything again in a terminal of that size.
	Frame(width, height int) string
}

// escapeTime is how long the rest of a key may take after its ESC, on a slow line.
const escapeTime = 60 * time.Millisecond

// screen is the terminal while something draws on it.
type screen interface {
	// next waits for one event. A negative limit means no limit.
	next(limit time.Duration) (event, error)
	// ring wakes next. It may be called at any time, also after leave.
	ring()
	// leave restores the mode of the terminal. flush drops input that was typed and not read,
	// because it was not meant for the shell.
	leave(flush bool)
}

// event is something that happened.
type event struct {
	kind  kind
	typed []byte
}

// kind is the kind of an event.
type kind int

const (
	timeUp  kind = iota // nothing happened within the limit
	typed               // bytes of keys
	rung                // ring was called
	resized             // the terminal has a new size
	nothing             // nothing of interest
)

// Draw prints begin, lets d draw until it is done, and prints end. It also prints end when the
// context ends, which returns ErrInterrupted, and when d panics. It then restores the mode of
// the terminal. Ctrl-C is a normal key.
//
// The functions in later run in the background. Their results are called between two frames.
func (t *TTY) Draw(ctx context.Context, d Drawing, begin, end string, later ...func() func()) error {
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	s, err := t.enter()
	if err != nil {
		return err
	}
	flush := true
	defer func() {
		t.print(end)
		s.leave(flush)
	}()
	defer context.AfterFunc(ctx, s.ring)()
	t.print(begin)
	results := start(later, s.ring)
	for stale := true; ; {
		e, err := s.next(patience(stale, d))
		if err != nil {
			return fmt.Errorf("wait for the terminal: %w", err)
		}
		switch {
		case e.kind == rung:
			if ctx.Err() != nil {
				return ErrInterrupted
			}
			apply(results)
			stale = true
		case e.kind == typed:
			for _, b := range e.typed {
				if d.Typed(b) {
					flush = false
					return nil
				}
			}
			stale = true
		case e.kind == resized:
			stale = true
		case e.kind == timeUp && stale:
			t.print(d.Frame(t.size()))
			stale = false
		case e.kind == timeUp && d.Pending():
			if d.Idle() {
				return nil
			}
			stale = true
		}
	}
}

// patience returns how long to wait for a key.
func patience(stale bool, d Drawing) time.Duration {
	switch {
	case stale: // draw, unless there is more input already
		return 0
	case d.Pending():
		return escapeTime
	}
	return -1
}

// start runs the works, and wakes the drawing when one of them is done. The returned channel
// has their results. A panic becomes a panic of the drawing, which then ends in the normal
// way.
func start(works []func() func(), wake func()) <-chan func() {
	results := make(chan func(), len(works))
	for _, work := range works {
		go func() {
			defer func() {
				if r := recover(); r != nil {
					results <- func() { panic(r) }
				}
				wake()
			}()
			results <- work()
		}()
	}
	return results
}

// apply calls the results that are ready.
func apply(results <-chan func()) {
	for {
		select {
		case f := <-results:
			f()
		default:
			return
		}
	}
}
