package store

import (
	"context"
	"time"

	"awsvault/internal/keyage"
)

// How old stored keys are is noted beside the locks, and never in the item, which aws-vault
// reads and writes too. A note that cannot be made or read costs nothing but itself.

// Ages tells since when the stored keys of a name are known. It reads one file, and opens no
// keystore unless none has been chosen yet.
func (s *Store) Ages(ctx context.Context) func(name string) keyage.Since {
	backend := s.backendBefore()
	if backend == "" {
		var err error
		if backend, err = s.choose(ctx); err != nil {
			return func(string) keyage.Since { return keyage.Since{} }
		}
	}
	book, place := keyage.Load(s.settings.StateDir), s.where().Of(backend)
	return func(name string) keyage.Since { return book.Of(place, name) }
}

// KeyCreated notes when AWS made the key that is stored under a name.
func (s *Store) KeyCreated(ctx context.Context, name, id string, at time.Time) {
	if backend, err := s.choose(ctx); err == nil {
		_ = keyage.Created(ctx, s.settings.StateDir, s.where().Of(backend), name, id, at)
	}
}

func (s *Store) stored(ctx context.Context, backend, name, id string) {
	_ = keyage.Stored(ctx, s.settings.StateDir, s.where().Of(backend), name, id, s.settings.Now())
}

// seen forgets an age if another program has replaced the key. No id: it is removed.
func (s *Store) seen(ctx context.Context, backend, name, id string) {
	_ = keyage.Seen(ctx, s.settings.StateDir, s.where().Of(backend), name, id)
}
