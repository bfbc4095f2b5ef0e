package tty

import (
	"context"
	"fmt"
	"time"
)

// Drawing is a program that draws on the terminal and takes each key itself.
type Drawing interface {
	// Typed takes a byte. done ends the drawing; what comes after that byte
	// is left to the next reader.
	Typed(b byte) (done bool)
	// Pending says that the last bytes may be the beginning of a key or all of
	// it (ESC). If nothing follows, Idle is called.
	Pending() bool
	Idle() (done bool)
	// Frame is what draws it anew in a terminal of that size.
	Frame(width, height int) string
}

// escapeTime is how long the rest of a key may take after its ESC, on a slow line.
const escapeTime = 60 * time.Millisecond

// screen is the terminal while something draws on it.
type screen interface {
	// next waits for one thing to happen. A negative limit is none.
	next(limit time.Duration) (event, error)
	// ring wakes next. It may be called at any time, also after leave.
	ring()
	// leave gives the terminal the mode that it had. flush drops what was typed
	// and not read: it was not meant for the shell.
	leave(flush bool)
}

// event is what happened.
type event struct {
	kind  kind
	typed []byte
}

// kind says which of the things it was.
type kind int

const (
	timeUp  kind = iota // nothing, for as long as the limit was
	typed               // bytes of keys
	rung                // by ring
	resized             // the terminal has another size now
	nothing             // of interest
)

// Draw shows begin, has d draw until it is done, and shows end: that also when the
// context ends, which is ErrInterrupted, and when d panics. The mode of the
// terminal is then as it was. Ctrl-C is a key like others.
//
// Each of later runs meanwhile; what it returns is called between two frames.
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

// patience is how long to wait for a key before something is done without one.
func patience(stale bool, d Drawing) time.Duration {
	switch {
	case stale: // it is drawn if nothing else is typed already
		return 0
	case d.Pending():
		return escapeTime
	}
	return -1
}

// start runs the works, wakes the drawing when one is done and says where its
// result is then. A panic is one of the drawing's: it ends it in the orderly way.
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

// apply calls the results that are there.
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
