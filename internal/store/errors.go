package store

import (
	"errors"
	"fmt"

	"awsvault/internal/fault"
)

// ErrNotFound says that there is no item of that name.
var ErrNotFound = errors.New("not found in the keystore")

// errDamaged says that an item is there and is not what a keystore wrote.
var errDamaged = errors.New("the item is damaged")

// UnavailableError says why a backend cannot be used at all.
type UnavailableError struct {
	Backend string // empty: none of those that are tried unasked
	Reason  string // the rest of the sentence that begins with the backend
	Advice  string // what to do about it, for Hint
	cause   error
}

// Unwrap returns what made the backend unusable, if more is known than the reason.
func (e *UnavailableError) Unwrap() error { return e.cause }

func (e *UnavailableError) Error() string {
	if e.Backend == "" {
		return "no keystore can be used: " + e.Reason
	}
	return fmt.Sprintf("backend %q %s", e.Backend, e.Reason)
}

// Hint says what the user can do.
func (e *UnavailableError) Hint() string { return e.Advice }

func unavailable(backend, reason, advice string) error {
	return &UnavailableError{Backend: backend, Reason: "cannot be used: " + reason, Advice: advice}
}

// LockedError says that a keystore gives what was asked for only to a person,
// whom this process could not or must not ask.
type LockedError struct {
	Backend string
	Advice  string // how to unlock it, for Hint
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("keystore %q is locked", e.Backend)
}

// Kind says that a person is needed.
func (e *LockedError) Kind() fault.Kind { return fault.Person }

// Hint says how to unlock the keystore.
func (e *LockedError) Hint() string { return e.Advice }

// PassphraseError says that the passphrase given does not open a file keystore.
type PassphraseError struct {
	Dir  string // the keystore
	Item string // the item that it was tried on; empty: on all of them
}

func (e *PassphraseError) Error() string {
	if e.Item == "" {
		return fmt.Sprintf("wrong passphrase for %q", e.Dir)
	}
	return fmt.Sprintf("wrong passphrase for %q in %q", e.Item, e.Dir)
}

// Hint says which passphrase is wanted.
func (e *PassphraseError) Hint() string {
	return "it is the one that was chosen when the first keys were added, by this tool or by aws-vault"
}
