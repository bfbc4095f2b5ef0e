//go:build unix && !linux

package process

import "syscall"

// endsWithParent is nothing: these systems have no way to say so.
func endsWithParent() *syscall.SysProcAttr { return nil }
