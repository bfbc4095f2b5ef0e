//go:build unix

package store

import (
	"os/exec"
	"syscall"
)

// alone gives a program a session of its own, without a terminal to ask on, and
// has its helpers end with it when time is up.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
