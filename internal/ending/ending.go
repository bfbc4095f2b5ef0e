// Package ending decides when a process exits even if its work has not ended. The work may
// be stuck in a system call that does not return (a file on a dead mount), or in a library
// that does not support contexts.
//
// It does not know what the work is, which signals the process handles, or how an exit
// status is shown.
package ending

import (
	"errors"
	"os"
	"time"

	"awsvault/internal/fault"
)

// Ending limits how long work may take.
type Ending struct {
	Limit  time.Duration // for the work; 0 because a person may be answering
	Signal bool          // stop at the first signal, because there is nothing to clean up
	// Grace is how long the work may take to stop after it was told to.
	Grace time.Duration
	// Same is the time within which two signals count as one: timeout(1) sends a signal to the
	// process and to its group.
	Same time.Duration
}

// Work is work that Bound limits. The first signal calls Cancel, so that the work can stop in
// order.
type Work struct {
	Do     func() int
	Cancel func()
	Now    func() time.Time
}

// errStuck is the error for work that did not stop.
var errStuck = errors.New("gave up: a file, a device or a server does not answer, and cannot be interrupted")

// Bound runs the work and returns its status. After a second signal, or when the time is up,
// it stops waiting for the work and returns an error.
func (e Ending) Bound(signals <-chan os.Signal, w Work) (status int, stuck error) {
	done := make(chan int, 1)
	go func() { done <- w.Do() }()
	late := time.NewTimer(e.Limit)
	defer late.Stop()
	if e.Limit == 0 {
		late.Stop()
	}
	var last time.Time
	told, why := false, error(errStuck)
	for {
		select {
		case status := <-done:
			return status, nil
		case <-late.C:
			return 0, why
		case <-signals:
			now := w.Now()
			again := told && now.Sub(last) >= e.Same
			last = now
			w.Cancel()
			if !told && e.Signal || again {
				late.Reset(e.Grace)
				why = fault.Of(fault.Interrupted, errStuck)
			}
			told = true
		}
	}
}
