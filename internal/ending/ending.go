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

// Ending is how long work may go on.
type Ending struct {
	Limit  time.Duration // for the work; 0: a person may be answering
	Signal bool          // the first signal is enough: there is nothing to clean up
	// Grace is how long the work may take to end once it has been told to.
	Grace time.Duration
	// Same is how long a signal may be the same one, sent to the process and to its
	// group, as timeout(1) does.
	Same time.Duration
}

// Work is what is bounded. The first signal cancels it, which ends it in good order.
type Work struct {
	Do     func() int
	Cancel func()
	Now    func() time.Time
}

// errStuck is the error of work that was left behind.
var errStuck = errors.New("gave up: a file, a device or a server does not answer, and cannot be interrupted")

// Bound returns the status that work returns. After the second signal, or after its time,
// the work is left behind: then there is an error instead of a status.
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
