package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"
)

// library is a keystore of 99designs/keyring.
type library struct {
	keyring.Keyring
	limit time.Duration         // for one call; zero: none, because a person may be answering
	known func(err error) error // translates an error of the system
}

// openKeychain opens a keychain of macOS. The first item creates it, and macOS asks for its
// password.
func openKeychain(s Settings) (keystore, error) {
	const backend = "keychain"
	if !slices.Contains(keyring.AvailableBackends(), keyring.KeychainBackend) {
		return nil, unavailable(backend, "it needs macOS, and a build with cgo", worksHere())
	}
	opened, err := keyring.Open(keyring.Config{
		AllowedBackends:          []keyring.BackendType{keyring.KeychainBackend},
		ServiceName:              s.Service,
		KeychainName:             s.KeychainName,
		KeychainTrustApplication: true,
	})
	if err != nil {
		return nil, unavailable(backend, err.Error(), "")
	}
	return newKeychain(s, opened), nil
}

func newKeychain(s Settings, opened keyring.Keyring) library {
	l := library{Keyring: opened, limit: s.Timeout, known: func(err error) error { return keychainError(s.KeychainName, err) }}
	if s.person() {
		l.limit = 0
	}
	return l
}

// keychainError recognises the errors with which macOS says that it would have to ask and
// cannot, as over SSH. It knows them by their numbers: errSecInteractionNotAllowed,
// errSecAuthFailed, errSecUserCanceled.
// https://www.osstatus.com/search/results?framework=Security
func keychainError(name string, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, number := range []string{"-25308", "-25293", "-128"} {
		if strings.Contains(text, "("+number+")") || strings.HasSuffix(text, number) {
			return locked("keychain", fmt.Sprintf("unlock it: security unlock-keychain %s.keychain-db", name))
		}
	}
	return err
}

func (l library) keys(ctx context.Context) ([]string, error) {
	keys, err := within(ctx, l.limit, func(context.Context) ([]string, error) { return l.Keys() })
	return keys, l.known(err)
}

func (l library) has(ctx context.Context, key string) (bool, error) {
	keys, err := l.keys(ctx)
	return slices.Contains(keys, key), err
}

func (l library) get(ctx context.Context, key string) (keyring.Item, error) {
	item, err := within(ctx, l.limit, func(context.Context) (keyring.Item, error) { return l.Get(key) })
	return item, l.known(found(err))
}

func (l library) set(ctx context.Context, item keyring.Item) error {
	_, err := within(ctx, l.limit, func(context.Context) (any, error) { return nil, l.Set(item) })
	return l.known(err)
}

// remove looks first, because the library does not always say whether it removed anything.
func (l library) remove(ctx context.Context, key string) error {
	if has, err := l.has(ctx, key); err != nil || !has {
		return orMissing(err)
	}
	_, err := within(ctx, l.limit, func(context.Context) (any, error) { return nil, l.Remove(key) })
	return l.known(found(err))
}

// parseItem reads an item from JSON. The library uses that form where a keystore cannot store
// the item's parts.
func parseItem(data []byte) (keyring.Item, error) {
	var item keyring.Item
	if json.Unmarshal(data, &item) != nil {
		return keyring.Item{}, errDamaged // the error could quote the secret
	}
	return item, nil
}

// orMissing is for a search that failed or found nothing.
func orMissing(err error) error { return cmp.Or(err, ErrNotFound) }

func found(err error) error {
	if errors.Is(err, keyring.ErrKeyNotFound) {
		return ErrNotFound
	}
	return err
}
