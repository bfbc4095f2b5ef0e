package store

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// program is a program to which a backend leaves the work.
type program struct {
	path    string
	environ []string
	ask     bool          // it may ask the person
	limit   time.Duration // zero: a person may be answering
}

// maxOutput bounds what is taken from a program: far more than any item has.
const maxOutput = 8 << 20

// run runs the program and returns what it said on its standard output. The
// second error is what it said on the other: its last line, for people.
func (p program) run(ctx context.Context, environ []string, input []byte, args ...string) (output []byte, said string, err error) {
	stderr := bounded{limit: 64 << 10}
	output, err = within(ctx, p.limit, func(ctx context.Context) ([]byte, error) {
		stdout := bounded{limit: maxOutput}
		cmd := exec.CommandContext(ctx, p.path, args...)
		cmd.Env = append(p.environ[:len(p.environ):len(p.environ)], environ...)
		cmd.Stdin = bytes.NewReader(input)
		cmd.Stdout = &stdout
		cmd.Stderr = &stderr
		cmd.WaitDelay = time.Second // a helper can outlive it, and hold the pipes
		if !p.ask {
			alone(cmd)
		}
		err := cmd.Run()
		return stdout.Bytes(), err
	})
	if err != nil {
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			return nil, "", err // it may still be writing
		}
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		said = strings.TrimSpace(lines[len(lines)-1])
	}
	return output, said, err
}

// bounded is a buffer that takes no more than its limit.
type bounded struct {
	bytes.Buffer
	limit int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.limit {
		return 0, errors.New("it says too much")
	}
	return b.Buffer.Write(p)
}
