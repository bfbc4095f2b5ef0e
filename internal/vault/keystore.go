package vault

import (
	"context"

	"awsvault/internal/aws"
)

// Keystore holds long-lived keys and cached sessions, as far as a session needs them. Its
// errors name the profile or session.
type Keystore interface {
	// Has reports whether long-lived keys are stored under that name.
	Has(ctx context.Context, profile string) (bool, error)
	// Keys reads the long-lived keys.
	Keys(ctx context.Context, profile string) (aws.Credentials, error)
	// Revision changes when the keys are replaced. It needs no passphrase.
	Revision(ctx context.Context, profile string) (string, error)

	Session(ctx context.Context, k aws.SessionKey) (aws.Credentials, bool, error)
	PutSession(ctx context.Context, k aws.SessionKey, c aws.Credentials) error
	// Note keeps a word with a cached session, for as long as the session is cached. Noted
	// reports whether the word is there.
	Note(ctx context.Context, k aws.SessionKey, word string) error
	Noted(k aws.SessionKey, word string) bool
	// Lock lets only one process at a time get the session.
	Lock(ctx context.Context, k aws.SessionKey) (unlock func(), err error)

	// Primes reports whether a person types a passphrase to read a key, as far as is known,
	// and sessions are kept without one. Typed reports whether the person has typed the
	// passphrase in this process.
	Primes(ctx context.Context) bool
	Typed() bool

	// Said returns what the keystore has reported before. It does not open the keystore.
	Said() Said
}

// Said remembers what a keystore has reported about stored keys: whether a profile has some,
// if that is known, and their revision, if that is known. Another program may have changed the
// keystore since then.
type Said interface {
	Key(profile string) (exists, known bool, revision string)
	// Primes returns what the keystore's Primes reported.
	Primes(ctx context.Context) bool
}
