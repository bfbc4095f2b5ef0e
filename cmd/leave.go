package cmd

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/renew"
)

// heed has Ctrl-C, and what else asks the program to end, arrive here from now on
// instead of ending it at once. nohup has a signal ignored, by what exec runs too.
func heed() <-chan os.Signal {
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	return signals
}

// ending says when the process leaves, whether its work has ended or not: it may be
// in a system call that does not return (a file on a dead mount), or in a library
// that knows no context.
type ending struct {
	limit  time.Duration // for the work; 0: a person may be answering
	signal bool          // the first signal is enough: there is nothing to clean up
	// grace is how long the work may take to end once it has been told to.
	grace time.Duration
	// same is how long a signal may be the same one, sent to the process and to its
	// group, as timeout(1) does.
	same time.Duration
}

// endingOf is that of a command. A prompt has its patience, and a renewal in the
// background ends by itself within 45 seconds.
func endingOf(args []string) ending {
	e := ending{grace: time.Second, same: 100 * time.Millisecond}
	switch {
	case len(args) == 0:
	case args[0] == "prompt":
		e.limit, e.signal = renew.Patience+time.Second, true
	case args[0] == "__renew":
		e.limit, e.signal = time.Minute, true
	}
	return e
}

// errStuck is the error of work that was left behind.
var errStuck = errors.New("gave up: a file, a device or a server does not answer, and cannot be interrupted")

// bounded returns the status that work returns. The first signal cancels the context
// of the work, which ends it in good order. After the second one, or after its time,
// the work is left behind.
func (a *App) bounded(signals <-chan os.Signal, e ending, work func() int) int {
	done := make(chan int, 1)
	go func() { done <- work() }()
	late := time.NewTimer(e.limit)
	defer late.Stop()
	if e.limit == 0 {
		late.Stop()
	}
	var last time.Time
	told, stuck := false, error(errStuck)
	for {
		select {
		case status := <-done:
			return status
		case <-late.C:
			return a.Report(stuck)
		case <-signals:
			now := a.Now()
			again := told && now.Sub(last) >= e.same
			last = now
			a.cancel()
			if !told && e.signal || again {
				late.Reset(e.grace)
				stuck = fault.Of(fault.Interrupted, errStuck)
			}
			told = true
		}
	}
}
