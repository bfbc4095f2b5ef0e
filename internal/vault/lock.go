package vault

import (
	"context"
	"time"

	"awsvault/internal/aws"
)

// patience is how long vault waits for another process without a message.
const patience = 2 * time.Second

// Lock waits until no other process does the same work, and tells the person if that takes a
// while. If no lock is possible, in a read-only home, Lock warns and goes on without one.
func (s *Session) Lock(ctx context.Context, k aws.SessionKey, doing string) (unlock func(), err error) {
	lock := func(ctx context.Context) (func(), error) { return s.keystore.Lock(ctx, k) }
	unlock, err = WaitFor(ctx, s.person, lock, doing)
	if err != nil && ctx.Err() == nil {
		s.Warn(err)
		return func() {}, nil
	}
	return unlock, err
}

// WaitFor takes a lock, and tells the person if another process holds it for a while.
func WaitFor(ctx context.Context, p Person, lock func(context.Context) (func(), error), doing string) (func(), error) {
	briefly, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	unlock, err := lock(briefly)
	if err == nil || briefly.Err() == nil || ctx.Err() != nil {
		return unlock, err
	}
	p.Waiting(doing)
	return lock(ctx)
}
