// Package sealed keeps cached sessions in files that can be read only while the
// running kernel holds their key.
//
// The kernel's keyring of the user holds one random key of 32 bytes. Each session
// is a file, encrypted and authenticated with it (AES-256-GCM). The key goes when
// the machine restarts, when the longest session ends, and when the last session
// is removed; the files are worth nothing then and are swept. The keyring itself
// has no room for sessions: an ordinary user may have 20,000 bytes there.
//
// Reading takes no lock, writes nothing and asks no keystore, so that it can be
// done before the rest of the program is initialised: a test holds the list of
// packages that this one is made of. Writers take a lock.
//
// Beside the sessions there is an index of what the keystores have said about
// long-lived keys: which names there are, and in which version. It is sealed too,
// so no other program can invent an entry.
//
// It does not know how a session was got, what a profile means, or how to open a
// keystore. It reads no clock and no environment. It protects sessions at rest;
// any process of the same user can read the kernel's key.
package sealed

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/disk"
)

// ErrMissing says that there is no such session, or no key to read it with.
var ErrMissing = errors.New("no such session is cached")

// ErrRefused says that this process may not use the kernel's keyrings, as in
// containers, or that the system has none.
var ErrRefused = errors.New("the kernel refuses keyrings to this process")

// longest is how long the kernel keeps the key after the last write: as long as
// the longest session that AWS gives.
const longest = 36 * time.Hour

// keySize is the size of the kernel's key, in bytes: AES-256.
const keySize = 32

// Info is what can be known of a session without decrypting it.
type Info struct {
	Key  aws.SessionKey
	Ends time.Time // UTC
}

// Kernel is what sealing needs from the kernel's keyring of the user. Where no
// key of that name can be read, Read and Keep answer ErrMissing; where keyrings
// are forbidden, all answer ErrRefused.
type Kernel interface {
	Read(name string, into []byte) (size int, err error)
	// Add stores a key, and answers ErrExists if there is one.
	Add(name string, key []byte, life time.Duration) error
	// Keep moves the time at which the kernel forgets the key.
	Keep(name string, life time.Duration) error
	Remove(name string) error
}

// ErrExists says that the kernel has a key of that name.
var ErrExists = errors.New("the kernel has a key of this name")

// Settings say where the sessions are.
type Settings struct {
	Dir    string // of the sessions and nothing else; absolute
	Kernel Kernel // nil: the system's
	Now    func() time.Time
}

// Cache is the sealed sessions of one user. Its methods may be called concurrently.
type Cache struct {
	dir    string
	name   string // of the kernel's key
	kernel Kernel
	now    func() time.Time

	mu   sync.Mutex
	aead cipher.AEAD // of the kernel's key as last read; nil: it was not
}

// Open returns the sessions in a directory. It touches nothing.
func Open(s Settings) *Cache {
	if s.Kernel == nil {
		s.Kernel = systemKernel{}
	}
	// The name of the key tells directories apart: those of tests, and of containers
	// that share a user's keyring.
	sum := sha256.Sum256([]byte(filepath.Clean(s.Dir)))
	return &Cache{dir: s.Dir, name: "aws-vault seal " + hex.EncodeToString(sum[:8]), kernel: s.Kernel, now: s.Now}
}

// file is the path of a session. Its name is a hash, for a profile can have any
// name and any length.
func (c *Cache) file(k aws.SessionKey) string {
	sum := sha256.Sum256(appendKey(nil, k))
	return filepath.Join(c.dir, hex.EncodeToString(sum[:16]))
}

// isSession tells whether a file in the directory has the name of a session.
func isSession(name string) bool {
	if len(name) != 32 {
		return false
	}
	_, err := hex.DecodeString(name)
	return err == nil
}

const indexFile = "index"

// Session returns a session, however little it has left. Whatever cannot be read
// or is not authentic is ErrMissing.
func (c *Cache) Session(k aws.SessionKey) (aws.Credentials, error) {
	info, data, err := c.read(c.file(k), &scratch{})
	if err == nil && info.Key != k {
		err = ErrMissing // a file of ours, under the name of another
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	r := reader{rest: data}
	found := aws.Credentials{AccessKeyID: r.text(), SecretAccessKey: r.text(), SessionToken: r.text(), Expires: info.Ends}
	if r.short || len(r.rest) > 0 {
		return aws.Credentials{}, ErrMissing // of a later version
	}
	return found, nil
}

// scratch is room that is used again for the next file.
type scratch struct{ file, data []byte }

// read opens one sealed file. What it returns is in the scratch.
func (c *Cache) read(path string, s *scratch) (Info, []byte, error) {
	aead, err := c.key(false)
	if err != nil {
		return Info{}, nil, err
	}
	if s.file, err = readFile(path, s.file[:0]); err != nil {
		return Info{}, nil, ErrMissing
	}
	info, data, err := unseal(aead, s.file, s.data[:0])
	if err != nil { // another process may have made a new key since ours was read
		if aead, err = c.key(true); err == nil {
			info, data, err = unseal(aead, s.file, s.data[:0])
		}
	}
	s.data = data
	return info, data, err
}

// key is the kernel's key: the one that this process has read before or, with
// again, the one that the kernel has now.
func (c *Cache) key(again bool) (cipher.AEAD, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.aead != nil && !again {
		return c.aead, nil
	}
	c.aead = nil
	var key [keySize + 1]byte
	size, err := c.kernel.Read(c.name, key[:])
	if err != nil {
		return nil, err
	}
	if size != keySize {
		return nil, ErrMissing // another program's
	}
	c.aead, err = newAEAD(key[:size])
	return c.aead, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Usable tells whether sessions can be written here: nil, ErrRefused, or what is
// wrong with the directory. It writes nothing.
func (c *Cache) Usable() error {
	if _, err := c.key(false); err != nil && !errors.Is(err, ErrMissing) {
		return err
	}
	return checkWritable(c.dir)
}

// Filled tells whether the kernel has a key. Without one there are no sessions.
func (c *Cache) Filled() bool {
	_, err := c.key(false)
	return err == nil
}

// Sessions lists the sessions that have not ended, in no order. They are
// authenticated, so that a file of another program is not listed.
func (c *Cache) Sessions() ([]Info, error) {
	if _, err := c.key(true); err != nil {
		if errors.Is(err, ErrMissing) {
			return nil, nil
		}
		return nil, err
	}
	names, err := c.names()
	if err != nil {
		return nil, err
	}
	var live []Info
	var s scratch
	for _, name := range names {
		if info, _, err := c.read(filepath.Join(c.dir, name), &s); err == nil && c.belongs(name, info) && info.Ends.After(c.now()) {
			live = append(live, info)
		}
	}
	return live, nil
}

// belongs tells whether a session is in the file that has its name.
func (c *Cache) belongs(name string, info Info) bool {
	return c.file(info.Key) == filepath.Join(c.dir, name)
}

// Put keeps a session in place of the one of the same key, and what was learned of
// a keystore with it.
func (c *Cache) Put(ctx context.Context, k aws.SessionKey, s aws.Credentials, keystore string, news News) error {
	ends := s.Expires.UTC().Truncate(time.Second)
	if !ends.After(c.now()) {
		return errors.New("it has ended")
	}
	var data []byte
	for _, text := range []string{s.AccessKeyID, s.SecretAccessKey, s.SessionToken} {
		if len(text) > maxText {
			return fmt.Errorf("it has more than %d bytes", maxText)
		}
		data = appendText(data, text)
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	err = c.put(Info{k, ends}, data, keystore, news)
	if errors.Is(err, ErrMissing) { // the kernel has forgotten the key in between
		err = c.put(Info{k, ends}, data, keystore, news)
	}
	return err
}

func (c *Cache) put(info Info, data []byte, keystore string, news News) error {
	aead, ix, err := c.prepare(info.Ends)
	if err != nil {
		return err
	}
	c.sweepSometimes(ix)
	ix.learn(keystore, news, c.now())
	// The kernel's key outlives every session at any instant: the index says until
	// when, then the kernel is told, then there is a session that needs it.
	if ix.changed {
		if err := c.writeIndex(aead, ix); err != nil {
			return err
		}
	}
	if err := c.kernel.Keep(c.name, c.life(ix.until)); err != nil {
		return err
	}
	return c.write(aead, c.file(info.Key), info, data)
}

// life is how long the kernel has to keep the key for sessions that end then. The
// clock may have been moved since that was written.
func (c *Cache) life(until time.Time) time.Duration {
	return min(max(until.Sub(c.now()), time.Second), longest)
}

// prepare returns the kernel's key, made if there is none, and the index, with an
// end that is no earlier than that. The lock is held.
func (c *Cache) prepare(ends time.Time) (cipher.AEAD, *index, error) {
	until := c.now().Add(longest) // where the index is lost: the kernel's key may be wanted that long
	aead, err := c.key(true)
	if errors.Is(err, ErrMissing) {
		until = ends
		if err = c.makeKey(ends); err == nil {
			aead, err = c.key(true)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	ix, err := c.readIndex()
	if err != nil {
		ix = &index{until: until, changed: true}
	}
	if ends.After(ix.until) {
		ix.until, ix.changed = ends, true
	}
	return aead, ix, nil
}

func (c *Cache) makeKey(ends time.Time) error {
	key, err := random(keySize)
	if err != nil {
		return err
	}
	err = c.kernel.Add(c.name, key, c.life(ends))
	if errors.Is(err, ErrExists) { // made by a process that uses another lock file
		return nil
	}
	return err
}

// Remove removes the sessions that match, and forgets what keystores have said, so
// that they are asked anew. It returns how many of the sessions had not ended. If
// none is left, the kernel's key goes too.
func (c *Cache) Remove(ctx context.Context, match func(aws.SessionKey) bool) (int, error) {
	live, err := c.Sessions()
	if err != nil {
		return 0, err
	}
	if !c.Filled() && !exists(c.dir) {
		return 0, nil
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		if !slices.ContainsFunc(live, func(i Info) bool { return !match(i.Key) }) && c.discard() == nil {
			return len(live), nil // without the key the files are worth nothing
		}
		return 0, err
	}
	defer unlock()
	return c.removeLocked(match)
}

func (c *Cache) removeLocked(match func(aws.SessionKey) bool) (removed int, err error) {
	names, err := c.names()
	if err != nil {
		return 0, err
	}
	left := 0
	var failed error
	var s scratch
	for _, name := range names {
		path := filepath.Join(c.dir, name)
		info, _, err := c.read(path, &s)
		live := err == nil && c.belongs(name, info) && info.Ends.After(c.now())
		if live && !match(info.Key) {
			left++
			continue
		}
		if err := removeFile(path); err != nil {
			failed = err
		}
		if live {
			removed++
		}
	}
	if left == 0 { // without the key, what could not be removed is worth nothing
		removeFile(filepath.Join(c.dir, indexFile))
		return removed, c.discard()
	}
	if failed != nil {
		return 0, failed
	}
	aead, ix, err := c.prepare(time.Time{})
	if err != nil {
		return removed, err
	}
	ix.keystores = nil
	return removed, c.writeIndex(aead, ix)
}

// patience is how long a writer waits for the lock. A process holds it for some
// milliseconds, unless it was stopped.
const patience = 5 * time.Second

// lock lets one process at a time write.
func (c *Cache) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, err
	}
	if err := disk.Ours().CheckDir(c.dir); err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	unlock, err = disk.Lock(bounded, filepath.Join(c.dir, "lock"))
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case bounded.Err() != nil:
		return nil, fmt.Errorf("lock %s: another process holds it", c.dir)
	}
	return unlock, err
}

// discard has the kernel forget the key.
func (c *Cache) discard() error {
	c.mu.Lock()
	c.aead = nil
	c.mu.Unlock()
	err := c.kernel.Remove(c.name)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	return err
}
