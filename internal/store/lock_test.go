package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/store"
)

var lockKey = aws.SessionKey{Type: "sts.AssumeRole", Profile: "dev", Hash: "h"}

// The tests of internal/disk cover how a lock is held, where it may be and how it ends.
func TestEachSessionHasALockOfItsOwn(t *testing.T) {
	s := store.Open(fileSettings(t.TempDir()))
	unlock, err := s.Lock(t.Context(), lockKey)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = s.Lock(ctx, lockKey)
	if want := `lock session of "dev": another process holds it: context deadline exceeded`; err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the same one: %v, want %s", err, want)
	}
	for _, other := range []aws.SessionKey{
		{Type: "sts.GetSessionToken", Profile: "dev", Hash: "h"}, {Type: "sts.AssumeRole", Profile: "ops", Hash: "h"}, {Type: "sts.AssumeRole", Profile: "dev", Hash: "i"},
	} {
		release, err := s.Lock(t.Context(), other)
		if err != nil {
			t.Errorf("%+v: %v", other, err)
			continue
		}
		release()
	}
	unlock()
	if unlock, err = s.Lock(t.Context(), lockKey); err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestALockNeedsADirectory(t *testing.T) {
	settings := fileSettings(t.TempDir())
	state := settings.StateDir
	settings.StateDir = ""
	_, err := store.Open(settings).Lock(t.Context(), lockKey)
	if want := `lock session of "dev": there is no directory for locks`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	// If one directory is unusable, the other replaces it.
	if err := os.WriteFile(state, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	settings.StateDir, settings.RuntimeDir = state, filepath.Join(t.TempDir(), "runtime")
	unlock, err := store.Open(settings).Lock(t.Context(), lockKey)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if _, err := os.Stat(filepath.Join(settings.RuntimeDir, "locks")); err != nil {
		t.Error(err)
	}
}
