package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/99designs/keyring"
)

// library is a keystore of 99designs/keyring.
type library struct {
	// open is called before each use: a keystore can be locked meanwhile.
	// ErrNotFound means that it does not exist yet, and so holds nothing.
	open  func(ctx context.Context) (keyring.Keyring, error)
	limit time.Duration // for one call; zero: a person may be answering
}

// config describes everything to the library as aws-vault 7 does it.
func config(s Settings, backend string) keyring.Config {
	return keyring.Config{
		AllowedBackends:          []keyring.BackendType{keyring.BackendType(backend)},
		ServiceName:              s.Service,
		KeychainName:             s.KeychainName,
		KeychainTrustApplication: true,
		KWalletAppID:             s.Service,
		KWalletFolder:            s.Service,
		LibSecretCollectionName:  s.Collection,
		WinCredPrefix:            s.Service,
	}
}

// openLibrary opens a keystore that the library has for this system alone.
func openLibrary(s Settings, backend string) (keystore, error) {
	if !slices.Contains(keyring.AvailableBackends(), keyring.BackendType(backend)) {
		systems := map[string]string{"wincred": "Windows", "keychain": "macOS, and a build with cgo"}
		return nil, unavailable(backend, "it needs "+systems[backend], "")
	}
	opened, err := keyring.Open(config(s, backend))
	if err != nil {
		return nil, unavailable(backend, err.Error(), "")
	}
	l := library{open: func(context.Context) (keyring.Keyring, error) { return opened, nil }}
	if backend == "wincred" {
		return wincred{l}, nil
	}
	return l, nil
}

func (l library) keys(ctx context.Context) ([]string, error) {
	opened, err := l.open(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return within(ctx, l.limit, func(context.Context) ([]string, error) { return opened.Keys() })
}

func (l library) has(ctx context.Context, key string) (bool, error) {
	keys, err := l.keys(ctx)
	return slices.Contains(keys, key), err
}

func (l library) get(ctx context.Context, key string) (keyring.Item, error) {
	opened, err := l.open(ctx)
	if err != nil {
		return keyring.Item{}, err
	}
	item, err := within(ctx, l.limit, func(context.Context) (keyring.Item, error) { return opened.Get(key) })
	return item, found(err)
}

func (l library) set(ctx context.Context, item keyring.Item) error {
	opened, err := l.open(ctx)
	if err != nil {
		return err
	}
	_, err = within(ctx, l.limit, func(context.Context) (any, error) { return nil, opened.Set(item) })
	return err
}

// remove looks first: of some backends the library does not tell whether there
// was anything to remove.
func (l library) remove(ctx context.Context, key string) error {
	has, err := l.has(ctx, key)
	if err != nil {
		return err
	}
	if !has {
		return ErrNotFound
	}
	opened, err := l.open(ctx)
	if err != nil {
		return err
	}
	_, err = within(ctx, l.limit, func(context.Context) (any, error) { return nil, opened.Remove(key) })
	return found(err)
}

// parseItem reads an item from the JSON in which the library keeps one where it
// cannot keep the parts.
func parseItem(data []byte) (keyring.Item, error) {
	var item keyring.Item
	if json.Unmarshal(data, &item) != nil {
		return keyring.Item{}, errDamaged // its text could quote the secret
	}
	return item, nil
}

// orMissing is for a search that failed, or found nothing.
func orMissing(err error) error { return cmp.Or(err, ErrNotFound) }

func found(err error) error {
	if errors.Is(err, keyring.ErrKeyNotFound) {
		return ErrNotFound
	}
	return err
}

// wincred is the Credential Manager of Windows.
type wincred struct{ library }

// maxBlob is CRED_MAX_CREDENTIAL_BLOB_SIZE. Windows answers a larger one with an
// error that does not say so.
const maxBlob = 5 * 512

func (w wincred) set(ctx context.Context, item keyring.Item) error {
	if len(item.Data) > maxBlob {
		return &UnavailableError{
			Backend: "wincred",
			Reason:  fmt.Sprintf("cannot hold %d bytes, its limit is %d", len(item.Data), maxBlob),
			Advice:  "sessions can go to an encrypted file: AWS_VAULT_SESSION_BACKEND=file",
		}
	}
	return w.library.set(ctx, item)
}
