package unixsock

import (
	"fmt"
	"runtime"
)

// Fit refuses a path that is too long for a socket's address (unix(7), sun_path). The
// system only says of it that an argument is invalid.
func Fit(path string) error {
	longest := 103
	if runtime.GOOS == "linux" {
		longest = 107
	}
	if len(path) <= longest {
		return nil
	}
	return fmt.Errorf("the path of the socket has %d bytes, and may have %d: %s", len(path), longest, path)
}
