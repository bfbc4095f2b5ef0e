//go:build illumos

// Package elsewhere does not build on illumos.
package elsewhere

import "syscall"

// Group is not there.
func Group() int { return syscall.Getpgrp() }
