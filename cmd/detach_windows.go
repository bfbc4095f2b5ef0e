package cmd

import (
	"os/exec"
	"syscall"
)

// detach gives a process no console. DETACHED_PROCESS: Windows, "Process Creation Flags".
func detach(cmd *exec.Cmd) {
	const detachedProcess = 0x8
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: detachedProcess | syscall.CREATE_NEW_PROCESS_GROUP}
}
