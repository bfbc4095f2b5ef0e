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

// heed returns a channel for Ctrl-C and the other signals that ask the program to end. From
// now on they do not end it at once. A signal that nohup ignores stays ignored, also in exec.
func heed() <-chan os.Signal {
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	return signals
}

// endingOf returns how a command ends: how long it may run and how it treats signals. A
// renewal in the background ends by itself within 45 seconds.
func endingOf(args []string) ending.Ending {
	e := ending.Ending{Grace: time.Second, Same: 100 * time.Millisecond}
	switch {
	case len(args) == 0:
	case args[0] == "prompt":
		e.Limit, e.Signal = renew.Patience+time.Second, true
	case slices.Contains(args, "exec"): // exec for many profiles ends its commands first
		e.Grace = process.EndsBy + time.Second
	case args[0] == "__renew":
		e.Limit, e.Signal = time.Minute, true
	}
	return e
}
