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

// manager is the Credential Manager of Windows: generic credentials, each a name
// (its target) and some bytes. Windows does not tell upper case from lower case in
// names, so what is found can have another name than what was asked for. Where
// there is none of that name, read and remove answer ErrNotFound.
type manager interface {
	list() ([]string, error)
	read(target string) (name string, data []byte, err error)
	write(target string, data []byte) error
	remove(target string) error
}

// maxBlob is CRED_MAX_CREDENTIAL_BLOB_SIZE, in bytes: what a credential can hold.
const maxBlob = 5 * 512

// credentials is the Credential Manager seen as a keystore. An item is a
// credential with the name that aws-vault gives it, and holds the item's data. What
// is larger than a credential, which aws-vault cannot store at all, is in several:
// under the item's name a credential that tells them, and the parts beside it, where
// aws-vault does not take them for items. The parts of a new version are written
// before the one that tells them, so whenever a writer is killed there is the old
// version or the new one.
type credentials struct {
	manager
	prefix string // of the names of items
	lock   locker
}

// parts tells where the data of a large item is.
type parts struct {
	Version string `json:"vault-parts"` // names the parts: random
	Count   int    `json:"count"`
	Digest  string `json:"sha256"` // of the whole
}

const maxParts = 1000

func (c credentials) target(key string) string { return c.prefix + key }

// part names a part. The prefix is not that of the items.
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

// head reads the credential with the item's name, in upper and lower case as asked.
func (c credentials) head(key string) ([]byte, error) {
	name, data, err := c.read(c.target(key))
	if err == nil && name != c.target(key) {
		err = ErrNotFound
	}
	return data, err
}

// revision is a digest of what has to change with the item.
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
		// Another process may have replaced the item meanwhile.
		if errors.Is(err, errDamaged) && attempt < 3 {
			continue
		}
		return keyring.Item{Key: key, Data: data}, err
	}
}

// whole puts the data of an item together.
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

// split writes the parts of an item and returns what tells them.
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

// sweep removes the parts of other versions than that, those that a killed writer
// left behind as well. Where neither the old item nor the new one is large, it
// spares the listing.
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
