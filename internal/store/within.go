package store

import (
	"context"
	"errors"
	"time"
)

// errNoAnswer means that a keystore exceeded its time limit.
var errNoAnswer = errors.New("the keystore does not answer")

// within returns what work returns, but waits no longer than ctx and limit allow. A limit of
// zero means none: the keystore may be waiting for a person.
//
// Work that cannot be cancelled, such as a call on a message bus that does not answer,
// continues in the background: the process is about to report the error and end.
func within[T any](ctx context.Context, limit time.Duration, work func(context.Context) (T, error)) (T, error) {
	cancel := context.CancelFunc(func() {})
	if limit > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, limit, errNoAnswer)
	}
	defer cancel()

	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := work(ctx)
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		if r.err != nil && ctx.Err() != nil {
			return r.value, context.Cause(ctx)
		}
		return r.value, r.err
	case <-ctx.Done():
		var zero T
		return zero, context.Cause(ctx)
	}
}
