//go:build unix

package disk

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A pipe where the lock should be does not hold up the process: opening it would wait
// for a partner, and no signal would end that.
func TestALockThatIsAPipeDoesNotHang(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if unlock, err := Lock(context.Background(), path); err == nil {
			unlock()
		}
		if unlock, ok, err := TryLock(path); ok && err == nil {
			unlock()
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it hangs")
	}
}
