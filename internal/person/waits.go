package person

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"awsvault/internal/line"
)

// Waits shows on one line what vault waits for, and for how long. On a terminal, it rewrites
// the line in place, and removes it when the wait ends or a question is asked. Elsewhere it
// writes a plain line. A nil Waits shows nothing. It is safe for concurrent use.
type Waits struct {
	Out     io.Writer
	Columns func() int // the terminal's width; nil: there is no terminal, or it cannot draw
	// Mode returns the terminal's input mode; nil: Out is no terminal. ok is false if the mode
	// is unknown.
	Mode func() (mode uint64, ok bool)
	Dots string // after the name of what vault waits for
	Now  func() time.Time
	// After runs f after d, unless it is stopped, as time.AfterFunc does.
	After func(d time.Duration, f func()) (stop func() bool)

	mu      sync.Mutex
	open    []*wait         // the oldest first, which is the one shown
	quiet   int             // the number of open questions
	running int             // the number of programs that may write on the terminal themselves
	spoken  int             // how often such a program has written on stderr
	said    map[string]bool // the programs that have had their own line
	counted string          // shown instead of a wait
	shown   bool
	stop    func() bool
	round   int // of the timer: a tick of an earlier round does nothing
}

// wait is one wait.
type wait struct {
	what         string
	began, until time.Time
}

// These are the delays until a wait is shown: an immediate line would flicker, and a pipe
// needs no lines about short waits.
const (
	shownAfter = 300 * time.Millisecond
	plainAfter = 5 * time.Second
)

// For shows that vault waits for something, until done is called. until is the expected end;
// the zero time: unknown.
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

// next writes the line after a while.
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

// text returns the line of a wait, with the time left, or else the time passed.
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

// draw writes the line over the previous one. It never writes into the last column, because
// some terminals would then go to the next line.
func (w *Waits) draw(text string) {
	if w.quiet > 0 || w.running > 0 {
		return
	}
	columns := w.Columns()
	if columns <= 0 {
		columns = 80 // unknown
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

// Hush removes the line while something else is written, or a question is open.
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

// Count shows how many of all are done, instead of the separate waits. It returns nil if that
// would take more than one line.
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
