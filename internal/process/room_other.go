//go:build !linux

package process

import "runtime"

// Room is how many bytes the system lets one text of a program's environment have, and
// all of it with the arguments; zero: it has no such limit, or none that is known.
func Room() (one, all int) {
	switch runtime.GOOS {
	case "darwin":
		return 0, 1 << 20 // kern.argmax
	case "windows":
		return 32767, 0 // characters: SetEnvironmentVariable
	}
	return 0, 0
}
