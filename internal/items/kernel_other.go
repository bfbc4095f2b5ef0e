//go:build !linux

package items

import "errors"

// InKernel needs Linux.
func InKernel(string) ([]string, error) { return nil, errors.ErrUnsupported }
