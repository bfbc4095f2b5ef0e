package store

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"time"

	"awsvault/internal/process"
)

// program is a program that does the work of a backend.
type program struct {
	path    string
	environ []string
	ask     bool                                                            // it may ask the person
	limit   time.Duration                                                   // zero: none, because a person may be answering
	running func(name string, limit time.Duration, asks bool) (done func()) // see Settings
}

// maxOutput limits the output of a program. It is far more than any item has.
const maxOutput = 8 << 20

// run runs the program and returns its standard output. If the program fails, said is the last
// line of its standard error, for people.
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
