// Package keyage keeps since when stored keys are known: one small file in the state
// directory, with a line for each key.
//
// It holds nothing secret and no name: hashes, and times. It does not know what a keystore
// is, how a key is read, or how an age is shown. The items of the keystore say nothing of
// age, because aws-vault reads and writes them too. So the file is a note: what is not in it,
// or cannot be believed, is not known, and that is never an error.
package keyage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/disk"
)

const (
	file = "key-ages"
	most = 10_000 // keys; the one that was noted first goes first
	// mostSize is more than so many lines take.
	mostSize = 1 << 20
	// patience is how long a note may wait for another process that makes one.
	patience = 2 * time.Second
	// skew is by how much two clocks may differ before a time in the future is not believed.
	skew = 24 * time.Hour
	// earliest is before IAM had access keys: a clock that was never set says 1970.
	earliest = 1_230_768_000
)

// Since is from when a key is. Zero times are not known.
type Since struct {
	Stored  time.Time // vault stored it then
	Created time.Time // AWS made it then
}

// Age is how old a key is. least: it may be older, because it is only known when it was
// stored.
func (s Since) Age(now time.Time) (age time.Duration, least, known bool) {
	from := s.Created
	if from.IsZero() {
		from, least = s.Stored, true
	}
	if from.IsZero() || from.Sub(now) > skew {
		return 0, false, false
	}
	return max(now.Sub(from), 0), least, true
}

// Text is an age in days, as lists have it: 41d, and 41d+ for one that may be older. It is
// empty for one that is not known, or that began less than a day ago.
func (s Since) Text(now time.Time) string {
	age, least, known := s.Age(now)
	if !known || age < 24*time.Hour {
		return ""
	}
	text := strconv.Itoa(int(age/(24*time.Hour))) + "d"
	if least {
		text += "+"
	}
	return text
}

// Book is what is known of the keys. The zero value knows none.
type Book struct {
	lines []entry
	names map[string]int // which line a name has
}

// entry is a line: which keystore and name it is of, which key that was, and the times.
type entry struct {
	name, key string // hashes
	Since
}

// Load reads the file. What is damaged, or could be another user's, is not known.
func Load(dir string) Book {
	if dir == "" {
		return Book{}
	}
	path := filepath.Join(dir, file)
	text, err := disk.ReadFile(path, disk.Reading{NoFollow: true, Limit: mostSize, Check: func(info fs.FileInfo) error {
		return disk.Ours().Check(path, info)
	}})
	if err != nil {
		return Book{}
	}
	b := Book{names: map[string]int{}}
	for line := range bytes.Lines(text) {
		if e, ok := parse(string(line)); ok && len(b.lines) < most {
			b.names[e.name] = len(b.lines)
			b.lines = append(b.lines, e)
		}
	}
	return b
}

// Of is since when the key is known that is stored under a name. place names the keystore.
func (b Book) Of(place, name string) Since {
	if n, ok := b.names[hashOf(place, name)]; ok {
		return b.lines[n].Since
	}
	return Since{}
}

// Stored notes that a key was stored under a name. A key that is known already, by another
// name or in another keystore, keeps its times.
func Stored(ctx context.Context, dir, place, name, id string, now time.Time) error {
	return change(ctx, dir, func(b *Book) bool {
		e := entry{hashOf(place, name), hashOf(id), Since{Stored: now}}
		for _, other := range b.lines {
			if _, _, known := other.Age(now); known && other.key == e.key {
				e.Since = other.Since
			}
		}
		b.remove(func(other entry) bool { return other.name == e.name })
		b.lines = append(b.lines, e)
		return true
	})
}

// Created notes when AWS made a key.
func Created(ctx context.Context, dir, place, name, id string, at time.Time) error {
	if b := Load(dir); b.Of(place, name).Created.Equal(at.Truncate(time.Second)) && !b.differs(place, name, id) {
		return nil
	}
	return change(ctx, dir, func(b *Book) bool {
		e := entry{hashOf(place, name), hashOf(id), Since{Created: at}}
		b.remove(func(other entry) bool {
			if other.name == e.name && other.key == e.key {
				e.Stored = other.Stored
			}
			return other.name == e.name
		})
		for i := range b.lines {
			if b.lines[i].key == e.key {
				b.lines[i].Created = at
			}
		}
		b.lines = append(b.lines, e)
		return true
	})
}

// Seen forgets what is known of a name if the key that is stored under it is another one:
// another program has replaced it. No id: there is none.
func Seen(ctx context.Context, dir, place, name, id string) error {
	if !Load(dir).differs(place, name, id) {
		return nil
	}
	return change(ctx, dir, func(b *Book) bool {
		if !b.differs(place, name, id) {
			return false
		}
		b.remove(func(e entry) bool { return e.name == hashOf(place, name) })
		return true
	})
}

// differs says that the name is known with another key.
func (b Book) differs(place, name, id string) bool {
	n, ok := b.names[hashOf(place, name)]
	return ok && (id == "" || b.lines[n].key != hashOf(id))
}

func (b *Book) remove(unwanted func(entry) bool) { b.lines = slices.DeleteFunc(b.lines, unwanted) }

// change replaces the file. Nothing is made where there is no state directory.
func change(ctx context.Context, dir string, do func(*Book) bool) error {
	if dir == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	unlock, err := disk.Locks{Dirs: []string{filepath.Join(dir, "locks")}}.Lock(ctx, "key ages")
	if err != nil {
		return err
	}
	defer unlock()
	b := Load(dir)
	if !do(&b) {
		return nil
	}
	var text bytes.Buffer
	for _, e := range b.lines[max(len(b.lines)-most, 0):] {
		text.WriteString(e.String())
	}
	return disk.Replace(filepath.Join(dir, file), text.Bytes(), disk.Options{Locked: true})
}

// String is a line: the hash of the keystore and the name, that of the key's id, when it was
// stored and when it was created, in seconds since 1970; 0 is not known.
func (e entry) String() string {
	return fmt.Sprintf("%s %s %d %d\n", e.name, e.key, seconds(e.Stored), seconds(e.Created))
}

func parse(line string) (e entry, ok bool) {
	fields := strings.Fields(line)
	if len(fields) != 4 || !strings.HasSuffix(line, "\n") || len(fields[0]) != 2*marks || len(fields[1]) != 2*marks {
		return entry{}, false
	}
	e.name, e.key = fields[0], fields[1]
	for i, into := range []*time.Time{&e.Stored, &e.Created} {
		n, err := strconv.ParseInt(fields[2+i], 10, 64)
		switch {
		case err != nil:
			return entry{}, false
		case n >= earliest:
			*into = time.Unix(n, 0).UTC()
		}
	}
	return e, true
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// marks is how many bytes of a hash are kept: enough to tell ten thousand apart.
const marks = 12

func hashOf(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:marks])
}
