package process

import "syscall"

// endsWithParent tells the kernel to end a program when this process dies, for whatever reason
// (prctl(2), PR_SET_PDEATHSIG).
func endsWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
