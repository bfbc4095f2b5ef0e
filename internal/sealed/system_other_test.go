//go:build !linux

package sealed_test

import "testing"

func umask(int) int { return 0 }

func holdLock(testing.TB, string) func() { return func() {} }
