//go:build unix

package recent

import (
	"syscall"
	"testing"
)

func openUmask(t *testing.T) {
	before := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(before) })
}
