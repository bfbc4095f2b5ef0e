//go:build unix

package broker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"awsvault/internal/lease"
	"awsvault/internal/process"
)

// Ready is the text that a keeper prints when it listens. Any other text is an error.
const Ready = "ready"

// Starter returns a function that starts a keeper: in a new session without a terminal,
// without open files, and with only that environment. argv is the program and its arguments,
// to which it adds the place.
func Starter(argv []string, place lease.Place, environ []string) func(context.Context) error {
	return func(ctx context.Context) error {
		said, to, err := os.Pipe()
		if err != nil {
			return err
		}
		defer said.Close()
		cmd := exec.Command(argv[0], append(argv[1:len(argv):len(argv)], place.Dir, place.Name)...)
		cmd.Dir, cmd.Stdout, cmd.Env = "/", to, environ
		process.Detach(cmd)
		err = cmd.Start()
		to.Close()
		if err != nil {
			return fmt.Errorf("start the credential server: %w", err)
		}
		stop := context.AfterFunc(ctx, func() { said.SetReadDeadline(time.Unix(1, 0)) })
		defer stop()
		line, _ := bufio.NewReader(said).ReadString('\n')
		if line = strings.TrimSpace(line); line == Ready {
			return nil
		}
		cmd.Process.Kill()
		if line == "" {
			line = "it does not say that it listens"
		}
		return fmt.Errorf("start the credential server: %w", errors.New(line))
	}
}
