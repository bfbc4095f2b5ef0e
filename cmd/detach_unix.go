//go:build unix

package cmd

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// detach gives a process a session of its own: no terminal, no job of the shell's,
// and none of the files that the shell has open and lets its children inherit. A
// pipe among them would keep its reader waiting.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	open, _ := os.ReadDir("/dev/fd")
	for _, f := range open {
		if fd, err := strconv.Atoi(f.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}
