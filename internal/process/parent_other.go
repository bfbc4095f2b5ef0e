//go:build !linux && !windows

package process

// Parent is not known here without another process.
func Parent() string { return "" }
