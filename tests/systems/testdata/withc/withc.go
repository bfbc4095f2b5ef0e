//go:build darwin && cgo

// Package withc does not build with a C compiler.
package withc

import "C"

// Wrong is beside what the C compiler is needed for.
func Wrong() int {
	C.abort()
	return "no number"
}
