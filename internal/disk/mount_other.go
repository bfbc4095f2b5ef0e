//go:build !linux

package disk

// readMounts returns nothing: the owner of a mount is known on Linux only.
func readMounts() []Mount { return nil }

// Automounts returns nothing: automounters are known on Linux only.
func Automounts() []string { return nil }
