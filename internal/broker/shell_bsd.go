//go:build unix && !linux && !darwin

package broker

import "syscall"

// startOf only reports whether there is such a process.
func startOf(pid int) (started string, ok bool) { return "", pid > 0 && syscall.Kill(pid, 0) == nil }
