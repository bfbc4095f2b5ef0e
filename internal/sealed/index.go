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

// Fact is what a keystore has reported about the long-lived key of a name.
type Fact struct {
	Exists   bool
	Revision string // of the key; empty: not asked
	// Path is the key's file, in keystores that have a file for each key. The fact is valid
	// while the file has this Stamp.
	Path, Stamp string
}

// Stamp returns a text that changes when the file is replaced or modified. It is empty if
// there is no file.
func Stamp(path string) string { return stamp(path) }

// News holds what was learned about a keystore.
type News struct {
	Backend string          // the backend that was chosen; empty: nothing was learned
	Facts   map[string]Fact // by name
	// Names are all names, and Rotations those of keys that are being replaced. They are valid
	// if Listed is true.
	Names, Rotations []string
	Listed           bool
	// Anew means that all earlier knowledge, about any keystore, is void.
	Anew bool
}

// Empty reports whether nothing was learned.
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

// Knowledge holds the index's facts about a keystore. The zero value knows nothing.
type Knowledge struct {
	backend   string
	asked     time.Time
	facts     map[string]Fact
	listed    time.Time // when Names was listed; zero: never
	names     []string
	rotations []string
}

// Backend returns the backend that was chosen, or an empty text.
func (k Knowledge) Backend() string { return k.backend }

// Key returns what is known about the key of a name.
//
// If another program has added, replaced or removed a key, that is noticed at once in
// keystores of files. In other keystores it is noticed when the keystore is next asked. So
// "there is no key" is only reliable enough while there is a session to deliver.
func (k Knowledge) Key(name string) (f Fact, known bool) {
	f, known = k.facts[name]
	if known && f.Path != "" && stamp(f.Path) != f.Stamp {
		return Fact{}, false
	}
	return f, known
}

// Known returns the names about which something is known, sorted.
func (k Knowledge) Known() []string { return slices.Sorted(maps.Keys(k.facts)) }

// Names returns all names in the keystore, sorted, those of keys that are being replaced, and
// when the keystore reported them.
func (k Knowledge) Names() (names, rotations []string, at time.Time, known bool) {
	return slices.Clone(k.names), slices.Clone(k.rotations), k.listed, !k.listed.IsZero()
}

// listingLasts is how long a list of names is trusted, although another program may have
// changed it.
const listingLasts = time.Hour

// Fresh returns what Names does, if the keystore reported it recently enough.
func (k Knowledge) Fresh(now time.Time) (names, rotations []string, fresh bool) {
	names, rotations, at, known := k.Names()
	if age := now.Sub(at); !known || age < 0 || age >= listingLasts {
		return nil, nil, false
	}
	return names, rotations, true
}

// Knowledge returns what the index knows about a keystore. keystore is a text with all
// settings that select it.
func (c *Cache) Knowledge(keystore string) Knowledge {
	ix, err := c.readIndex()
	if err != nil {
		return Knowledge{}
	}
	return ix.keystores[keystore]
}

// Learn writes down what was learned about a keystore. It returns ErrMissing if the kernel has
// no key: then there are no sessions, and Put can take the news.
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

// index is the content of the index file. Its end is that of the longest session, and the
// kernel must keep the key until then. Its data are
//
//	8 bytes       when the directory was swept
//	keystores     each a text that names it, a text with the backend, when it was
//	              asked and listed, and three lists: facts, names, rotations
//
// A list is its length in 8 bytes, followed by its entries.
type index struct {
	until     time.Time
	swept     time.Time
	keystores map[string]Knowledge
	changed   bool // since it was read
}

var indexKey = aws.SessionKey{Type: "index"}

// These limits suffice: settings seldom change, and the shortcut is not worth more room.
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

// add stores what is known about a keystore. If there are too many, it forgets the one whose
// last answer is the oldest.
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

// length reads the length of a list. Each of its entries takes at least two bytes.
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
