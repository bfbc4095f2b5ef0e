//go:build unix

package cmd

import (
	"os/exec"
	"syscall"
)

// detach gives a process a session of its own: no terminal, no job of the shell's.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
