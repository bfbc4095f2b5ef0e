package process

import "syscall"

// endsWithParent has a program told to end when this process dies, however it does
// (prctl(2), PR_SET_PDEATHSIG).
func endsWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
