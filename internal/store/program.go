package store

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"time"

	"awsvault/internal/process"
)

// program is a program to which a backend leaves the work.
type program struct {
	path    string
	environ []string
	ask     bool                                                            // it may ask the person
	limit   time.Duration                                                   // zero: a person may be answering
	running func(name string, limit time.Duration, asks bool) (done func()) // see Settings
}

// maxOutput bounds what is taken from a program: far more than any item has.
const maxOutput = 8 << 20

// run runs the program and returns what it said on its standard output. If it ended
// with a failure, said is the last line of what it said on the other, for people.
func (p program) run(ctx context.Context, environ []string, input []byte, args ...string) (output []byte, said string, err error) {
	if p.running != nil {
		defer p.running(filepath.Base(p.path), p.limit, p.ask)()
	}
	output, err = process.Output(ctx, process.Program{
		Args:       append([]string{p.path}, args...),
		Environ:    append(p.environ[:len(p.environ):len(p.environ)], environ...),
		Input:      input,
		Together:   p.ask, // it asks on the terminal
		NoTerminal: !p.ask,
		Limit:      maxOutput,
		Timeout:    p.limit,
	})
	var failed *process.Error
	switch {
	case errors.Is(err, process.ErrTooLong) && ctx.Err() == nil:
		return nil, "", errNoAnswer
	case errors.As(err, &failed) && errors.As(err, new(*exec.ExitError)):
		said = failed.Said
	}
	return output, said, err
}
