package store

import (
	"context"
	"fmt"
	"path/filepath"

	"awsvault/internal/aws"
	"awsvault/internal/disk"
	"awsvault/internal/items"
)

// Lock takes the lock of a session. Of many shells that need the session, one gets it from
// AWS, and the others find it in the cache. Lock waits until ctx is done. The lock ends with
// unlock, or with the process.
func (s *Store) Lock(ctx context.Context, k aws.SessionKey) (unlock func(), err error) {
	unlock, err = s.lock(ctx, "session "+items.SessionPrefix(k))
	if err != nil {
		return nil, fmt.Errorf("lock session of %q: %w", k.Profile, err)
	}
	return unlock, nil
}

// locker takes the lock with that name.
type locker func(ctx context.Context, name string) (unlock func(), err error)

// lock takes the lock with that name, in the first directory that can hold it.
func (s *Store) lock(ctx context.Context, name string) (unlock func(), err error) {
	var locks disk.Locks
	for _, parent := range []string{s.settings.StateDir, s.settings.RuntimeDir} {
		if parent != "" {
			locks.Dirs = append(locks.Dirs, filepath.Join(parent, "locks"))
		}
	}
	return locks.Lock(ctx, name)
}
