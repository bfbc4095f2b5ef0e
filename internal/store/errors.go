package store

import (
	"errors"
	"fmt"
	"strings"

	"awsvault/internal/fault"
)

// Errors of a keystore, for errors.Is. Their texts and hints are in the fault that
// wraps them.
var (
	// ErrNotFound: there is no item of that name.
	ErrNotFound = errors.New("not found in the keystore")
	// ErrUnavailable: a backend cannot be used at all.
	ErrUnavailable = errors.New("the keystore cannot be used")
	// ErrLocked: a keystore gives what was asked for only to a person, whom this
	// process could not or must not ask.
	ErrLocked = errors.New("the keystore is locked")
	// ErrPassphrase: the passphrase given does not open a file keystore.
	ErrPassphrase = errors.New("wrong passphrase")
)

// errDamaged says that an item is there and is not what a keystore wrote.
var errDamaged = errors.New("the item is damaged")

// cannotBeUsed is what Reason leaves out.
const cannotBeUsed = "cannot be used: "

// unavailable says why a backend cannot be used, and what to do about it. There may
// be a cause.
func unavailable(backend, reason, advice string, cause ...error) error {
	return noBackend(fmt.Sprintf("backend %q ", backend)+cannotBeUsed+reason, advice, cause...)
}

func noBackend(text, advice string, cause ...error) error {
	return &fault.Error{Text: text, Hint: advice, Cause: errors.Join(append(cause, ErrUnavailable)...)}
}

// locked says that a keystore is there and wants a person, and how to unlock it.
func locked(backend, advice string) error {
	return &fault.Error{Text: fmt.Sprintf("keystore %q is locked", backend), Hint: advice, Kind: fault.Person, Cause: ErrLocked}
}

// unreachable says that the keystore of this system is not there for the way in which
// the person has logged on: it is not another keystore's turn, which would not have the
// keys.
func unreachable(backend, reason string) error {
	return &fault.Error{
		Text: fmt.Sprintf("keystore %q cannot be reached: %s", backend, reason), Kind: fault.Person, Cause: ErrLocked,
		Hint: "--backend=file, or AWS_VAULT_BACKEND=file, keeps keys in files under a passphrase",
	}
}

// wrongPassphrase is for a file keystore, or one item in it.
func wrongPassphrase(dir, item string) error {
	text := fmt.Sprintf("wrong passphrase for %q", dir)
	if item != "" {
		text = fmt.Sprintf("wrong passphrase for %q in %q", item, dir)
	}
	return &fault.Error{
		Text: text, Cause: ErrPassphrase,
		Hint: "use the passphrase that you chose when you added the first key, here or with aws-vault",
	}
}

// Reason is why a backend cannot be used, for a line that says already which it is.
func Reason(err error) string {
	switch {
	case errors.Is(err, ErrLocked):
		if _, reason, ok := strings.Cut(err.Error(), `" cannot be reached: `); ok {
			return "cannot be reached: " + reason
		}
		return "is locked"
	case errors.Is(err, ErrUnavailable):
		if _, reason, ok := strings.Cut(err.Error(), `" `); ok { // after the name
			return strings.TrimPrefix(reason, cannotBeUsed)
		}
	}
	return err.Error()
}
