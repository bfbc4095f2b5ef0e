//go:build unix && !linux

package process

import "syscall"

// endsWithParent returns nil: these systems offer no such thing.
func endsWithParent() *syscall.SysProcAttr { return nil }
