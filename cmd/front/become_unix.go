//go:build unix

package front

import (
	"errors"
	"fmt"
	"syscall"

	"awsvault/internal/fault"
)

// become replaces this process by the program, so that its signals, its status and
// the terminal are its own. It returns only if that fails.
func become(path string, argv, environ []string) error {
	err := syscall.Exec(path, argv, environ)
	if errors.Is(err, syscall.ENOEXEC) { // a script without #!, as execvp(3) runs it
		err = syscall.Exec("/bin/sh", append([]string{"/bin/sh", path}, argv[1:]...), environ)
	}
	return fault.Of(cannotRun(err), fmt.Errorf("run %s: %w", path, err))
}
