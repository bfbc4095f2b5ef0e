package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/keyring"
)

// manager is the Credential Manager of Windows: generic credentials, each with a name (its
// target) and some bytes. Windows ignores case in names, so it may find a credential whose
// name differs from the one asked for. read and remove return ErrNotFound for a missing name.
type manager interface {
	list() ([]string, error)
	read(target string) (name string, data []byte, err error)
	write(target string, data []byte) error
	remove(target string) error
}

// maxBlob is CRED_MAX_CREDENTIAL_BLOB_SIZE: the bytes that fit into a credential.
const maxBlob = 5 * 512

// credentials is the Credential Manager as a keystore. An item is a credential with
// aws-vault's name, and contains the item's data. An item that is too large for a credential,
// which aws-vault cannot store at all, is split into parts. The credential with the item's
// name lists them, and the parts have names that aws-vault does not take for items. A writer
// writes the new parts before the list, so if it is killed there is still either the old
// version or the new one.
type credentials struct {
	manager
	prefix string // begins the names of items
	lock   locker
}

// parts lists the parts of a large item.
type parts struct {
	Version string `json:"vault-parts"` // random; in the names of the parts
	Count   int    `json:"count"`
	Digest  string `json:"sha256"` // of all data
}

const maxParts = 1000

func (c credentials) target(key string) string { return c.prefix + key }

// part returns the name of a part. Its prefix differs from that of items.
func (c credentials) part(key, version string, n int) string {
	return fmt.Sprintf("%s-part:%s:%d:%s", strings.TrimSuffix(c.prefix, ":"), version, n, key)
}

func (c credentials) keys(context.Context) ([]string, error) {
	targets, err := c.list()
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, target := range targets {
		if key, ok := strings.CutPrefix(target, c.prefix); ok {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (c credentials) has(_ context.Context, key string) (bool, error) {
	_, err := c.head(key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// head reads the credential with the item's name, and respects case.
func (c credentials) head(key string) ([]byte, error) {
	name, data, err := c.read(c.target(key))
	if err == nil && name != c.target(key) {
		err = ErrNotFound
	}
	return data, err
}

// revision is a digest of data that changes with the item.
func (c credentials) revision(_ context.Context, key string) (string, error) {
	data, err := c.head(key)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}

func (c credentials) get(_ context.Context, key string) (keyring.Item, error) {
	for attempt := 0; ; attempt++ {
		head, err := c.head(key)
		if err != nil {
			return keyring.Item{}, err
		}
		data, err := c.whole(key, head)
		// Another process may have replaced the item in the meantime.
		if errors.Is(err, errDamaged) && attempt < 3 {
			continue
		}
		return keyring.Item{Key: key, Data: data}, err
	}
}

// whole returns the data of an item, joined from its parts.
func (c credentials) whole(key string, head []byte) ([]byte, error) {
	p, ok := parseParts(head)
	if !ok {
		return head, nil
	}
	var data []byte
	for n := range p.Count {
		_, part, err := c.read(c.part(key, p.Version, n))
		if errors.Is(err, ErrNotFound) {
			return nil, errDamaged
		}
		if err != nil {
			return nil, err
		}
		data = append(data, part...)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != p.Digest {
		return nil, errDamaged
	}
	return data, nil
}

func parseParts(head []byte) (parts, bool) {
	var p parts
	err := json.Unmarshal(head, &p)
	return p, err == nil && p.Version != "" && p.Count > 0 && p.Count <= maxParts
}

func (c credentials) set(ctx context.Context, item keyring.Item) error {
	unlock, err := c.lock(ctx, c.target(item.Key))
	if err != nil {
		return err
	}
	defer unlock()
	name, old, err := c.read(c.target(item.Key))
	if err == nil && name != c.target(item.Key) {
		return fmt.Errorf("there is an item %q, and Windows cannot tell the two names apart", strings.TrimPrefix(name, c.prefix))
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	head, version := item.Data, ""
	if len(head) > maxBlob {
		version = rand.Text()
		if head, err = c.split(item.Key, version, item.Data); err != nil {
			return err
		}
	}
	if err := c.write(c.target(item.Key), head); err != nil {
		return err
	}
	return c.sweep(item.Key, old, version)
}

// split writes the parts of an item, and returns the list of them.
func (c credentials) split(key, version string, data []byte) ([]byte, error) {
	sum := sha256.Sum256(data)
	n := 0
	for chunk := range slices.Chunk(data, maxBlob) {
		if n == maxParts {
			return nil, fmt.Errorf("the item has %d bytes, which is too large", len(data))
		}
		if err := c.write(c.part(key, version, n), chunk); err != nil {
			return nil, err
		}
		n++
	}
	return json.Marshal(parts{version, n, hex.EncodeToString(sum[:])})
}

// sweep removes the parts of all versions but the given one, also those that a killed writer
// has left. If neither the old item nor the new one is large, it skips the listing.
func (c credentials) sweep(key string, old []byte, version string) error {
	if _, large := parseParts(old); !large && version == "" {
		return nil
	}
	targets, err := c.list()
	if err != nil {
		return err
	}
	for _, target := range targets {
		rest, ok := strings.CutPrefix(target, strings.TrimSuffix(c.prefix, ":")+"-part:")
		fields := strings.SplitN(rest, ":", 3)
		if ok && len(fields) == 3 && fields[2] == key && fields[0] != version {
			if err := c.manager.remove(target); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
	}
	return nil
}

func (c credentials) remove(ctx context.Context, key string) error {
	unlock, err := c.lock(ctx, c.target(key))
	if err != nil {
		return err
	}
	defer unlock()
	head, err := c.head(key)
	if err != nil {
		return err
	}
	if err := c.manager.remove(c.target(key)); err != nil {
		return err
	}
	return c.sweep(key, head, "")
}
