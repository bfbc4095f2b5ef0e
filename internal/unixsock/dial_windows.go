// Package unixsock is for Unix sockets, which vault does not use on Windows.
package unixsock

import (
	"errors"
	"os"
)

// Dial is not supported here.
func Dial(string) (*os.File, error) { return nil, errors.ErrUnsupported }
