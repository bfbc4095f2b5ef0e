//go:build !linux

package nodbus

// Address returns "", because only Linux uses the session bus.
func Address() string { return "" }
