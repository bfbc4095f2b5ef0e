//go:build !linux

package process

import "runtime"

// Room returns how many bytes the system allows for one text of a program's environment, and
// for all of it together with the arguments; zero: no limit, or none that is known.
func Room() (one, all int) {
	switch runtime.GOOS {
	case "darwin":
		return 0, 1 << 20 // kern.argmax
	case "windows":
		return 32767, 0 // characters, see SetEnvironmentVariable
	}
	return 0, 0
}
