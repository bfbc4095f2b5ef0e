//go:build unix

package process

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// Detach gives a process a new session: no terminal, no job of the shell, and none of the
// files that the shell has open and lets its children inherit. An inherited pipe would keep
// its reader waiting.
func Detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	open, _ := os.ReadDir("/dev/fd")
	for _, f := range open {
		if fd, err := strconv.Atoi(f.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}
