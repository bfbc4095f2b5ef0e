package store

import (
	"errors"
	"fmt"
	"strings"

	"awsvault/internal/fault"
)

// These are the errors of a keystore, for errors.Is. The fault that wraps them has the text
// and the hint.
var (
	// ErrNotFound: there is no item with that name.
	ErrNotFound = errors.New("not found in the keystore")
	// ErrUnavailable: a backend cannot be used at all.
	ErrUnavailable = errors.New("the keystore cannot be used")
	// ErrLocked: the keystore needs a person, whom this process could not or must not ask.
	ErrLocked = errors.New("the keystore is locked")
	// ErrPassphrase: the given passphrase does not open a file keystore.
	ErrPassphrase = errors.New("wrong passphrase")
)

// errDamaged means that an item exists, but a keystore did not write it like that.
var errDamaged = errors.New("the item is damaged")

// cannotBeUsed is the part of an error that Reason leaves out.
const cannotBeUsed = "cannot be used: "

// unavailable says why a backend cannot be used, and what to do about it. It may have a cause.
func unavailable(backend, reason, advice string, cause ...error) error {
	return noBackend(fmt.Sprintf("backend %q ", backend)+cannotBeUsed+reason, advice, cause...)
}

func noBackend(text, advice string, cause ...error) error {
	return &fault.Error{Text: text, Hint: advice, Cause: errors.Join(append(cause, ErrUnavailable)...)}
}

// locked reports that a keystore needs a person, and says how to unlock it.
func locked(backend, advice string) error {
	return &fault.Error{Text: fmt.Sprintf("keystore %q is locked", backend), Hint: advice, Kind: fault.Person, Cause: ErrLocked}
}

// unreachable reports that this kind of log-on has no access to the system's keystore. vault
// must not try another keystore instead, because that would not have the keys.
func unreachable(backend, reason string) error {
	return &fault.Error{
		Text: fmt.Sprintf("keystore %q cannot be reached: %s", backend, reason), Kind: fault.Person, Cause: ErrLocked,
		Hint: "--backend=file, or AWS_VAULT_BACKEND=file, keeps keys in files under a passphrase",
	}
}

// wrongPassphrase is the error for a file keystore. What was wanted of it is said before that.
func wrongPassphrase(dir string) error {
	return &fault.Error{
		Text: fmt.Sprintf("wrong passphrase for %q", dir), Cause: ErrPassphrase,
		Hint: "use the passphrase that you chose when you added the first key, here or with aws-vault",
	}
}

// Reason says why a backend cannot be used, for a line that names the backend already.
func Reason(err error) string {
	switch {
	case errors.Is(err, ErrLocked):
		if _, reason, ok := strings.Cut(err.Error(), `" cannot be reached: `); ok {
			return "cannot be reached: " + reason
		}
		return "is locked"
	case errors.Is(err, ErrUnavailable):
		if _, reason, ok := strings.Cut(err.Error(), `" `); ok { // the part after the name
			return strings.TrimPrefix(reason, cannotBeUsed)
		}
	}
	return err.Error()
}
