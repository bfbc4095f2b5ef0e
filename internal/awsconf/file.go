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
// The headers of all sections are known. The bodies are either in memory, or are
// read from the source when they are asked for.
type File struct {
	path string
	kind Kind
	text string // all of it; empty if it is read from the source
	rest *rest  // nil if the text is in memory
	why  string // what stands where the file should be; see Absent

	broken error // the first header that is none

	size     int
	seen     int // headers, those that were not kept too
	sections []header
	purpose  purpose

	// What else is known of each section, unless a few will be asked for.
	lines []int32 // of its header
	names []byte  // their names, one after the other
	ends  []int32 // where each ends in names; it begins where the last one ends
	tags  []byte  // a byte of each by which most others are told apart

	marks []lineMark // where windows of the scan began

	lookups atomic.Int32
	once    sync.Once
	index   atomic.Pointer[index] // nil until it pays
}

// header is a section as far as it is known without reading its body, which goes on to the next header.
type header struct {
	start int32  // the offset of the header's line
	mark  uint16 // of its name, if that is not in memory
	typ   SectionType
	bare  bool // [default] without the word "profile"
}

// lineMark says which line begins at an offset.
type lineMark struct{ at, number int32 }

// purpose is what a file is opened for, if not for everything.
type purpose struct {
	// few of its sections will be asked for: then their names and lines are left in the
	// source, and a mark of each is in memory. To touch memory for the first time costs
	// more than to look at a name.
	few bool
	// keep says which profiles are kept, for a list of names; nil: all sections.
	keep func(name string) bool
}

// Parse finds the sections of a file. path is only shown, in positions and
// messages. Bodies are not looked at until they are asked for: a fault in one
// does no harm to the others. The error is for a file whose sections cannot be told
// apart. There is a File with an *[Error], for a list of names: the lines that
// cannot be told apart are no profile's.
// A string is not copied, which for 10,000 profiles is half of the time.
func Parse[Text string | []byte](path string, kind Kind, text Text) (*File, error) {
	f := &File{path: path, kind: kind, text: string(text), size: len(text)}
	if len(text) > MaxSize {
		return nil, f.tooLarge()
	}
	// At most one header a line: both counts are quick, and growing the slices is not.
	f.expect(min(strings.Count(f.text, "["), strings.Count(f.text, "\n")+1))
	if err := f.scan(&window{text: f.text, last: true}); err != nil {
		return nil, err
	}
	return f, f.broken
}

// Open is [Parse] for a text that is worth reading only in parts: it goes once
// through all of source, with one small buffer, and comes back for the sections
// that are asked for. A text that fits into the buffer is kept. Errors of source
// are returned as they are.
func Open(path string, kind Kind, source io.ReaderAt) (*File, error) {
	return open(path, kind, source, bufferSize, purpose{})
}

// OpenForFew is [Open] for a program that will ask for a few sections by their names.
// It says the same, but for all names it takes longer.
func OpenForFew(path string, kind Kind, source io.ReaderAt) (*File, error) {
	return open(path, kind, source, bufferSize, purpose{few: true})
}

// OpenNames goes through a file for the names of the profiles that keep wants. It can
// be asked for nothing else.
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
	if p.keep != nil { // most names will not be kept, so no room is made for them
		if err := f.scan(w); err != nil {
			return nil, f.unread(err)
		}
		return f, f.broken
	}
	headers := strings.Count(w.text, "[")
	if sized, ok := source.(interface{ Size() int64 }); ok {
		if sized.Size() > MaxSize {
			return nil, f.tooLarge() // without reading all of it
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

// Absent is the empty file for a path where something else stands. why says
// what, as the end of a sentence that begins with the path: "is a directory".
func Absent(path string, kind Kind, why string) *File {
	return &File{path: path, kind: kind, why: why}
}

// Partial says that the source is still in use.
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

// add appends a section, whose header is on this line.
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

// addMark is add where few sections will be asked for.
func (f *File) addMark(h header, name string) {
	f.seen++
	h.mark = mark(name)
	f.sections = append(f.sections, h)
}

// name is the name of a section. The bytes stay as they are once the scan has ended.
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

// first is where the first line begins.
func (f *File) first() int {
	if strings.HasPrefix(f.text, bom) {
		return len(bom)
	}
	return 0
}

// start is where the header of a section begins.
func (f *File) start(i int) int { return int(f.sections[i].start) }

// end is where the body of a section ends.
func (f *File) end(i int) int {
	if i+1 < len(f.sections) {
		return f.start(i + 1)
	}
	return f.size
}

// below is where the line below the header begins, of a text in memory.
func (f *File) below(i int) int {
	_, next := cutLine(f.text, f.start(i))
	return next
}

// inner is the text between the brackets, and what follows them, of a text in memory.
func (f *File) inner(i int) (inner, rest string) {
	line, _ := cutLine(f.text, f.start(i))
	inner, rest, _ = splitHeader(trim(line))
	return inner, rest
}

// line is the line of a section's header.
func (f *File) line(i int) int {
	if f.purpose.few {
		return f.rest.line(f, i)
	}
	return int(f.lines[i])
}

// section reads the one section of this type and name, if there is one.
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

// settings reads a section of a text in memory, with its faults.
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

// replaces says that these are one [default] and one [profile default]. They
// are one profile in two spellings; the AWS CLI takes the later one, and
// nothing of the other.
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

// KeysEnd are the names under which programs that write the keys of a session into
// the credentials file say when they expire. No AWS tool reads them. In this order:
// saml2aws and Okta's CLI; aws-azure-login; aws-mfa; and others.
var KeysEnd = [...]string{
	"x_security_token_expires", "aws_expiration", "expiration", "aws_session_expiration",
	"aws_credential_expiration", "aws_session_token_expiration", "aws_session_expires", "expires", "token_expiration",
}

// onlyKeys says that the sections of a profile, of which there is one at least, have
// nothing in them that decides who one is but keys.
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
