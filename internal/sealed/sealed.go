// Package sealed keeps cached sessions in files that can be read only while the running
// kernel holds their key.
//
// The user's kernel keyring holds one random key of 32 bytes. Each session is a file,
// encrypted and authenticated with that key (AES-256-GCM). The key disappears when the
// machine restarts, when the longest session ends, and when the last session is removed.
// The files are useless then, and are deleted. The sessions themselves do not fit into the
// keyring: an ordinary user may have 20,000 bytes there.
//
// Reading takes no lock, writes nothing and needs no keystore, so it can be done before the
// rest of the program is initialised: a test pins the list of packages that this one
// imports. Writers take a lock.
//
// Beside the sessions there is an index of what the keystores have said about long-lived
// keys: which names exist, and in which version. The index is sealed too, so no other
// program can invent an entry.
//
// The package does not know how a session was obtained, what a profile means, or how to
// open a keystore. It reads no clock and no environment. It protects sessions at rest; any
// process of the same user can read the key from the kernel.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"awsvault/internal/aws"
)

// ErrMissing means that there is no such session, or no key to read it with.
var ErrMissing = errors.New("no such session is cached")

// ErrRefused means that this process may not use the kernel's keyrings, as in containers, or
// that the system has none.
var ErrRefused = errors.New("the kernel refuses keyrings to this process")

// longest is how long the kernel keeps the key after the last write: as long as the longest
// session from AWS.
const longest = 36 * time.Hour

// keySize is the size of the kernel's key, in bytes: AES-256.
const keySize = 32

// Info describes a session without decrypting it.
type Info struct {
	Key  aws.SessionKey
	Ends time.Time // UTC
}

// Kernel is the part of the kernel's user keyring that sealing needs. If no key of that name
// can be read, Read and Keep return ErrMissing. If keyrings are forbidden, all methods return
// ErrRefused.
type Kernel interface {
	Read(name string, into []byte) (size int, err error)
	// Add stores a key, and returns ErrExists if there is one already.
	Add(name string, key []byte, life time.Duration) error
	// Keep changes the time at which the kernel forgets the key.
	Keep(name string, life time.Duration) error
	Remove(name string) error
}

// ErrExists means that the kernel has a key of that name.
var ErrExists = errors.New("the kernel has a key of this name")

// Settings say where the sessions are.
type Settings struct {
	Dir    string // an absolute directory for the sessions and nothing else
	Kernel Kernel // nil: the system's
	Now    func() time.Time
}

// Cache gives access to the sealed sessions of one user. Its methods may be called
// concurrently.
type Cache struct {
	dir    string
	name   string // the name of the kernel's key
	kernel Kernel
	now    func() time.Time

	mu   sync.Mutex
	aead cipher.AEAD // made from the kernel's key when it was last read; nil: not read
}

// Open returns the sessions in a directory. It opens no file.
func Open(s Settings) *Cache {
	if s.Kernel == nil {
		s.Kernel = systemKernel{}
	}
	// The name of the key depends on the directory, because tests and containers can share a
	// user's keyring.
	sum := sha256.Sum256([]byte(filepath.Clean(s.Dir)))
	return &Cache{dir: s.Dir, name: "aws-vault seal " + hex.EncodeToString(sum[:8]), kernel: s.Kernel, now: s.Now}
}

// file returns the path of a session. Its name is a hash, because a profile's name can contain
// anything and have any length.
func (c *Cache) file(k aws.SessionKey) string {
	name := fileName(k)
	return filepath.Join(c.dir, string(name[:]))
}

func fileName(k aws.SessionKey) (name [32]byte) {
	sum := sha256.Sum256(appendKey(make([]byte, 0, 256), k))
	hex.Encode(name[:], sum[:16])
	return name
}

// isSession reports whether a file has the name of a session.
func isSession(name string) bool {
	if len(name) != 32 {
		return false
	}
	_, err := hex.DecodeString(name)
	return err == nil
}

const indexFile = "index"

// Session returns a session, even if it is about to expire. It returns ErrMissing for one that
// cannot be read or is not authentic.
func (c *Cache) Session(k aws.SessionKey) (aws.Credentials, error) {
	info, data, err := c.read(c.file(k), &scratch{})
	if err == nil && info.Key != k {
		err = ErrMissing // the file is ours, but has the name of another session
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	found, _, err := parse(info, data)
	return found, err
}

// parse reads a session and its notes.
func parse(info Info, data []byte) (found aws.Credentials, notes []string, err error) {
	r := reader{rest: data}
	found = aws.Credentials{AccessKeyID: r.text(), SecretAccessKey: r.text(), SessionToken: r.text(), Expires: info.Ends}
	for !r.short && len(r.rest) > 0 {
		notes = append(notes, r.text())
	}
	if r.short {
		return aws.Credentials{}, nil, ErrMissing // a later version wrote it
	}
	return found, notes, nil
}

// scratch is memory that is used again for the next file.
type scratch struct{ file, data []byte }

// read opens one sealed file. Its result uses the scratch's memory.
func (c *Cache) read(path string, s *scratch) (Info, []byte, error) {
	return c.readIn(anywhere, path, s)
}

func (c *Cache) readIn(dir directory, path string, s *scratch) (Info, []byte, error) {
	aead, err := c.key(false)
	if err != nil {
		return Info{}, nil, err
	}
	if s.file, err = readFile(dir, path, s.file[:0]); err != nil {
		return Info{}, nil, ErrMissing
	}
	info, data, err := unseal(aead, s.file, s.data[:0])
	if err != nil { // another process may have made a new key since this one was read
		if aead, err = c.key(true); err == nil {
			info, data, err = unseal(aead, s.file, s.data[:0])
		}
	}
	s.data = data
	return info, data, err
}

// key returns the kernel's key: the one that this process has read before or, with again, the
// one that the kernel has now.
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
		return nil, ErrMissing // another program made it
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

// Usable reports whether sessions can be written here: nil, ErrRefused, or the problem with
// the directory. It writes nothing.
func (c *Cache) Usable() error {
	if _, err := c.key(false); err != nil && !errors.Is(err, ErrMissing) {
		return err
	}
	return checkWritable(c.dir)
}

// Filled reports whether the kernel has a key. Without a key there are no sessions.
func (c *Cache) Filled() bool {
	_, err := c.key(false)
	return err == nil
}

// Sessions lists the sessions that have not expired, in no order. It authenticates them, so it
// does not list the file of another program.
func (c *Cache) Sessions() ([]Info, error) {
	if _, err := c.key(true); err != nil {
		if errors.Is(err, ErrMissing) {
			return nil, nil
		}
		return nil, err
	}
	dir, err := openDirectory(c.dir) // opened once, so that the path is not followed for each file
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.close()
	names, err := dir.sessions()
	if err != nil || len(names) == 0 {
		return nil, err
	}
	known := c.listing()
	live := make([]Info, 0, len(names))
	var s scratch
	for _, name := range names {
		info, listed := known.find(dir, name)
		if !listed {
			var err error
			if info, _, err = c.readIn(dir, name, &s); err != nil || !c.belongs(name, info) {
				continue
			}
		}
		if info.Ends.After(c.now()) {
			live = append(live, info)
		}
	}
	return live, nil
}

// belongs reports whether a session is in the file with its own name.
func (c *Cache) belongs(name string, info Info) bool {
	own := fileName(info.Key)
	return name == string(own[:])
}
