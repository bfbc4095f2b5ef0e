package broker

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// startOf returns when a process was started; ok is false if there is no such process.
func startOf(pid int) (started string, ok bool) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil || pid <= 0 {
		return "", false
	}
	t := info.Proc.P_starttime
	return fmt.Sprintf("%d.%06d", t.Sec, t.Usec), true
}
