package awsconf

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

const bom = "\ufeff"

// File is the text of one file, divided into sections. It is safe for concurrent use.
//
// It knows the headers of all sections. The bodies are either in memory, or read from the
// source when needed.
type File struct {
	path string
	kind Kind
	text string // the whole text; empty if it is read from the source
	rest *rest  // nil if the text is in memory
	why  string // what is in the place of the file, see Absent
	none bool   // there is no file, see None

	broken error // the first header that is malformed

	size     int
	seen     int // headers, including those not kept
	sections []header
	purpose  purpose

	// The following fields describe each section, unless only a few will be asked for.
	lines []int32 // of the headers
	names []byte  // their names, one after the other
	ends  []int32 // where each name ends in names; it begins where the one before ends
	tags  []byte  // one byte for each name, which differs for most other names

	marks    []lineMark // of some headers, where few will be asked for
	unmarked int32      // the next header that is not above this gets one

	lookups atomic.Int32
	once    sync.Once
	index   atomic.Pointer[index] // nil until an index is worth its cost
}

// header is a section without its body, which extends to the next header.
type header struct {
	start int32  // the offset of the header's line
	mark  uint16 // of the name, if the name is not in memory
	typ   SectionType
	bare  bool // [default] without the word "profile"
}

// lineMark is the number of the line at an offset.
type lineMark struct{ at, number int32 }

// purpose says which parts of a file the caller needs; zero: everything.
type purpose struct {
	// few means that the caller will ask for a few sections. Their names and lines then stay
	// in the source, and memory only has a mark of each name: touching new memory takes longer
	// than looking at a name.
	few bool
	// keep selects the profiles to keep, for a list of names; nil: all sections.
	keep func(name string) bool
}

// Parse finds the sections of a file. path is only for positions and messages. Parse does not
// read the bodies, so a fault in one of them does not affect the others. It returns an error
// if it cannot tell the sections apart. For an *[Error], it also returns a File, for a list of
// names; the unclear lines belong to no profile. It does not copy a string, which would take
// half of the time for 10,000 profiles.
func Parse[Text string | []byte](path string, kind Kind, text Text) (*File, error) {
	f := &File{path: path, kind: kind, text: string(text), size: len(text)}
	if len(text) > MaxSize {
		return nil, f.tooLarge()
	}
	// A line has at most one header. Counting is fast, growing the slices is not.
	f.expect(min(strings.Count(f.text, "["), strings.Count(f.text, "\n")+1))
	if err := f.scan(&window{text: f.text, last: true}); err != nil {
		return nil, err
	}
	return f, f.broken
}

// Open is like [Parse], for a text of which only parts are worth reading. It scans the whole
// source once with a small buffer, and later reads the requested sections. If the text fits
// into the buffer, Open keeps it. It returns errors of source unchanged.
func Open(path string, kind Kind, source io.ReaderAt) (*File, error) {
	return open(path, kind, source, bufferSize, purpose{})
}

// OpenForFew is like [Open], for a program that asks for a few sections by name. It gives the
// same results, but is slower for a list of all names.
func OpenForFew(path string, kind Kind, source io.ReaderAt) (*File, error) {
	return open(path, kind, source, bufferSize, purpose{few: true})
}

// OpenNames scans a file for the names of the profiles that keep selects. The File has nothing
// else.
func OpenNames(path string, kind Kind, source io.ReaderAt, keep func(name string) bool) (*File, error) {
	return open(path, kind, source, bufferSize, purpose{keep: keep})
}

func open(path string, kind Kind, source io.ReaderAt, size int, p purpose) (*File, error) {
	f := &File{path: path, kind: kind, purpose: p}
	w := &window{source: source, buffer: make([]byte, size)}
	if err := w.next(); err != nil {
		return nil, f.unread(err)
	}
	if w.last && p.keep == nil {
		return Parse(path, kind, strings.Clone(w.text))
	}
	if p.keep != nil { // most names will not be kept, so no space is reserved for them
		if err := f.scan(w); err != nil {
			return nil, f.unread(err)
		}
		return f, f.broken
	}
	headers := strings.Count(w.text, "[")
	if sized, ok := source.(interface{ Size() int64 }); ok {
		if sized.Size() > MaxSize {
			return nil, f.tooLarge() // before reading all of it
		}
		headers = int(min(int64(headers+1)*sized.Size()/int64(len(w.text)), maxSections))
	}
	f.expect(headers + headers/8)
	if err := f.scan(w); err != nil {
		return nil, f.unread(err)
	}
	f.size = w.base + len(w.text)
	f.rest = &rest{source: source}
	return f, f.broken
}

// Absent returns an empty file for a path that leads to something else. why completes a
// sentence that begins with the path: "is a directory".
func Absent(path string, kind Kind, why string) *File {
	return &File{path: path, kind: kind, why: why}
}

// None returns the empty file for a path without a file.
func None(path string, kind Kind) (*File, error) {
	f, err := Parse(path, kind, "")
	if err == nil {
		f.none = true
	}
	return f, err
}

// Partial reports whether the source is still in use.
func (f *File) Partial() bool { return f.rest != nil }

func (f *File) expect(headers int) {
	headers = min(headers, maxSections)
	f.sections = make([]header, 0, headers)
	if !f.purpose.few {
		f.lines = make([]int32, 0, headers)
		f.tags = make([]byte, 0, headers)
		f.names = make([]byte, 0, 16*headers)
		f.ends = make([]int32, 0, headers)
	}
}

func (f *File) tooLarge() error {
	return fmt.Errorf("%s is larger than %d MiB", f.path, MaxSize>>20)
}

// add appends a section. line is the line of its header.
func (f *File) add(h header, name string, line int) {
	f.seen++
	if f.purpose.keep != nil && (h.typ != ProfileSection || !f.purpose.keep(name)) {
		return
	}
	f.lines = append(f.lines, int32(line))
	f.names = append(f.names, name...)
	f.ends = append(f.ends, int32(len(f.names)))
	f.tags = append(f.tags, tag(h.typ, name))
	f.sections = append(f.sections, h)
}

// addMark is like add, for a caller that will ask for few sections.
func (f *File) addMark(h header, name string) {
	f.seen++
	h.mark = mark(name)
	f.sections = append(f.sections, h)
}

// name returns the name of a section. Its bytes do not change after the scan.
func (f *File) name(i int) string {
	if f.purpose.few {
		return f.rest.name(f, i)
	}
	from := int32(0)
	if i > 0 {
		from = f.ends[i-1]
	}
	name := f.names[from:f.ends[i]]
	return unsafe.String(unsafe.SliceData(name), len(name))
}

// first returns the offset of the first line.
func (f *File) first() int {
	if strings.HasPrefix(f.text, bom) {
		return len(bom)
	}
	return 0
}

// start returns the offset of a section's header.
func (f *File) start(i int) int { return int(f.sections[i].start) }

// end returns the offset at which a section's body ends.
func (f *File) end(i int) int {
	if i+1 < len(f.sections) {
		return f.start(i + 1)
	}
	return f.size
}

// below returns the offset of the line below the header. The text must be in memory.
func (f *File) below(i int) int {
	_, next := cutLine(f.text, f.start(i))
	return next
}

// inner returns the text between the brackets, and the rest of the line. The text must be in
// memory.
func (f *File) inner(i int) (inner, rest string) {
	line, _ := cutLine(f.text, f.start(i))
	inner, rest, _ = splitHeader(trim(line))
	return inner, rest
}

// line returns the line number of a section's header.
func (f *File) line(i int) int {
	if f.purpose.few {
		return f.rest.line(f, i)
	}
	return int(f.lines[i])
}

// section reads the section of this type and name, if there is one.
func (f *File) section(typ SectionType, name string) (s Section, ok bool, err error) {
	found := f.find(typ, name)
	if found.count > 1 && !f.replaces(found) {
		return s, false, f.twice(found.first, found.second)
	}
	if found.count > 0 {
		s, err = f.read(found.last)
	}
	return s, found.count > 0 && err == nil, err
}

// settings reads a section and its faults. The text must be in memory.
func (f *File) settings(i int) ([]setting, []*Error) {
	return f.body(f.text[f.start(i):f.end(i)], f.start(i), f.line(i))
}

// read reads a section.
func (f *File) read(i int) (Section, error) {
	text, err := f.piece(i)
	if err != nil {
		return Section{}, err
	}
	settings, faults := f.body(text, f.start(i), f.line(i))
	if len(faults) > 0 {
		return Section{}, faults[0]
	}
	return newSection(f.name(i), Pos{f.path, f.line(i)}, settings), nil
}

// replaces reports whether these are one [default] and one [profile default]. Both are forms
// of one profile. The AWS CLI uses the later one, and ignores the other.
func (f *File) replaces(found matches) bool {
	return found.count == 2 && f.name(found.first) == "default" &&
		f.sections[found.first].bare != f.sections[found.last].bare
}

func (f *File) twice(first, second int) *Error {
	return &Error{
		Pos: Pos{f.path, f.line(second)},
		Msg: fmt.Sprintf("%s %q is defined twice, first on line %d", f.sections[second].typ, f.name(second), f.line(first)),
	}
}

// KeysEnd are the settings in which programs record when the session keys that they write into
// the credentials file expire. No AWS tool reads them. In this order: saml2aws and Okta's CLI;
// aws-azure-login; aws-mfa; others.
var KeysEnd = [...]string{
	"x_security_token_expires", "aws_expiration", "expiration", "aws_session_expiration",
	"aws_credential_expiration", "aws_session_token_expiration", "aws_session_expires", "expires", "token_expiration",
}

// onlyKeys reports whether the sections of a profile contain no identity settings but keys,
// and there is at least one section.
func (f *File) onlyKeys(name string) bool {
	if f.find(ProfileSection, name).count == 0 {
		return false
	}
	for i := range f.sections {
		if !f.is(i, ProfileSection, name) {
			continue
		}
		text, err := f.piece(i)
		if err != nil {
			return false
		}
		settings, _ := f.body(text, f.start(i), f.line(i))
		for n := range settings {
			switch key := settings[n].key; key {
			case "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token",
				"x_principal_arn", "region", "output":
			default:
				if !slices.Contains(KeysEnd[:], key) {
					return false
				}
			}
		}
	}
	return true
}
