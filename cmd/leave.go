package cmd

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"awsvault/internal/ending"
	"awsvault/internal/process"
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

// endingOf is that of a command. A prompt has its patience, and a renewal in the
// background ends by itself within 45 seconds.
func endingOf(args []string) ending.Ending {
	e := ending.Ending{Grace: time.Second, Same: 100 * time.Millisecond}
	switch {
	case len(args) == 0:
	case args[0] == "prompt":
		e.Limit, e.Signal = renew.Patience+time.Second, true
	case slices.Contains(args, "exec"): // commands for many profiles are ended before
		e.Grace = process.EndsBy + time.Second
	case args[0] == "__renew":
		e.Limit, e.Signal = time.Minute, true
	}
	return e
}
