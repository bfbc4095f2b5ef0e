package resolve

import (
	"context"
	"fmt"
)

// Keys is where long-lived keys are stored.
type Keys interface {
	Keys(ctx context.Context, profile string) (Credentials, error)
}

func storedKeys(l *link) Step { return Step{Kind: StoredKeys, Profile: l.name} }

// storedKeys reads the keys, once in a run.
func (r *run) storedKeys(ctx context.Context, s Step) (Credentials, error) {
	if r.keys == nil {
		c, err := r.Keys.Keys(ctx, s.Profile)
		if err != nil {
			return Credentials{}, fmt.Errorf("read the keys of %q: %w", s.Profile, err)
		}
		r.keys = &c
	}
	return *r.keys, nil
}
