// Package unixsock is for Unix sockets, which are not used on Windows.
package unixsock

import (
	"errors"
	"os"
)

// Dial does not connect here.
func Dial(string) (*os.File, error) { return nil, errors.ErrUnsupported }
