package disk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// poll is how often to try a lock again that another process holds. A try is only a system
// call, and a person may be waiting.
const poll = 10 * time.Millisecond

// lockFlag keeps open from waiting for the other end of a pipe, and from following a link.
const lockFlag = os.O_CREATE | os.O_RDONLY | syscall.O_NONBLOCK | noFollow

// Lock takes the lock of a file, and waits until ctx is done. It tries once in any case: on a
// busy machine the time may be over before the first try, and a lock that is free would pass
// for one that another process holds. The lock ends with unlock, or with the process. The file
// is created for its owner only, and is never removed: otherwise a process that has it open and
// one that creates it again would both hold the lock.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	lock := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(lockFlag))
	taken, err := lock.TryLock()
	if err == nil && !taken {
		_, err = lock.TryLockContext(ctx, poll)
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return func() { _ = lock.Close() }, nil
}

// Locks are named locks, in files of a directory that belongs to the user alone. In another
// user's directory, a lock could be held for ever, or be a link to a file of the user.
type Locks struct {
	Dirs []string // the first one that can hold a lock is used; empty ones are skipped
}

// Lock takes the lock with that name, and waits until ctx is done.
func (l Locks) Lock(ctx context.Context, name string) (unlock func(), err error) {
	sum := sha256.Sum256([]byte(name))
	file := hex.EncodeToString(sum[:16]) + ".lock"
	for _, dir := range l.Dirs {
		if dir == "" {
			continue
		}
		unlock, failure := lockIn(ctx, dir, file)
		switch {
		case failure == nil:
			return unlock, nil
		case ctx.Err() != nil && errors.Is(failure, ctx.Err()):
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

func lockIn(ctx context.Context, dir, file string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := Ours().CheckDir(dir); err != nil {
		return nil, err
	}
	return Lock(ctx, filepath.Join(dir, file))
}
