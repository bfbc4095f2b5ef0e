//go:build !linux

package items

import "errors"

// InKernel works only on Linux.
func InKernel(string) ([]string, error) { return nil, errors.ErrUnsupported }
