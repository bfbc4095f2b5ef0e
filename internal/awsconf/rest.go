package awsconf

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// rest reads parts of a file after the scan. Another program may be writing to the source, so
// a text only counts as a section if its header is still there.
type rest struct {
	source io.ReaderAt
	reads  atomic.Int32 // of sections
	once   sync.Once
	all    string // set by once
	err    error

	// For a program that asks for a few sections, and for each of them several times.
	mutex sync.Mutex
	few   []beginning
	known []lookup
}

// lookup is what was found for a name: a walk through 10,000 marks is a fortieth of what
// the scan costs, and a plan asks for each of its names three to five times.
type lookup struct {
	typ   SectionType
	name  string
	found matches
}

// find is [File.marked], once for each name.
func (r *rest) find(f *File, typ SectionType, name string) matches {
	if found, ok := r.looked(typ, name); ok {
		return found
	}
	found := f.marked(typ, name) // which reads, under the lock
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(r.known) < lookupsBeforeIndex {
		r.known = append(r.known, lookup{typ, name, found})
	}
	return found
}

func (r *rest) looked(typ SectionType, name string) (matches, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for i := range r.known {
		if k := &r.known[i]; k.typ == typ && k.name == name {
			return k.found, true
		}
	}
	return matches{}, false
}

// beginning is the first part of one section.
type beginning struct {
	section int
	text    string
	line    int // of the header
}

// piece returns the text of a section, with its header.
func (f *File) piece(i int) (text string, err error) {
	from, to := f.start(i), f.end(i)
	if f.purpose.keep != nil {
		return "", errors.New("only the names were read")
	}
	if f.rest == nil {
		return f.text[from:to], nil
	}
	if f.purpose.few {
		text = f.rest.begin(f, i).text
	}
	if len(text) < to-from {
		if text, err = f.rest.read(from, to, f.size); err != nil {
			return "", f.unread(err)
		}
	}
	if typ, name := f.declared(text); f.sections[i].typ == typ && (f.purpose.few && f.sections[i].mark == mark(name) || !f.purpose.few && f.name(i) == name) {
		return text, nil
	}
	return "", &Error{Pos: Pos{f.path, f.line(i)}, Msg: "file was changed while it was read", Hint_: "try again"}
}

// declared returns what the header at the beginning of a text declares.
func (f *File) declared(text string) (SectionType, string) {
	line, _ := cutLine(text, 0)
	inner, _, ok := splitHeader(trimLeft(line))
	if !ok || inner == "" {
		return otherSection, ""
	}
	return declares(f.kind, inner)
}

// beginningSize is how much is read from a section at first, which mostly is all of it. After
// beginningsBeforeAll sections, the whole file is read: a program that needs a few never gets
// there.
const (
	beginningsBeforeAll = 64
	beginningSize       = 512
)

// name reads the name of a section from its header. It returns an empty name if that fails.
func (r *rest) name(f *File, i int) string {
	from, to := f.start(i), f.end(i)
	text := r.begin(f, i).text
	if len(text) < to-from && strings.IndexByte(text, '\n') < 0 {
		text, _ = r.fetch(from, to)
	}
	_, name := f.declared(text)
	return name
}

// begin returns the first bytes of a section, and keeps them for the next call.
func (r *rest) begin(f *File, i int) beginning {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if n := slices.IndexFunc(r.few, func(b beginning) bool { return b.section == i }); n >= 0 {
		return r.few[n]
	}
	// One read for its text and for the lines above it, down from the last mark.
	from, to := f.start(i), f.end(i)
	mark := f.markAbove(from)
	b := beginning{section: i, line: int(mark.number)}
	above, text := from-int(mark.at), ""
	if len(r.few) < beginningsBeforeAll {
		var err error
		if text, err = r.fetch(int(mark.at), min(to, from+beginningSize)); err != nil {
			return b // not kept: a later read will return the error
		}
	} else {
		all, _ := r.whole(f.size)
		text = all[min(int(mark.at), len(all)):min(to, len(all))]
	}
	above = min(above, len(text))
	b.line += strings.Count(text[:above], "\n")
	b.text = text[above:]
	if len(r.few) < beginningsBeforeAll {
		r.few = append(r.few, b)
	}
	return b
}

// line returns the line number of a section's header. If the text cannot be read, it returns
// that of a section above: this section cannot be read either.
func (r *rest) line(f *File, i int) int { return r.begin(f, i).line }

// markAbove is the last mark that is not below an offset.
func (f *File) markAbove(at int) lineMark {
	n, found := slices.BinarySearchFunc(f.marks, int32(at), func(m lineMark, at int32) int { return cmp.Compare(m.at, at) })
	if !found {
		n--
	}
	return f.marks[n]
}

func (r *rest) read(from, to, size int) (string, error) {
	if r.reads.Add(1) <= readsBeforeAll {
		return r.fetch(from, to)
	}
	all, err := r.whole(size)
	if err != nil {
		return "", err
	}
	return all[from:to], nil
}

func (r *rest) whole(size int) (string, error) {
	r.once.Do(func() { r.all, r.err = r.fetch(0, size) })
	return r.all, r.err
}

func (r *rest) fetch(from, to int) (string, error) {
	buffer := make([]byte, to-from)
	n, err := r.source.ReadAt(buffer, int64(from))
	switch {
	case err == io.EOF && n == len(buffer):
		err = nil
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return unsafe.String(unsafe.SliceData(buffer), n), err
}

// loaded returns the same file with its text in memory.
func (f *File) loaded() (*File, error) {
	if f.rest == nil {
		return f, nil
	}
	all, err := f.rest.fetch(0, f.size)
	if err != nil {
		return nil, f.unread(err)
	}
	return Parse(f.path, f.kind, all)
}

// unread translates an error of a source.
func (f *File) unread(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return f.tooLarge()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Pos: Pos{File: f.path}, Msg: "file was changed while it was read", Hint_: "try again"}
	}
	return err
}
