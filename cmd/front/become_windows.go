package front

import (
	"fmt"
	"os"

	"awsvault/internal/fault"
	"awsvault/internal/process"
)

// become runs the program and returns its status: Windows has no exec(2).
func become(path string, argv, environ []string) error {
	ended, err := process.Attend(process.Command{Path: path, Argv: argv, Environ: environ, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	switch {
	case err != nil:
		return fault.Of(cannotRun(err), fmt.Errorf("run %s: %w", path, err))
	case ended.Status != 0:
		return fault.Silent(fault.Kind(ended.Status))
	}
	return nil
}
