package process

import (
	"os/exec"
	"syscall"
)

// apart gives the program a process group, so that Ctrl-C at the console is not for it.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
