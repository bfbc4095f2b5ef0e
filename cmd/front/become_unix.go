//go:build unix

package front

import (
	"errors"
	"fmt"
	"syscall"

	"awsvault/internal/fault"
)

// become replaces this process with the program, so that the program itself gets the
// signals and the terminal and sets the status. It returns only if that fails.
func become(path string, argv, environ []string) error {
	err := syscall.Exec(path, argv, environ)
	if errors.Is(err, syscall.ENOEXEC) { // run a script without #! as execvp(3) does
		err = syscall.Exec("/bin/sh", append([]string{"/bin/sh", path}, argv[1:]...), environ)
	}
	return fault.Of(cannotRun(err), fmt.Errorf("run %s: %w", path, err))
}
