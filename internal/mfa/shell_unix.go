//go:build unix

package mfa

import (
	"os/exec"
	"syscall"
)

func shell(line string) *exec.Cmd { return exec.Command("/bin/sh", "-c", line) }

// ownGroup has a cancelled program die with its children. A group of its own
// cannot read the terminal, and is not meant to: standard input is empty.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
