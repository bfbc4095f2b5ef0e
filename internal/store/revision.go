package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/99designs/keyring"

	"awsvault/internal/aws"
	"awsvault/internal/disk"
)

// revisioner is a keystore that can distinguish versions of an item without reading it. It is
// for keystores in which reading costs a passphrase or a process.
type revisioner interface {
	revision(ctx context.Context, key string) (string, error)
}

// Revision identifies the present version of the keys under that name. It changes when vault
// or another program replaces them. It asks for no passphrase. Sessions are cached under it.
func (s *Store) Revision(ctx context.Context, name string) (string, error) {
	if checkName(name) != nil {
		return "", ErrNotFound
	}
	backend, opened, err := s.keystore(ctx)
	if err != nil {
		return "", err
	}
	fact := look(opened, name)
	if r, ok := opened.(revisioner); ok {
		fact.Revision, err = r.revision(ctx, name)
	} else {
		var c aws.Credentials
		c, err = s.Keys(ctx, name)
		fact.Revision = c.AccessKeyID
	}
	fact.Exists = err == nil
	if err == nil || errors.Is(err, ErrNotFound) {
		s.learned(ctx, backend, name, fact)
	}
	return fact.Revision, err
}

func (f *fileStore) revision(ctx context.Context, key string) (string, error) {
	if err := f.finish(ctx); err != nil {
		return "", err
	}
	return digest(f.file(key))
}

func (p passStore) revision(_ context.Context, key string) (string, error) {
	return digest(p.file(key))
}

// revision is the time of the last change, if the library knows it without reading the item.
// For a keychain it does; reading would ask the person each time.
func (l library) revision(ctx context.Context, key string) (string, error) {
	about, err := within(ctx, l.limit, func(context.Context) (keyring.Metadata, error) { return l.GetMetadata(key) })
	if err == nil && !about.ModificationTime.IsZero() {
		return about.ModificationTime.UTC().Format(time.RFC3339Nano), nil
	}
	if errors.Is(err, keyring.ErrKeyNotFound) {
		return "", ErrNotFound
	}
	item, err := l.get(ctx, key)
	if err != nil {
		return "", err
	}
	c, err := parseKeys(item)
	return c.AccessKeyID, err
}

// digest hashes the encrypted file, and so reveals nothing about its contents.
func digest(path string) (string, error) {
	data, err := disk.ReadFile(path, disk.Reading{Limit: maxOutput})
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("read the version of the stored keys: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
