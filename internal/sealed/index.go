package sealed

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"awsvault/internal/aws"
)

// Fact is what a keystore has said about the long-lived key of a name.
type Fact struct {
	Exists   bool
	Revision string // of the key; empty: not asked
	// Path is the key's file in keystores that have one for each key. While the
	// file is as it was, so is the fact; Stamp says how it was.
	Path, Stamp string
}

// Stamp says how a file is: it differs once the file is replaced or changed. It is
// empty if there is none.
func Stamp(path string) string { return stamp(path) }

// News is what was learned of a keystore.
type News struct {
	Backend string          // the one that was chosen; without it nothing is learned
	Facts   map[string]Fact // by name
	// Names are all names that there are, and Rotations those of keys that are being
	// replaced, if Listed.
	Names, Rotations []string
	Listed           bool
	// Anew: all that was known before, of any keystore, is void.
	Anew bool
}

// Empty tells whether nothing was learned.
func (n News) Empty() bool { return n.Backend == "" && len(n.Facts) == 0 && !n.Listed && !n.Anew }

// And adds later news.
func (n News) And(later News) News {
	if later.Anew || later.Backend != "" && later.Backend != n.Backend {
		later.Anew = later.Anew || n.Anew
		return later
	}
	facts := map[string]Fact{}
	maps.Copy(facts, n.Facts)
	if later.Listed {
		for name, f := range n.Facts {
			if f.Exists != slices.Contains(later.Names, name) {
				delete(facts, name)
			}
		}
		n.Listed, n.Names, n.Rotations = true, later.Names, later.Rotations
	}
	maps.Copy(facts, later.Facts)
	n.Facts = facts
	return n
}

// Knowledge is what is known of a keystore. The zero value knows nothing.
type Knowledge struct {
	backend   string
	asked     time.Time
	facts     map[string]Fact
	listed    time.Time // when all names were; zero: never
	names     []string
	rotations []string
}

// Backend is the backend that was chosen, or empty.
func (k Knowledge) Backend() string { return k.backend }

// Key is what is known of the key of a name.
//
// A key that another program has added, replaced or removed is noticed at once in
// keystores of files. Elsewhere it is noticed when the keystore is asked next: so
// that a name has no key may be believed only as long as there is a session to
// deliver.
func (k Knowledge) Key(name string) (f Fact, known bool) {
	f, known = k.facts[name]
	if known && f.Path != "" && stamp(f.Path) != f.Stamp {
		return Fact{}, false
	}
	return f, known
}

// Known are the names of which something is known, sorted.
func (k Knowledge) Known() []string { return slices.Sorted(maps.Keys(k.facts)) }

// Names are all names in the keystore, sorted, those of keys that are being
// replaced, and when the keystore said so.
func (k Knowledge) Names() (names, rotations []string, at time.Time, known bool) {
	return slices.Clone(k.names), slices.Clone(k.rotations), k.listed, !k.listed.IsZero()
}

// listingLasts is how long a list of names is believed that another program may
// have changed.
const listingLasts = time.Hour

// Fresh is Names, if the keystore said so lately enough to be believed.
func (k Knowledge) Fresh(now time.Time) (names, rotations []string, fresh bool) {
	names, rotations, at, known := k.Names()
	if age := now.Sub(at); !known || age < 0 || age >= listingLasts {
		return nil, nil, false
	}
	return names, rotations, true
}

// Knowledge is what the index knows of a keystore: a text that names all settings
// by which it is found.
func (c *Cache) Knowledge(keystore string) Knowledge {
	ix, err := c.readIndex()
	if err != nil {
		return Knowledge{}
	}
	return ix.keystores[keystore]
}

// Learn writes down what was learned of a keystore. It answers ErrMissing where
// the kernel has no key: there are no sessions then, and Put can take the news.
func (c *Cache) Learn(ctx context.Context, keystore string, news News) error {
	if !c.Filled() {
		return ErrMissing
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	aead, err := c.key(true)
	if err != nil {
		return err
	}
	ix, err := c.readIndex()
	if err != nil {
		ix = &index{until: c.now().Add(longest)}
	}
	ix.learn(keystore, news, c.now())
	return c.writeIndex(aead, ix)
}

// index is the file of that name. Its end is that of the longest session, up to
// which the kernel has to keep the key. Its data are
//
//	8 bytes       when the directory was swept
//	keystores     each a text that names it, a text with the backend, when it was
//	              asked and listed, and three lists: facts, names, rotations
//
// A list is its length in 8 bytes and so many entries.
type index struct {
	until     time.Time
	swept     time.Time
	keystores map[string]Knowledge
	changed   bool // since it was read
}

var indexKey = aws.SessionKey{Type: "index"}

// Bounds of the index: settings are seldom changed, and a session is not worth
// more than this.
const (
	maxKeystores = 8
	maxFacts     = 2000
)

func (ix *index) learn(keystore string, news News, now time.Time) {
	if news.Empty() || len(keystore) > 4096 {
		return
	}
	ix.changed = true
	if news.Anew {
		ix.keystores = nil
	}
	if news.Backend == "" {
		return
	}
	k := ix.keystores[keystore]
	if news.Backend != k.backend {
		k = Knowledge{backend: news.Backend}
	}
	k.asked = now
	facts := map[string]Fact{}
	for name, f := range k.facts {
		facts[name] = f
	}
	if news.Listed {
		k.listed, k.names, k.rotations = now, news.Names, news.Rotations
		for name, f := range facts {
			if f.Exists != slices.Contains(news.Names, name) {
				delete(facts, name)
			}
		}
	}
	for name, f := range news.Facts {
		if len(facts) >= maxFacts {
			clear(facts)
		}
		facts[name] = f
		if i, found := slices.BinarySearch(k.names, name); f.Exists && !found {
			k.names = slices.Insert(slices.Clone(k.names), i, name)
		} else if !f.Exists && found {
			k.names = slices.Delete(slices.Clone(k.names), i, i+1)
		}
	}
	k.facts = facts
	ix.add(keystore, k)
}

// add puts what is known of a keystore in place, and forgets the one that was asked
// first if there are too many.
func (ix *index) add(keystore string, k Knowledge) {
	if ix.keystores == nil {
		ix.keystores = map[string]Knowledge{}
	}
	ix.keystores[keystore] = k
	for len(ix.keystores) > maxKeystores {
		oldest := keystore
		for name, other := range ix.keystores {
			if name != keystore && (oldest == keystore || other.asked.Before(ix.keystores[oldest].asked)) {
				oldest = name
			}
		}
		delete(ix.keystores, oldest)
	}
}

func (c *Cache) readIndex() (*index, error) {
	info, data, err := c.read(filepath.Join(c.dir, indexFile), &scratch{})
	if err != nil {
		return nil, err
	}
	if info.Key != indexKey {
		return nil, ErrMissing
	}
	return parseIndex(info.Ends, data)
}

func (c *Cache) writeIndex(aead cipher.AEAD, ix *index) error {
	data := ix.data()
	if len(data) > maxFile/2 {
		ix.keystores = nil // it is only a shortcut
		data = ix.data()
	}
	return c.write(aead, filepath.Join(c.dir, indexFile), Info{indexKey, ix.until}, data)
}

func (ix *index) data() []byte {
	b := appendTime(nil, ix.swept)
	for keystore, k := range ix.keystores {
		b = appendText(appendText(b, keystore), k.backend)
		b = appendTime(appendTime(b, k.asked), k.listed)
		b = appendNumber(b, len(k.facts))
		for name, f := range k.facts {
			exists := ""
			if f.Exists {
				exists = "exists"
			}
			for _, text := range []string{name, exists, f.Revision, f.Path, f.Stamp} {
				b = appendText(b, text)
			}
		}
		b = appendTexts(appendTexts(b, k.names), k.rotations)
	}
	return b
}

func parseIndex(until time.Time, data []byte) (*index, error) {
	r := reader{rest: data}
	ix := &index{until: until, swept: r.time()}
	for len(r.rest) > 0 && !r.short {
		keystore := r.text()
		k := Knowledge{backend: r.text(), asked: r.time(), listed: r.time(), facts: map[string]Fact{}}
		for range r.length() {
			name, exists := r.text(), r.text()
			k.facts[name] = Fact{exists != "", r.text(), r.text(), r.text()}
		}
		k.names, k.rotations = r.texts(), r.texts()
		ix.add(keystore, k)
	}
	if r.short {
		return nil, errors.New("the index is not whole")
	}
	return ix, nil
}

func appendNumber(b []byte, n int) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

// appendTime writes nanoseconds; the zero time is 0.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return appendNumber(b, 0)
	}
	return appendNumber(b, int(t.UnixNano()))
}

func appendTexts(b []byte, texts []string) []byte {
	b = appendNumber(b, len(texts))
	for _, text := range texts {
		b = appendText(b, text)
	}
	return b
}

func (r *reader) time() time.Time {
	n := r.number()
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(n)).UTC()
}

// length is that of a list, each of whose entries takes at least two bytes.
func (r *reader) length() int {
	n := r.number()
	if n > uint64(len(r.rest)/2) {
		r.short = true
		return 0
	}
	return int(n)
}

func (r *reader) texts() []string {
	var texts []string
	for range r.length() {
		texts = append(texts, r.text())
	}
	return texts
}
