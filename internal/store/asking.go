package store

import (
	"context"
	"errors"
	"runtime"

	"awsvault/internal/items"
	"awsvault/internal/sealed"
)

// Asking says when the keystore of the long-lived keys asks for a passphrase.
type Asking struct {
	Backend string
	Person  bool     // a person may have to type it
	Each    string   // why they must for each new session; empty: once in a working day
	Weak    []string // items with fewer PBKDF2 rounds than new ones
}

// Asking opens the keystore, but reads no item.
func (s *Store) Asking(ctx context.Context) Asking {
	name, err := s.choose(ctx)
	if err != nil {
		return Asking{}
	}
	return Asking{Backend: name, Person: items.Primes(name, s.settings.Typed), Each: s.unsealed(), Weak: s.Weak(ctx)}
}

// unsealed says why sessions are not sealed; empty: they are.
func (s *Store) unsealed() string {
	switch {
	case runtime.GOOS != "linux":
		return "only Linux can keep sessions without it"
	case s.settings.SessionBackend != "":
		return "AWS_VAULT_SESSION_BACKEND names another place for sessions"
	case s.sealed == nil:
		return "there is no state directory for sessions"
	}
	switch err := s.sealed.Usable(); {
	case errors.Is(err, sealed.ErrRefused):
		return "the kernel does not let this process use a keyring"
	case err != nil:
		return err.Error()
	}
	return ""
}

// Anew opens the keystores again for each call.
type Anew struct{ Settings }

// Examine calls Examine of a newly opened store.
func (a Anew) Examine(ctx context.Context) []Finding { return Open(a.Settings).Examine(ctx) }

// Compare calls Compare of a newly opened store.
func (a Anew) Compare(ctx context.Context) (Comparison, error) { return Open(a.Settings).Compare(ctx) }

// Asking calls Asking of a newly opened store.
func (a Anew) Asking(ctx context.Context) Asking { return Open(a.Settings).Asking(ctx) }
