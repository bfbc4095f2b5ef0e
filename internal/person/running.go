package person

import (
	"fmt"
	"io"
	"sync"
	"time"

	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// Program shows which program vault waits for, until done is called.
//
// A program without a terminal gets the same line as a wait for AWS. A program with a terminal
// may write and read there itself, and a line drawn over its output would spoil that. So vault
// writes one whole line for it, once, and draws nothing while it runs. If the person's
// settings name the program, nothing is known about it, and the line comes before it starts.
// Keystores and MFA tools only ask for secrets, for which they change the terminal's mode. For
// them the line comes after a while, unless the mode has changed or the program has written
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

// soon writes the line after a while, if the terminal's mode has not changed.
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

// Through returns a writer for a program's own messages, which Waits takes note of.
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

// Keystore describes the program of a keystore, which only asks for passphrases.
func Keystore(name string, limit time.Duration, asks bool) vault.Program {
	p := vault.Program{What: name, Limit: limit}
	if asks {
		p.Use = vault.HiddenAnswers
	}
	return p
}
