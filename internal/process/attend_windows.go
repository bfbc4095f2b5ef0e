package process

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// Attended is how a program ended that Attend ran.
type Attended struct{ Status int }

// Attend runs a program in the place of this one, as far as a person can see: with its
// streams, in its console. It returns when the program has ended, or an error if it
// could not be started.
//
// The console tells both processes of a Ctrl-C; what it means is the program's to
// decide, so here it means nothing.
func Attend(c Command) (Attended, error) {
	ignored := make(chan os.Signal, 1)
	signal.Reset(os.Interrupt, syscall.SIGTERM) // or a second Ctrl-C would end the wait
	signal.Notify(ignored, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(ignored)
	cmd := &exec.Cmd{Path: c.Path, Args: c.Argv, Env: c.Environ, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr}
	err := cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return Attended{ended.ExitCode()}, nil
	}
	if err != nil {
		err = reason(err)
	}
	return Attended{}, err
}

// Follow does nothing: no signal ends a program here.
func (Attended) Follow() {}
