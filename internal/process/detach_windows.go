package process

import (
	"os/exec"
	"syscall"
)

// Detach gives a process an invisible console, which the programs that it runs share. Without
// one, Windows would open a window for each of them. CREATE_NO_WINDOW: Windows, "Process
// Creation Flags".
func Detach(cmd *exec.Cmd) {
	const createNoWindow = 0x08000000
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: createNoWindow | syscall.CREATE_NEW_PROCESS_GROUP}
}
