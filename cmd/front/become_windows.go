package front

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"awsvault/internal/fault"
)

// become runs the program and passes its status on: Windows has no exec(2). The
// console tells both processes of a Ctrl-C; what it means is the program's to
// decide, so here it means nothing.
func become(path string, argv, environ []string) error {
	ignored := make(chan os.Signal, 1)
	signal.Reset(os.Interrupt, syscall.SIGTERM) // or a second Ctrl-C would end the wait
	signal.Notify(ignored, os.Interrupt, syscall.SIGTERM)
	cmd := &exec.Cmd{Path: path, Args: argv, Env: environ, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ended):
		return fault.Silent(fault.Kind(ended.ExitCode()))
	}
	return fault.Of(CannotRun, fmt.Errorf("run %s: %w", path, err))
}
