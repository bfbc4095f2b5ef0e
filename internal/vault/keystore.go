package vault

import (
	"context"

	"awsvault/internal/aws"
)

// Keystore is what a session needs of the place where keys and sessions are kept.
// Its errors say of which profile or session they are.
type Keystore interface {
	// Has says whether long-lived keys are stored under that name.
	Has(ctx context.Context, profile string) (bool, error)
	// Keys reads them.
	Keys(ctx context.Context, profile string) (aws.Credentials, error)
	// Revision differs once they are replaced, and takes no passphrase.
	Revision(ctx context.Context, profile string) (string, error)

	Session(ctx context.Context, k aws.SessionKey) (aws.Credentials, bool, error)
	PutSession(ctx context.Context, k aws.SessionKey, c aws.Credentials) error
	// Note keeps a word with a cached session, for as long as that is cached, and Noted
	// finds it.
	Note(ctx context.Context, k aws.SessionKey, word string) error
	Noted(k aws.SessionKey, word string) bool
	// Lock lets one process at a time get the session.
	Lock(ctx context.Context, k aws.SessionKey) (unlock func(), err error)

	// Primes says that a person has to type a passphrase to read a key, as far as that is
	// known, and that sessions are kept without one. Typed says that they have typed it in
	// this process.
	Primes(ctx context.Context) bool
	Typed() bool

	// Said is what the keystore has said before. It does not open it.
	Said() Said
}

// Said is what a keystore has said about stored keys: whether a profile has some, if
// that is known, and their revision, if that is. Another program may have changed
// the keystore since.
type Said interface {
	Key(profile string) (exists, known bool, revision string)
	// Primes is that of the keystore.
	Primes(ctx context.Context) bool
}
