package store

import (
	"context"

	"awsvault/internal/aws"
	"awsvault/internal/items"
)

// typer is a keystore that may ask a person to type something.
type typer interface{ typed() bool }

// Primes reports whether a person may have to type a passphrase each time that a key is read,
// while sessions are stored without it. A session of the key's user then saves typing it for a
// working day.
func (s *Store) Primes(ctx context.Context) bool {
	if !s.seals() {
		return false
	}
	name, err := s.choose(ctx)
	return err == nil && items.Primes(name, s.settings.Typed)
}

// Typed reports whether a person was asked when the key was read: a program may have
// remembered the passphrase.
func (s *Store) Typed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.opened {
		if t, ok := o.keystore.(typer); ok && o.err == nil && t.typed() {
			return true
		}
	}
	return false
}

// Note keeps a word with a cached session. Only sealed sessions have notes.
func (s *Store) Note(ctx context.Context, k aws.SessionKey, word string) error {
	if s.sealed == nil {
		return nil
	}
	return s.sealed.Note(ctx, k, word)
}

// Noted reports whether a word is kept with a cached session.
func (s *Store) Noted(k aws.SessionKey, word string) bool {
	return s.sealed != nil && s.sealed.Noted(k, word)
}
