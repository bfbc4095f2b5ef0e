package awsconf

import (
	"bytes"
	"hash/maphash"
	"iter"
)

// index finds the sections of a name: the first, and from each one the next with the same
// name.
type index struct {
	seed  maphash.Seed // random, so that a file cannot be written to make names collide
	slots []int32      // by hash: 1 + the first section with a name; 0: none
	next  []int32      // 0: none, since no section comes before the first
	again []bool       // sections whose name has occurred before; nil if there are none
}

// lookupsBeforeIndex: for fewer lookups, walking through 10,000 tags is faster than indexing
// the names once. A profile with a chain of sources needs a dozen lookups.
const lookupsBeforeIndex = 32

// tag returns a byte that depends on the name. It uses the end of the name, because many names
// begin alike.
func tag(typ SectionType, name string) byte {
	h := uint64(len(name))<<8 | uint64(typ)
	end := name[max(len(name)-8, 0):]
	if len(end) == 8 {
		h ^= eight(end)
	} else {
		for i := range len(end) {
			h = h<<8 ^ uint64(end[i])
		}
	}
	return byte(h * 0x9e3779b97f4a7c15 >> 56)
}

// matches are the sections with one type and name, in the order of the file.
type matches struct{ count, first, second, last int }

func (m *matches) add(i int) {
	switch m.count {
	case 0:
		m.first = i
	case 1:
		m.second = i
	}
	m.count, m.last = m.count+1, i
}

// find returns the sections with this type and name.
func (f *File) find(typ SectionType, name string) matches {
	found := f.named(typ, name)
	if found.count == 0 {
		if plain, ok := unquoted(name); ok {
			return f.named(typ, plain)
		}
	}
	return found
}

func (f *File) named(typ SectionType, name string) (found matches) {
	if len(f.sections) == 0 {
		return found
	}
	if f.purpose.few {
		return f.rest.find(f, typ, name)
	}
	if f.lookups.Add(1) > lookupsBeforeIndex {
		return f.indexedMatches(typ, name)
	}
	want := tag(typ, name)
	for i := 0; ; i++ {
		n := bytes.IndexByte(f.tags[i:], want)
		if n < 0 {
			return found
		}
		if i += n; f.is(i, typ, name) {
			found.add(i)
		}
	}
}

// indexedMatches looks into the index.
func (f *File) indexedMatches(typ SectionType, name string) (found matches) {
	x := f.indexed()
	for i := int(x.slots[x.slot(f, typ, name)]) - 1; i >= 0; {
		found.add(i)
		if i = int(x.next[i]); i == 0 {
			break
		}
	}
	return found
}

// marked walks through the marks, where few sections will be asked for.
func (f *File) marked(typ SectionType, name string) (found matches) {
	if f.lookups.Add(1) > lookupsBeforeIndex {
		return f.indexedMatches(typ, name)
	}
	want := mark(name)
	for i := range f.sections {
		if s := &f.sections[i]; s.mark == want && s.typ == typ && f.name(i) == name {
			found.add(i)
		}
	}
	return found
}

// is reports whether a section has this type and name.
func (f *File) is(i int, typ SectionType, name string) bool {
	if f.sections[i].typ != typ || f.purpose.few && f.sections[i].mark != mark(name) {
		return false
	}
	return f.name(i) == name
}

// mark returns a number that depends on the name. Unlike a tag, it uses both ends of the name,
// because each false match costs a look into the file.
func mark(name string) uint16 {
	if len(name) < 8 {
		h := uint64(len(name))
		for i := range len(name) {
			h = h<<8 ^ uint64(name[i])
		}
		return mixed(h, 0)
	}
	return mixed(eight(name)^uint64(len(name)), eight(name[len(name)-8:]))
}

func mixed(a, b uint64) uint16 {
	const factor = 0x9e3779b97f4a7c15
	a *= factor
	return uint16((a>>32 ^ a ^ b) * factor >> 48)
}

// eight returns the first eight bytes of a text.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func (f *File) indexed() *index {
	f.once.Do(func() {
		size := 4
		for size < 2*len(f.sections) {
			size *= 2
		}
		x := &index{seed: maphash.MakeSeed(), slots: make([]int32, size), next: make([]int32, len(f.sections))}
		// From the last to the first, so that each one becomes the head of its chain.
		for i := len(f.sections) - 1; i >= 0; i-- {
			slot := x.slot(f, f.sections[i].typ, f.name(i))
			if later := x.slots[slot] - 1; later >= 0 {
				if x.again == nil {
					x.again = make([]bool, len(f.sections))
				}
				x.next[i], x.again[later] = later, true
			}
			x.slots[slot] = int32(i) + 1
		}
		f.index.Store(x)
	})
	return f.index.Load()
}

// slot returns where a name is, or would be.
func (x *index) slot(f *File, typ SectionType, name string) int {
	mask := len(x.slots) - 1
	for at := int(maphash.String(x.seed, name)) + int(typ); ; at++ {
		if i := x.slots[at&mask]; i == 0 || f.is(int(i)-1, typ, name) {
			return at & mask
		}
	}
}

// all yields the names of a type, each once.
func (f *File) all(typ SectionType) iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(f.sections) == 0 {
			return
		}
		x := f.indexed()
		for i := range f.sections {
			if f.sections[i].typ != typ || x.again != nil && x.again[i] {
				continue
			}
			if name := f.name(i); name != "" && !yield(name) {
				return
			}
		}
	}
}
