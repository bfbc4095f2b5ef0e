package sealed

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/disk"
)

// A sealed file consists of
//
//	magic         "awsvault sealed 1\n"
//	nonce         12 random bytes
//	end           8 bytes: Unix seconds
//	type          three texts, each after its length in 2 bytes:
//	profile       the key of the session
//	hash
//	sealed data   with 16 bytes of authentication, which cover everything before them too
//
// Numbers are big-endian. The data of a session are three texts: access key ID, secret access
// key, session token; and one text for each note. The type index describes the data of the
// index.

const magic = "awsvault sealed 1\n"

const (
	nonceSize = 12
	// maxText is longer than any text of AWS.
	maxText = math.MaxUint16
	// maxFile limits the size of a file: the index contains the names of all keys.
	maxFile = 1 << 20
)

// seal encrypts data. The nonce is random. Nonces could repeat after about 2^32 files with one
// key, and a key seals far fewer.
func seal(aead cipher.AEAD, info Info, data []byte) ([]byte, error) {
	for _, text := range []string{info.Key.Type, info.Key.Profile, info.Key.Hash} {
		if len(text) > maxText {
			return nil, errors.New("its name is too long")
		}
	}
	nonce, err := random(nonceSize)
	if err != nil {
		return nil, err
	}
	header := append([]byte(magic), nonce...)
	header = binary.BigEndian.AppendUint64(header, uint64(info.Ends.Unix()))
	header = appendKey(header, info.Key)
	return aead.Seal(header, nonce, data, header), nil
}

// unseal decrypts into room. It returns ErrMissing for a file that is incomplete or not
// authentic.
func unseal(aead cipher.AEAD, file, room []byte) (Info, []byte, error) {
	r := reader{rest: file}
	if string(r.take(len(magic))) != magic {
		return Info{}, nil, ErrMissing
	}
	nonce := r.take(nonceSize)
	ends := r.number()
	key := aws.SessionKey{Type: r.text(), Profile: r.text(), Hash: r.text()}
	if r.short {
		return Info{}, nil, ErrMissing
	}
	data, err := aead.Open(room, nonce, r.rest, file[:len(file)-len(r.rest)])
	if err != nil {
		return Info{}, nil, ErrMissing
	}
	return Info{key, time.Unix(int64(ends), 0).UTC()}, data, nil
}

func appendKey(b []byte, k aws.SessionKey) []byte {
	return appendText(appendText(appendText(b, k.Type), k.Profile), k.Hash)
}

func appendText(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
}

// reader reads values from the front of bytes. After the last one it is short, and returns
// only empty values.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if r.short || n > len(r.rest) {
		r.short = true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) number() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) text() string {
	b := r.take(2)
	if b == nil {
		return ""
	}
	return string(r.take(int(binary.BigEndian.Uint16(b))))
}

// write seals data, and replaces the previous file. The caller holds the lock. The file need
// not reach the disk: after a crash of the machine, there is no key to read it with.
func (c *Cache) write(aead cipher.AEAD, path string, info Info, data []byte) error {
	file, err := seal(aead, info, data)
	if err != nil {
		return err
	}
	return disk.Replace(path, file, disk.Options{NoSync: true, Locked: true})
}

// names lists the files that have the name of a session, in no order.
func (c *Cache) names() ([]string, error) {
	dir, err := openDirectory(c.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.close()
	return dir.sessions()
}

// sessions returns the names of sessions in the directory.
func (d directory) sessions() ([]string, error) {
	names, err := d.names()
	return slices.DeleteFunc(names, func(name string) bool { return !isSession(name) }), err
}

// sweepEvery is how often the directory is searched for expired files. Not every session
// triggers a search, because there can be thousands.
const sweepEvery = time.Hour

// sweepSometimes removes the files of expired sessions, those of a key that is gone, and those
// that killed processes have left. The caller holds the lock.
func (c *Cache) sweepSometimes(ix *index) {
	if since := c.now().Sub(ix.swept); since >= 0 && since < sweepEvery {
		return
	}
	ix.swept, ix.changed = c.now(), true
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return // remaining files do no harm
	}
	var s scratch
	for _, entry := range entries {
		path := filepath.Join(c.dir, entry.Name())
		switch {
		case disk.Leftover(entry.Name()): // no other process is writing now
			os.Remove(path)
		case isSession(entry.Name()):
			if info, _, err := c.read(path, &s); err != nil || !c.belongs(entry.Name(), info) || !info.Ends.After(c.now()) {
				os.Remove(path)
			}
		}
	}
}

// removeFile removes a file if it exists.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
