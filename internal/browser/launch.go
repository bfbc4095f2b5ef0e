package browser

import (
	"fmt"
	"os/exec"
	"path/filepath"

	"awsvault/internal/disk"
	"awsvault/internal/process"
)

// Launch starts a browser that outlives this process, with the given environment. The result's
// Ended reports the end of the started program.
func Launch(args, environ []string) (s Started, err error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = environ
	process.Detach(cmd)
	s.Program = filepath.Base(args[0])
	if err := cmd.Start(); err != nil {
		return s, fmt.Errorf("start %s: %w", s.Program, disk.Cause(err))
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	s.Ended = end
	return s, nil
}
