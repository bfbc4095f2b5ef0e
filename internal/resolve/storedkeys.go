package resolve

import "context"

// Keys is where long-lived keys are stored. Its errors say of which profile they are.
type Keys interface {
	Keys(ctx context.Context, profile string) (Credentials, error)
}

func storedKeys(l *link) Step { return Step{Kind: StoredKeys, Profile: l.name} }

// storedKeys reads the keys, once in a run.
func (r *run) storedKeys(ctx context.Context, s Step) (Credentials, error) {
	if r.keys == nil {
		c, err := r.Keys.Keys(ctx, s.Profile)
		if err != nil {
			return Credentials{}, err
		}
		r.keys = &c
	}
	return *r.keys, nil
}
