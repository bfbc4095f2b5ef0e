package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Lock takes the lock of a session, so that of many shells that need it one gets
// it from AWS and the others find it in the cache. It waits as long as ctx lets
// it. The lock ends with unlock, or with the process.
func (s *Store) Lock(ctx context.Context, k SessionKey) (unlock func(), err error) {
	unlock, err = s.lock(ctx, "session "+prefix(k))
	if err != nil {
		return nil, fmt.Errorf("lock session of %q: %w", k.Profile, err)
	}
	return unlock, nil
}

// locker takes the lock of that name.
type locker func(ctx context.Context, name string) (unlock func(), err error)

// lock takes the lock of that name, in the first directory that can hold it. The
// file stays where it is afterwards: were it removed, a process that has it open
// and one that creates it anew would both hold the lock.
func (s *Store) lock(ctx context.Context, name string) (unlock func(), err error) {
	sum := sha256.Sum256([]byte(name))
	file := hex.EncodeToString(sum[:16]) + ".lock"

	for _, parent := range []string{s.settings.StateDir, s.settings.RuntimeDir} {
		if parent == "" {
			continue
		}
		dir := filepath.Join(parent, "locks")
		lock, failure := take(ctx, dir, file)
		switch {
		case failure == nil:
			return func() { lock.Unlock() }, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("another process holds it: %w", context.Cause(ctx))
		case err == nil:
			err = failure
		default:
			err = fmt.Errorf("%w; %w", err, failure)
		}
	}
	if err == nil {
		err = errors.New("there is no directory for locks")
	}
	return nil, err
}

// poll is how often a lock that is taken is tried again: it is only a system
// call, and a person may be waiting.
const poll = 10 * time.Millisecond

func take(ctx context.Context, dir, file string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// In a directory of someone else, the lock could be held for ever, or be
	// a link to a file of ours.
	if err := checkPrivate(dir); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, file))
	_, err := lock.TryLockContext(ctx, poll)
	return lock, err
}
