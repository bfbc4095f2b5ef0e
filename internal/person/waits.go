package person

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"awsvault/internal/line"
)

// Waits says on one line what is waited for and for how long. On a terminal the line is
// rewritten in place, and is gone when the wait ends or a question is asked. Elsewhere it
// is a plain line. Nil shows nothing. It may be used by many at once.
type Waits struct {
	Out     io.Writer
	Columns func() int // of the terminal; nil: it is none, or cannot draw
	// Mode is how the terminal treats what is typed; nil: Out is no terminal. It is not ok
	// where that cannot be told.
	Mode func() (mode uint64, ok bool)
	Dots string // behind what is waited for
	Now  func() time.Time
	// After runs f after a while, unless it is stopped: as time.AfterFunc does.
	After func(d time.Duration, f func()) (stop func() bool)

	mu      sync.Mutex
	open    []*wait         // the oldest first, which is the one that is shown
	quiet   int             // how many questions are open
	running int             // how many programs may write on the terminal themselves
	spoken  int             // how often one of them wrote on stderr
	said    map[string]bool // the programs that have a line of their own
	counted string          // what is shown instead of a wait
	shown   bool
	stop    func() bool
	round   int // of the clock: a tick of an earlier round does nothing
}

// wait is one thing that is waited for.
type wait struct {
	what         string
	began, until time.Time
}

// When a wait is shown: at once would flicker, and a pipe has no use for short ones.
const (
	shownAfter = 300 * time.Millisecond
	plainAfter = 5 * time.Second
)

// For says that something is waited for, until the end that done reports. The zero time:
// how long it may take is not known.
func (w *Waits) For(what string, until time.Time) (done func()) {
	if w == nil {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	this := &wait{line.Printable(what), w.Now(), until}
	if w.open = append(w.open, this); len(w.open) == 1 {
		w.next(w.first())
	}
	return sync.OnceFunc(func() { w.end(this) })
}

func (w *Waits) end(this *wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = slices.DeleteFunc(w.open, func(o *wait) bool { return o == this })
	if len(w.open) > 0 {
		return
	}
	w.round++
	w.stop()
	if w.counted == "" {
		w.clear()
	}
}

func (w *Waits) first() time.Duration {
	if w.Columns == nil {
		return plainAfter
	}
	return shownAfter
}

// next has the line written after a while.
func (w *Waits) next(d time.Duration) {
	w.round++
	round := w.round
	w.stop = w.After(d, func() { w.tick(round) })
}

func (w *Waits) tick(round int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if round != w.round || len(w.open) == 0 {
		return
	}
	if w.Columns == nil {
		if w.running > 0 {
			w.next(plainAfter)
			return
		}
		fmt.Fprintf(w.Out, "vault: waiting for %s\n", w.open[0].what)
		return
	}
	w.next(time.Second)
	if w.counted == "" {
		w.draw(w.open[0].text(w.Now(), w.Dots))
	}
}

// text is the line of a wait: what is left, else what has passed.
func (o *wait) text(now time.Time, dots string) string {
	text := "Waiting for " + o.what + dots
	switch left, passed := o.until.Sub(now), now.Sub(o.began); {
	case left > 0:
		text += fmt.Sprintf(" %d:%02d left.", int(left.Minutes()), int(left.Seconds())%60)
	case passed >= time.Second:
		text += fmt.Sprintf(" %ds.", int(passed.Seconds()))
	}
	return text + " Ctrl-C cancels."
}

// draw writes the line over the one that is there, never into the last column: some
// terminals would go to the next line.
func (w *Waits) draw(text string) {
	if w.quiet > 0 || w.running > 0 {
		return
	}
	columns := w.Columns()
	if columns <= 0 {
		columns = 80 // not known
	}
	text = line.CutEnd(text, max(columns-1, 1))
	w.shown = true
	io.WriteString(w.Out, "\r"+text+"\x1b[K")
}

func (w *Waits) clear() {
	if w.shown {
		w.shown = false
		io.WriteString(w.Out, "\r\x1b[K")
	}
}

// Hush takes the line away while something else is written, or a question is open.
func (w *Waits) Hush() (over func()) {
	if w == nil {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quiet++
	w.clear()
	return sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.quiet--
	})
}

// Count shows how many of many are done, instead of what each of them waits for. Nil where
// that would not be on one line.
func (w *Waits) Count(what string) func(done, all int) {
	if w == nil || w.Columns == nil {
		return nil
	}
	return func(done, all int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.counted = fmt.Sprintf("%d of %d %s%s Ctrl-C cancels.", done, all, what, w.Dots); done < all {
			w.draw(w.counted)
			return
		}
		w.counted = ""
		w.clear()
	}
}
