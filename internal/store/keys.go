package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/keyring"
)

// Names returns the profiles that have stored keys, sorted.
func (s *Store) Names(ctx context.Context) ([]string, error) {
	name, err := s.choose(ctx)
	if err != nil {
		return nil, err
	}
	return s.namesIn(ctx, name)
}

func (s *Store) namesIn(ctx context.Context, backend string) ([]string, error) {
	keystore, err := s.open(ctx, backend)
	if err != nil {
		return nil, err
	}
	items, err := keystore.keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list stored keys: %w", err)
	}
	names := slices.DeleteFunc(items, func(item string) bool { return !isKeys(item) })
	slices.Sort(names)
	return names, nil
}

// Has tells whether there are stored keys of that name, without reading them.
func (s *Store) Has(ctx context.Context, name string) (bool, error) {
	if checkName(name) != nil {
		return false, nil
	}
	_, keystore, err := s.keystore(ctx)
	if err != nil {
		return false, err
	}
	has, err := keystore.has(ctx, name)
	if err != nil {
		return false, fmt.Errorf("look for keys of %q: %w", name, err)
	}
	return has, nil
}

// Keys returns the stored keys of that name, or ErrNotFound.
func (s *Store) Keys(ctx context.Context, name string) (Credentials, error) {
	c, err := s.readKeys(ctx, name)
	if err != nil {
		return Credentials{}, fmt.Errorf("keys of %q: %w", name, err)
	}
	return c, nil
}

func (s *Store) readKeys(ctx context.Context, name string) (Credentials, error) {
	if checkName(name) != nil {
		return Credentials{}, ErrNotFound
	}
	_, keystore, err := s.keystore(ctx)
	if err != nil {
		return Credentials{}, err
	}
	item, err := keystore.get(ctx, name)
	if err != nil {
		return Credentials{}, err
	}
	return parseKeys(item)
}

// PutKeys stores keys under that name, in place of those that were there.
func (s *Store) PutKeys(ctx context.Context, name string, c Credentials) error {
	if err := s.writeKeys(ctx, name, c); err != nil {
		return fmt.Errorf("store keys of %q: %w", name, err)
	}
	return nil
}

func (s *Store) writeKeys(ctx context.Context, name string, c Credentials) error {
	if err := checkName(name); err != nil {
		return err
	}
	_, keystore, err := s.keystore(ctx)
	if err != nil {
		return err
	}
	item, err := keysItem(name, c)
	if err != nil {
		return err
	}
	return keystore.set(ctx, item)
}

// RemoveKeys removes the stored keys of that name, or answers ErrNotFound.
func (s *Store) RemoveKeys(ctx context.Context, name string) error {
	err := checkName(name)
	if err != nil {
		return fmt.Errorf("keys of %q: %w", name, ErrNotFound)
	}
	_, keystore, err := s.keystore(ctx)
	if err != nil {
		return err
	}
	if err := keystore.remove(ctx, name); err != nil {
		return fmt.Errorf("remove keys of %q: %w", name, err)
	}
	return nil
}

// checkName refuses names under which keys would not be found again: those that
// this tool or aws-vault takes for a session, and those that mean something else
// to a file system.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return errors.New("no keys can have this name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("the name has characters that no profile can have")
	case !isKeys(name):
		return errors.New("the name is that of a cached session, or of a rotation")
	}
	return nil
}

// keysData is the data of an item that holds long-lived keys: what aws-vault 7
// gets when it marshals the aws.Credentials of the AWS SDK for Go v2. Fields that
// a later SDK adds are ignored.
type keysData struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	Source          string
	CanExpire       bool
	Expires         time.Time
	AccountID       string
}

func keysItem(name string, c Credentials) (keyring.Item, error) {
	data, err := json.Marshal(keysData{
		AccessKeyID:     c.AccessKeyID,
		SecretAccessKey: c.SecretAccessKey,
		SessionToken:    c.SessionToken,
		CanExpire:       !c.Expires.IsZero(),
		Expires:         c.Expires.UTC(),
	})
	return keyring.Item{
		Key:   name,
		Label: "aws-vault (" + name + ")",
		Data:  data,
		// The keychain asks before another program, or a new build of
		// this one, reads long-lived keys.
		KeychainNotTrustApplication: true,
	}, err
}

func parseKeys(item keyring.Item) (Credentials, error) {
	var data keysData
	if err := json.Unmarshal(item.Data, &data); err != nil {
		return Credentials{}, errDamaged // err could quote the secret
	}
	if data.AccessKeyID == "" || data.SecretAccessKey == "" {
		return Credentials{}, errDamaged
	}
	c := Credentials{
		AccessKeyID:     data.AccessKeyID,
		SecretAccessKey: data.SecretAccessKey,
		SessionToken:    data.SessionToken,
	}
	if data.CanExpire {
		c.Expires = data.Expires.UTC()
	}
	return c, nil
}
