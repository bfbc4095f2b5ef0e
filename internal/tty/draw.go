package tty

import (
	"context"
	"time"
)

// Drawing is a program that draws on the terminal and takes each key itself.
type Drawing interface {
	// Typed takes a byte. done ends the drawing; what comes after that byte
	// is left to whoever reads next.
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

// Draw shows begin, has d draw until it is done, and shows end: that also when the
// context ends, which is ErrInterrupted, and when d panics. The mode of the
// terminal is then as it was. Ctrl-C is a key like others.
//
// Each of later runs meanwhile; what it returns is called between two frames.
func (t *TTY) Draw(ctx context.Context, d Drawing, begin, end string, later ...func() func()) error {
	return t.draw(ctx, d, begin, end, later)
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
