package vault

import (
	"context"
	"time"

	"awsvault/internal/aws"
)

// patience is how long another process is waited for without a word.
const patience = 2 * time.Second

// Lock waits until no other process does the same, and tells the person if that
// takes a while. Where no lock can be had, in a read-only home, it goes on without
// and warns.
func (s *Session) Lock(ctx context.Context, k aws.SessionKey, doing string) (unlock func(), err error) {
	lock := func(ctx context.Context) (func(), error) { return s.keystore.Lock(ctx, k) }
	unlock, err = WaitFor(ctx, s.person, lock, doing)
	if err != nil && ctx.Err() == nil {
		s.Warn(err)
		return func() {}, nil
	}
	return unlock, err
}

// WaitFor takes a lock, and tells the person if another process has it for a while.
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
