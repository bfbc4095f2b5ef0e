package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/keyring"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/line"
	"awsvault/internal/sealed"
)

// Names returns the profiles that have stored keys, sorted.
func (s *Store) Names(ctx context.Context) ([]string, error) {
	names, _, err := s.List(ctx)
	return names, err
}

// List returns what Names and Rotations do, with a single listing of the keystore.
func (s *Store) List(ctx context.Context) (names, rotations []string, err error) {
	backend, err := s.choose(ctx)
	if err != nil {
		return nil, nil, err
	}
	listed, err := s.items(ctx, backend)
	if err != nil {
		return nil, nil, err
	}
	names, rotations = items.Sort(listed)
	if !items.AreFiles(backend) {
		s.learn(ctx, sealed.News{Backend: backend, Listed: true, Names: names, Rotations: rotations})
	}
	return names, rotations, nil
}

func (s *Store) items(ctx context.Context, backend string) ([]string, error) {
	keystore, err := s.open(ctx, backend)
	if err != nil {
		return nil, err
	}
	listed, err := keystore.keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list stored keys: %w", err)
	}
	return listed, nil
}

// Has reports whether keys are stored under that name, without reading them.
func (s *Store) Has(ctx context.Context, name string) (bool, error) {
	if checkName(name) != nil {
		return false, nil
	}
	backend, keystore, err := s.keystore(ctx)
	if err != nil {
		return false, err
	}
	fact := look(keystore, name)
	fact.Exists, err = keystore.has(ctx, name)
	if err != nil {
		return false, fmt.Errorf("look for keys of %q: %w", name, err)
	}
	s.learned(ctx, backend, name, fact)
	return fact.Exists, nil
}

// Keys returns the keys stored under that name, or ErrNotFound.
func (s *Store) Keys(ctx context.Context, name string) (aws.Credentials, error) {
	c, err := s.readKeys(ctx, name)
	if err != nil {
		err = fmt.Errorf("keys of %q: %w", name, err)
		if errors.Is(err, errDamaged) {
			err = fault.Hinted(err, "vault add "+line.Word(name)+"   stores the key again")
		}
		return aws.Credentials{}, err
	}
	return c, nil
}

func (s *Store) readKeys(ctx context.Context, name string) (aws.Credentials, error) {
	if checkName(name) != nil {
		return aws.Credentials{}, ErrNotFound
	}
	backend, keystore, err := s.keystore(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	fact := look(keystore, name)
	item, err := keystore.get(ctx, name)
	if errors.Is(err, ErrNotFound) { // the index may say that there are some
		s.learned(ctx, backend, name, fact)
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	c, err := parseKeys(item)
	if err == nil {
		s.seen(ctx, backend, name, c.AccessKeyID)
	}
	return c, err
}

// AsksForEach reports whether the system asks the person each time that a key is read.
func (s *Store) AsksForEach(ctx context.Context) bool {
	name, err := s.choose(ctx)
	return err != nil || name == "keychain" || name == "winhello"
}

// PutKeys stores keys under that name, and replaces any that were there.
func (s *Store) PutKeys(ctx context.Context, name string, c aws.Credentials) error {
	if err := s.writeKeys(ctx, name, c); err != nil {
		return fmt.Errorf("store keys of %q: %w", name, err)
	}
	return nil
}

func (s *Store) writeKeys(ctx context.Context, name string, c aws.Credentials) error {
	if err := checkName(name); err != nil {
		return err
	}
	backend, keystore, err := s.toChange(ctx)
	if err != nil {
		return err
	}
	item, err := keysItem(name, c)
	if err != nil {
		return err
	}
	if err := keystore.set(ctx, item); err != nil {
		return err
	}
	fact := look(keystore, name)
	fact.Exists = true
	if _, ok := keystore.(revisioner); !ok {
		fact.Revision = c.AccessKeyID
	}
	s.changed(ctx, sealed.News{Backend: backend, Facts: map[string]sealed.Fact{name: fact}})
	s.stored(ctx, backend, name, c.AccessKeyID)
	if s.seals() { // an earlier version stored sessions in the keystore
		now := s.settings.Now()
		tidy(ctx, keystore, func(_ string, info SessionInfo) bool { return !info.Expires.After(now) })
	}
	return nil
}

// RemoveKeys removes the keys stored under that name, or returns ErrNotFound.
func (s *Store) RemoveKeys(ctx context.Context, name string) error {
	err := checkName(name)
	if err != nil {
		return fmt.Errorf("keys of %q: %w", name, ErrNotFound)
	}
	backend, keystore, err := s.toChange(ctx)
	if err != nil {
		return err
	}
	err = keystore.remove(ctx, name)
	if err == nil || errors.Is(err, ErrNotFound) {
		s.changed(ctx, sealed.News{Backend: backend, Facts: map[string]sealed.Fact{name: look(keystore, name)}})
		s.seen(ctx, backend, name, "")
	}
	if err != nil {
		return fmt.Errorf("remove keys of %q: %w", name, err)
	}
	return nil
}

// checkName refuses names under which keys would not be found again: those that vault or
// aws-vault takes for a session, and those with a special meaning in a file system.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return errors.New("no keys can have this name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("the name has characters that no profile can have")
	case !items.IsKeys(name):
		return errors.New("the name belongs to a cached session, or to a rotation")
	}
	return nil
}

// An item with long-lived keys contains what aws-vault 7 gets when it marshals the
// aws.Credentials of the AWS SDK for Go v2.

func encodeKeys(c aws.Credentials) ([]byte, error) {
	return json.Marshal(struct {
		AccessKeyID     string
		SecretAccessKey string
		SessionToken    string
		Source          string
		CanExpire       bool
		Expires         time.Time
		AccountID       string
	}{
		AccessKeyID:     c.AccessKeyID,
		SecretAccessKey: c.SecretAccessKey,
		SessionToken:    c.SessionToken,
		CanExpire:       !c.Expires.IsZero(),
		Expires:         c.Expires.UTC(),
	})
}

// decodeKeys ignores fields that a later SDK adds.
func decodeKeys(data []byte) (aws.Credentials, error) {
	var keys struct {
		AccessKeyID, SecretAccessKey, SessionToken string
		CanExpire                                  bool
		Expires                                    time.Time
	}
	if err := json.Unmarshal(data, &keys); err != nil {
		return aws.Credentials{}, errDamaged // err could quote the secret
	}
	c := aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken}
	if keys.CanExpire {
		c.Expires = keys.Expires.UTC()
	}
	return c, nil
}

func keysItem(name string, c aws.Credentials) (keyring.Item, error) {
	data, err := encodeKeys(c)
	return keyring.Item{
		Key:   name,
		Label: "aws-vault (" + name + ")",
		Data:  data,
		// The keychain asks before another program, or a new build of vault, reads long-lived
		// keys.
		KeychainNotTrustApplication: true,
	}, err
}

func parseKeys(item keyring.Item) (aws.Credentials, error) {
	c, err := decodeKeys(item.Data)
	if err == nil && (c.AccessKeyID == "" || c.SecretAccessKey == "") {
		err = errDamaged
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	return c, nil
}
