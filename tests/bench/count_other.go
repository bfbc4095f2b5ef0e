//go:build !linux

package main

// count is something that may not happen at all.
type count struct {
	name string
	n    int
}

// counts needs strace.
func (s *stage) counts() []count { return nil }
