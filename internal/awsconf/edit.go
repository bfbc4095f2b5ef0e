package awsconf

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The editor works on the text: what it is not asked to change stays, byte for
// byte. What it writes itself is only what all AWS tools read alike, and it
// refuses the rest. Of a section that it cannot read without doubt it touches
// nothing. Positions in its errors have no file: who reads the file fills it in.

// Header names a section in a file of one kind.
type Header struct {
	Kind Kind
	Type SectionType
	Name string
}

// KV is a key with the value to give it.
type KV struct{ Key, Value string }

// Edit is what to do with one section.
type Edit struct {
	Header Header
	// Set gives keys new values, and creates what is missing: a key after the
	// section's last, a section at the end of the file. A value that went on over
	// several lines becomes one line.
	Set []KV
	// Unset removes keys, each with all of its value. What is not there is gone already.
	Unset []string
	// DropEmpty removes the section if no setting is left in it.
	DropEmpty bool
	// New refuses a section that is there already.
	New bool
	// Drop removes the section: its header, its settings and the comments among
	// them. Comments that stand apart, or above the next header, stay.
	Drop bool
	// Mark says, in a comment below the header of a section that Apply creates,
	// who wrote it: "sso sync my-sso". [File.Marked] finds it again.
	Mark string
}

// Apply makes all the edits, which are for sections of one file, or none of
// them. A section that is missing is created, unless there is only something to
// remove. It takes one pass: thousands of edits cost no more than reading the file.
func Apply(data []byte, edits []Edit) ([]byte, error) {
	if len(edits) == 0 {
		return data, nil
	}
	for _, e := range edits {
		if err := e.check(edits[0].Header.Kind); err != nil {
			return nil, err
		}
	}
	f, err := Parse("", edits[0].Header.Kind, data)
	if err != nil {
		return nil, err
	}
	p := &patch{file: f, touched: map[int]bool{}, dropped: map[int]bool{}, created: map[Header]bool{}}
	for _, e := range edits {
		if err := p.edit(e); err != nil {
			return nil, err
		}
	}
	return p.apply()
}

// SetKeys sets keys of a section; see [Edit].
func SetKeys(data []byte, h Header, kv []KV) ([]byte, error) {
	return Apply(data, []Edit{{Header: h, Set: kv}})
}

// RemoveKey removes a key with all of its value; nothing changes if it is not there.
func RemoveKey(data []byte, h Header, key string) ([]byte, error) {
	return Apply(data, []Edit{{Header: h, Unset: []string{key}}})
}

// Marked lists the sections that were created with a mark, in the order of the
// file: those with the comment between the header and the first setting. What a
// person wrote, or took the comment out of, is not among them.
func (f *File) Marked(mark string) []Header {
	want := markText(mark)
	var marked []Header
	f, err := f.loaded()
	if err != nil {
		return nil
	}
	for i, s := range f.sections {
		for at, end := f.below(i), f.end(i); at < end; {
			line, next := cutLine(f.text, at)
			at = next
			if text := trim(line); text == want {
				marked = append(marked, Header{f.kind, s.typ, f.name(i)})
				break
			} else if text != "" && text[0] != '#' && text[0] != ';' {
				break
			}
		}
	}
	return marked
}

func markText(mark string) string { return "# vault: " + mark }

// check refuses an edit that could not be made to any file.
func (e Edit) check(kind Kind) error {
	if e.Header.Kind != kind {
		return fmt.Errorf("cannot edit %s %q: it belongs in the other file", e.Header.Type, e.Header.Name)
	}
	if e.Drop && (e.New || len(e.Set) > 0 || len(e.Unset) > 0) {
		return fmt.Errorf("cannot edit %s %q: it is to be removed", e.Header.Type, e.Header.Name)
	}
	if err := checkPairs(e.Set); err != nil {
		return err
	}
	for _, p := range e.Set {
		if e.unsets(p.Key) {
			return fmt.Errorf("cannot write key %q: it is to be removed", p.Key)
		}
	}
	if unwritable(e.Mark) != "" {
		return fmt.Errorf("cannot write the mark %q", e.Mark)
	}
	return nil
}

func (e Edit) unsets(key string) bool {
	return slices.ContainsFunc(e.Unset, func(k string) bool { return strings.ToLower(k) == key })
}

// patch collects what becomes of a file.
type patch struct {
	file    *File
	cuts    []cut
	touched map[int]bool // sections that have been edited
	dropped map[int]bool // of those, the ones that go
	created map[Header]bool
	tail    []Edit // of the sections that come
}

// cut replaces bytes by text, or by whole lines.
type cut struct {
	from, to int
	text     string
	lines    []string
}

func (p *patch) edit(e Edit) error {
	f := p.file
	// By its name alone: to botocore \default and "default" are other names than
	// default, although a header that spells them so declares that.
	found := f.named(e.Header.Type, e.Header.Name)
	if found.count == 0 {
		if e.Drop || len(e.Set) == 0 && len(e.Unset) > 0 {
			return nil
		}
		return p.create(e)
	}
	i := found.first
	switch {
	case e.New:
		return &Error{Pos: Pos{Line: f.line(i)}, Msg: fmt.Sprintf("%s %q exists already", e.Header.Type, e.Header.Name)}
	case found.count > 1:
		return f.twice(i, found.second)
	case p.touched[i]:
		return fmt.Errorf("cannot edit %s %q: it is given twice", e.Header.Type, e.Header.Name)
	}
	p.touched[i] = true
	if e.Drop {
		p.dropped[i] = true
		return nil
	}
	return p.change(i, e)
}

func (p *patch) create(e Edit) error {
	if err := e.Header.Check(); err != nil {
		return err
	}
	if p.created[e.Header] {
		return fmt.Errorf("cannot write %s %q: it is given twice", e.Header.Type, e.Header.Name)
	}
	p.created[e.Header] = true
	p.tail = append(p.tail, e)
	return nil
}

func (p *patch) change(i int, e Edit) error {
	f := p.file
	settings, err := f.editable(i)
	if err != nil {
		return err
	}
	set := map[string]string{}
	for _, pair := range e.Set {
		set[pair.Key] = pair.Value
	}
	left := len(settings)
	for n := range settings {
		s := &settings[n]
		value, ok := set[s.key]
		switch {
		case ok:
			from, to, text := f.replacement(s.first.at, value)
			p.cuts = append(p.cuts, cut{from: from, to: to, text: text})
			p.without(s.rest)
			delete(set, s.key)
		case e.unsets(s.key):
			p.without(s.parts())
			left--
		}
	}
	if e.DropEmpty && left+len(set) == 0 {
		p.dropped[i] = true
		return nil
	}
	if len(set) == 0 {
		return nil
	}
	indent, at := f.place(i, settings)
	fresh := cut{from: at, to: at}
	for _, pair := range e.Set {
		if _, ok := set[pair.Key]; ok {
			fresh.lines = append(fresh.lines, indent+pair.text())
		}
	}
	p.cuts = append(p.cuts, fresh)
	return nil
}

// without takes the lines of a value away. Blank lines and comments among them are not the value's, and stay.
func (p *patch) without(parts []part) {
	for _, part := range parts {
		if line, next := cutLine(p.file.text, part.at); trim(line) != "" {
			p.cuts = append(p.cuts, cut{from: part.at, to: next})
		}
	}
}

// apply gives the new text.
func (p *patch) apply() ([]byte, error) {
	f, eol := p.file, p.file.lineEnd()
	p.drop()
	// By position; at the same one, what is put in comes before what is taken out.
	slices.SortStableFunc(p.cuts, func(a, b cut) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	out := make([]byte, 0, len(f.text)+256*len(p.tail))
	kept := 0
	for _, c := range p.cuts {
		out = append(out, f.text[kept:max(kept, c.from)]...)
		kept = max(kept, c.to)
		out = append(out, c.text...)
		// The file's last line may have no end, and then the new last line has none.
		ended := bytes.HasSuffix(out, []byte("\n"))
		for _, line := range c.lines {
			if ended {
				out = append(append(out, line...), eol...)
			} else {
				out = append(endLine(out, eol), line...)
			}
		}
	}
	out = append(out, f.text[kept:]...)
	for _, e := range p.tail {
		out = e.append(out, eol)
	}
	if err := p.verify(out); err != nil {
		return nil, err
	}
	return out, nil
}

// drop takes away the sections that go, and, at the end of the file, the blank
// line that set them apart.
func (p *patch) drop() {
	f, end := p.file, len(p.file.text)
	for i := len(f.sections) - 1; i >= 0; i-- {
		if !p.dropped[i] {
			continue
		}
		from, to := f.start(i), f.extent(i)
		p.cuts = append(p.cuts, cut{from: from, to: to})
		if to == end {
			end = from
		}
	}
	if end == len(f.text) {
		return
	}
	for _, blank := range []string{"\r\n", "\n"} {
		if strings.HasSuffix(f.text[:end], "\n"+blank) {
			p.cuts = append(p.cuts, cut{from: end - len(blank), to: end})
			return
		}
	}
}

// verify refuses a text whose sections are not those that were meant: where the
// header below a section that goes is indented, it could become a part of the
// value above.
func (p *patch) verify(text []byte) error {
	f := p.file
	after, err := Parse("", f.kind, text)
	if err == nil {
		n, gone := 0, -1
		for i, s := range f.sections {
			if p.dropped[i] {
				gone = i
				continue
			}
			if n >= len(after.sections) || !after.is(n, s.typ, f.name(i)) {
				return p.swallowed(gone)
			}
			if p.touched[i] {
				if _, err := after.editable(n); err != nil {
					return fmt.Errorf("cannot edit %s %q: it could not be read afterwards: %w", s.typ, f.name(i), err)
				}
			}
			n++
		}
		if len(after.sections) == n+len(p.tail) {
			return nil
		}
	}
	return p.swallowed(slices.Max(append(slices.Collect(maps.Keys(p.dropped)), -1)))
}

func (p *patch) swallowed(i int) error {
	if i < 0 {
		return errors.New("cannot edit this file: its sections would not be the same")
	}
	return &Error{
		Pos: Pos{Line: p.file.line(i)},
		Msg: fmt.Sprintf("cannot remove %s %q: the indented header below it would become a part of the section above", p.file.sections[i].typ, p.file.name(i)),
	}
}

// endLine ends a line that has no end, or only the first half of one.
func endLine(out []byte, eol string) []byte {
	if bytes.HasSuffix(out, []byte("\r")) {
		eol = "\n"
	}
	return append(out, eol...)
}

// append adds the section to a text, below its last line and set apart by a blank one.
func (e Edit) append(out []byte, eol string) []byte {
	if len(out) > 0 && string(out) != bom {
		if !bytes.HasSuffix(out, []byte("\n")) {
			out = endLine(out, eol)
		}
		if !bytes.HasSuffix(out, []byte("\n\n")) && !bytes.HasSuffix(out, []byte("\n\r\n")) {
			out = append(out, eol...)
		}
	}
	lines := []string{e.Header.text()}
	if e.Mark != "" {
		lines = append(lines, markText(e.Mark))
	}
	for _, pair := range e.Set {
		lines = append(lines, pair.text())
	}
	for _, line := range lines {
		out = append(append(out, line...), eol...)
	}
	return out
}
