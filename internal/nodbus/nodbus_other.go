//go:build !linux

package nodbus

// Address is that of the session bus, which is used on Linux alone.
func Address() string { return "" }
