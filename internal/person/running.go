package person

import (
	"fmt"
	"io"
	"sync"
	"time"

	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// Program says which program is waited for, until the end that done reports.
//
// A program that has no terminal is waited for as AWS is. One that has it may write and read
// there itself, and a line that is drawn over what it shows would spoil that. So it gets one
// whole line, once, and nothing is drawn while it runs. Where the person's settings name the
// program, nothing is known of it, and the line comes before it starts. Keystores and MFA
// tools ask for nothing but what is not shown, which changes the terminal's mode: for them
// the line comes after a while, unless the mode is another one or the program has said
// something by then.
func (w *Waits) Program(p vault.Program) (done func()) {
	if w == nil {
		return func() {}
	}
	if w.Mode == nil || p.Use == vault.NoTerminal {
		var until time.Time
		if p.Limit > 0 {
			until = w.Now().Add(p.Limit)
		}
		return w.For(p.What, until)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clear()
	w.running++
	ended, stop := false, func() bool { return true }
	if p.Use == vault.AnyUse {
		w.whole(p)
	} else {
		stop = w.soon(p, &ended)
	}
	return sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		ended = true
		stop()
		w.running--
	})
}

// soon has the line written after a while, if the terminal is as it was.
func (w *Waits) soon(p vault.Program, ended *bool) (stop func() bool) {
	before, known := w.Mode()
	spoken := w.spoken
	return w.After(shownAfter, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if *ended || w.spoken != spoken {
			return
		}
		if now, ok := w.Mode(); known && ok && now == before {
			w.whole(p)
		}
	})
}

// whole writes the line of a program, once in a run.
func (w *Waits) whole(p vault.Program) {
	if w.quiet > 0 || w.running > 1 || w.said[p.What] {
		return
	}
	if w.said == nil {
		w.said = map[string]bool{}
	}
	w.said[p.What] = true
	text := "Waiting for " + line.Printable(p.What) + w.Dots
	if p.Limit > 0 {
		text += " " + line.Rounded(p.Limit) + " at most."
	}
	fmt.Fprintln(w.Out, text+" Ctrl-C cancels.")
}

// Through is out for what a program says itself, of which Waits takes note.
func (w *Waits) Through(out io.Writer) io.Writer {
	if w == nil {
		return out
	}
	return heard{w, out}
}

type heard struct {
	w   *Waits
	out io.Writer
}

func (h heard) Write(p []byte) (int, error) {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	h.w.spoken++
	h.w.clear()
	return h.out.Write(p)
}

// Keystore is the program of a keystore, which asks for nothing but passphrases.
func Keystore(name string, limit time.Duration, asks bool) vault.Program {
	p := vault.Program{What: name, Limit: limit}
	if asks {
		p.Use = vault.HiddenAnswers
	}
	return p
}
