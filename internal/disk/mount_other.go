//go:build !linux

package disk

// readMounts has nothing to tell: who a mount is for is known on Linux only.
func readMounts() []Mount { return nil }

// Automounts are directories in which an automounter makes what is looked for: known on
// Linux only.
func Automounts() []string { return nil }
