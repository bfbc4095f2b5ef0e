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

// The editor works on the text. Bytes that it does not have to change stay the same. It only
// writes what all AWS tools read alike, and refuses everything else. It does not touch a
// section that it cannot read without doubt. Positions in its errors have no file name: the
// caller that reads the file adds it.

// Header names a section in a file of one kind.
type Header struct {
	Kind Kind
	Type SectionType
	Name string
}

// KV is a key with its new value.
type KV struct{ Key, Value string }

// Edit describes the changes to one section.
type Edit struct {
	Header Header
	// Set gives keys new values. A missing key is added after the section's last key, and a
	// missing section at the end of the file. A value on several lines becomes one line.
	Set []KV
	// Unset removes keys with their whole values. It ignores keys that do not exist.
	Unset []string
	// DropEmpty removes the section if it has no settings left.
	DropEmpty bool
	// New refuses a section that exists already.
	New bool
	// Drop removes the section: its header, its settings and the comments among them. Separate
	// comments and comments above the next header stay.
	Drop bool
	// Mark is a comment below the header of a section that Apply creates. It says who wrote
	// the section, such as "sso sync my-sso". [File.Marked] finds it again.
	Mark string
}

// Apply makes all edits or none. They must be for sections of one file. It creates a missing
// section, unless the edit only removes something. It needs one pass, so thousands of edits
// take no longer than reading the file.
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

// SetKeys sets keys of a section, see [Edit].
func SetKeys(data []byte, h Header, kv []KV) ([]byte, error) {
	return Apply(data, []Edit{{Header: h, Set: kv}})
}

// RemoveKey removes a key with its whole value. It changes nothing if the key does not exist.
func RemoveKey(data []byte, h Header, key string) ([]byte, error) {
	return Apply(data, []Edit{{Header: h, Unset: []string{key}}})
}

// Marked lists the sections with that mark between the header and the first setting, in the
// order of the file. A section that a person wrote, or from which a person removed the
// comment, is not in the list.
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

// check refuses an edit that no file allows.
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

// patch collects the changes to a file.
type patch struct {
	file    *File
	cuts    []cut
	touched map[int]bool // sections that have been edited
	dropped map[int]bool // the edited sections that are removed
	created map[Header]bool
	tail    []Edit // the new sections
}

// cut replaces bytes with text, or with whole lines.
type cut struct {
	from, to int
	text     string
	lines    []string
}

func (p *patch) edit(e Edit) error {
	f := p.file
	// Only the plain name counts: for botocore, \default and "default" are different names,
	// although a header in that form declares the profile default.
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

// without removes the lines of a value. Blank lines and comments among them do not belong to
// the value, and stay.
func (p *patch) without(parts []part) {
	for _, part := range parts {
		if line, next := cutLine(p.file.text, part.at); trim(line) != "" {
			p.cuts = append(p.cuts, cut{from: part.at, to: next})
		}
	}
}

// apply returns the new text.
func (p *patch) apply() ([]byte, error) {
	f, eol := p.file, p.file.lineEnd()
	p.drop()
	// Sort by position. At the same position, insertions come before removals.
	slices.SortStableFunc(p.cuts, func(a, b cut) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	out := make([]byte, 0, len(f.text)+256*len(p.tail))
	kept := 0
	for _, c := range p.cuts {
		out = append(out, f.text[kept:max(kept, c.from)]...)
		kept = max(kept, c.to)
		out = append(out, c.text...)
		// If the file's last line has no line end, the new last line gets none either.
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

// drop removes the dropped sections. At the end of the file, it also removes the blank line
// before them.
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

// verify refuses a result whose sections differ from the expected ones. For example, an
// indented header below a dropped section could become part of the value above.
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

// endLine ends a line that has no line end, or only the first half of one.
func endLine(out []byte, eol string) []byte {
	if bytes.HasSuffix(out, []byte("\r")) {
		eol = "\n"
	}
	return append(out, eol...)
}

// append adds the section at the end of a text, after a blank line.
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
