package unixsock

import (
	"fmt"
	"runtime"
)

// Fit refuses a path that is too long for a socket's address (unix(7), sun_path). The system
// would only report an invalid argument.
func Fit(path string) error {
	longest := 103
	if runtime.GOOS == "linux" {
		longest = 107
	}
	if len(path) <= longest {
		return nil
	}
	return fmt.Errorf("the socket's path is too long: it has %d bytes, and %d is the most: %s", len(path), longest, path)
}
