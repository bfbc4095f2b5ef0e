package mfa

import (
	"os/exec"
	"syscall"
)

// shell hands the line over as it stands: cmd.exe has rules of its own for quotes.
func shell(line string) *exec.Cmd {
	cmd := exec.Command("cmd.exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd.exe /S /C "` + line + `"`}
	return cmd
}

// ownGroup: Windows has no groups to kill; the program itself is.
func ownGroup(*exec.Cmd) {}
