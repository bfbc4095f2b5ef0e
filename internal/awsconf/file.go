package awsconf

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

const bom = "\ufeff"

// File is the text of one file, divided into sections. It is safe for concurrent use.
type File struct {
	path     string
	kind     Kind
	text     string
	sections []header

	lookups atomic.Int32
	once    sync.Once
	index   atomic.Pointer[index] // nil until it pays
}

// header is a section as far as it is known without reading its body, which goes on to the next header.
type header struct {
	typ   SectionType
	name  string
	start int // of the header line
	body  int // of the line after it
}

// index finds the sections of a name: the first, and from each the next of the same name.
type index struct {
	first [otherSection]map[string]int32
	next  []int32 // 0: none, since no section comes before the first
	lines []int   // of the headers
}

// Up to this many times it is faster to walk through 10,000 headers than to index
// them once; a profile with a chain of sources asks for a dozen names.
const lookupsBeforeIndex = 32

// Parse finds the sections of a file. path is only shown, in positions and
// messages. Bodies are not looked at until they are asked for: a fault in one
// of them hurts nobody else. The error is for a file whose sections cannot be told apart.
// A string is not copied, which for 10,000 profiles is half of the time.
func Parse[Text string | []byte](path string, kind Kind, text Text) (*File, error) {
	f := &File{path: path, kind: kind, text: string(text)}
	if err := f.scan(); err != nil {
		return nil, err
	}
	return f, nil
}

// scan jumps from one "[" to the next; the lines between are looked at only
// where a "[" is indented, and may be part of a value.
func (f *File) scan() error {
	// At most one header a line: both counts are quick, and growing the slice is not.
	f.sections = make([]header, 0, min(strings.Count(f.text, "["), strings.Count(f.text, "\n")+1))
	at := f.first()
	var above layout
	seen := at // above describes the lines before this one
	for {
		bracket := strings.IndexByte(f.text[at:], '[')
		if bracket < 0 {
			return nil
		}
		bracket += at
		start := at + strings.LastIndexByte(f.text[at:bracket], '\n') + 1
		line, next := cutLine(f.text, start)
		at = next
		if bracket > start {
			if trimLeft(f.text[start:bracket]) != "" {
				continue
			}
			if len(f.sections) > 0 { // a value above the first header is nobody's: nothing can go on with it
				above.pass(f.text, seen, start)
				seen = next
				if kind, _ := above.next(line); kind != headerLine {
					continue
				}
			}
		}
		inner, _, ok := splitHeader(f.text[bracket : start+len(line)])
		if !ok {
			return &Error{Pos: f.pos(start), Msg: "section header has no closing bracket"}
		}
		typ, name := declares(f.kind, inner)
		f.sections = append(f.sections, header{typ, name, start, next})
		above, seen = layout{}, start
	}
}

// first is where the first line begins.
func (f *File) first() int {
	if strings.HasPrefix(f.text, bom) {
		return len(bom)
	}
	return 0
}

// end is where the body of a section ends.
func (f *File) end(i int) int {
	if i+1 < len(f.sections) {
		return f.sections[i+1].start
	}
	return len(f.text)
}

// inner is the text between the brackets, and what follows them.
func (f *File) inner(i int) (inner, rest string) {
	line, _ := cutLine(f.text, f.sections[i].start)
	inner, rest, _ = splitHeader(trim(line))
	return inner, rest
}

// pos counts the lines above an offset.
func (f *File) pos(offset int) Pos {
	return Pos{File: f.path, Line: 1 + strings.Count(f.text[:offset], "\n")}
}

// line is the line of a section's header.
func (f *File) line(i int) int {
	if x := f.index.Load(); x != nil {
		return x.lines[i]
	}
	return f.pos(f.sections[i].start).Line
}

// find returns the sections of this type and name, in the order of the file.
func (f *File) find(typ SectionType, name string) []int {
	found := f.named(typ, name)
	if len(found) == 0 {
		if plain, ok := unquoted(name); ok {
			return f.named(typ, plain)
		}
	}
	return found
}

func (f *File) named(typ SectionType, name string) []int {
	var found []int
	if f.lookups.Add(1) > lookupsBeforeIndex {
		x := f.indexed()
		i, ok := x.first[typ][name]
		for ; ok; i, ok = x.next[i], x.next[i] != 0 {
			found = append(found, int(i))
		}
		return found
	}
	for i := range f.sections {
		if s := &f.sections[i]; s.name == name && s.typ == typ {
			found = append(found, i)
		}
	}
	return found
}

func (f *File) indexed() *index {
	f.once.Do(func() {
		x := &index{next: make([]int32, len(f.sections)), lines: make([]int, len(f.sections))}
		x.first[ProfileSection] = make(map[string]int32, len(f.sections))
		x.first[SSOSessionSection] = map[string]int32{}
		x.first[ServicesSection] = map[string]int32{}
		// From the last to the first, so that each new one becomes the head of its chain.
		for i := len(f.sections) - 1; i >= 0; i-- {
			if s := &f.sections[i]; s.typ != otherSection {
				x.next[i] = x.first[s.typ][s.name]
				x.first[s.typ][s.name] = int32(i)
			}
		}
		line, counted := 1, 0
		for i, s := range f.sections {
			line += strings.Count(f.text[counted:s.start], "\n")
			x.lines[i], counted = line, s.start
		}
		f.index.Store(x)
	})
	return f.index.Load()
}

// names lists the names of a type, each once.
func (f *File) names(typ SectionType) []string {
	x := f.indexed()
	names := make([]string, 0, len(x.first[typ]))
	for i := range f.sections {
		s := &f.sections[i]
		if s.typ == typ && s.name != "" && x.first[typ][s.name] == int32(i) {
			names = append(names, s.name)
		}
	}
	return names
}

// section reads the one section of this type and name; nil if there is none.
func (f *File) section(typ SectionType, name string) (*Section, error) {
	found := f.find(typ, name)
	if len(found) == 0 {
		return nil, nil
	}
	if len(found) > 1 && !f.replaces(found) {
		return nil, f.twice(found[0], found[1])
	}
	i := found[len(found)-1]
	line := f.line(i)
	settings, faults := f.body(i, line)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	return newSection(f.sections[i].name, Pos{f.path, line}, settings), nil
}

// replaces says that these are one [default] and one [profile default]. They
// are one profile in two spellings; the AWS CLI takes the later one, and
// nothing of the other.
func (f *File) replaces(found []int) bool {
	return len(found) == 2 && f.sections[found[0]].name == "default" &&
		f.isBareDefault(found[0]) != f.isBareDefault(found[1])
}

func (f *File) isBareDefault(i int) bool {
	inner, _ := f.inner(i)
	return trim(inner) == "default"
}

func (f *File) twice(first, second int) *Error {
	s := f.sections[second]
	return &Error{
		Pos: Pos{f.path, f.line(second)},
		Msg: fmt.Sprintf("%s %q is defined twice, first on line %d", s.typ, s.name, f.line(first)),
	}
}
