package awsconf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The editor works on the text: what it is not asked to change stays, byte for
// byte. What it writes itself is only what all AWS tools read alike, and it
// refuses the rest. Of a section that it cannot read without doubt it touches
// nothing. Positions in its errors have no file; [UpdateFile] fills it in.

// Header names a section in a file of one kind.
type Header struct {
	Kind Kind
	Type SectionType
	Name string
}

// KV is a key with the value to give it.
type KV struct{ Key, Value string }

// SetKeys gives keys of a section new values, and creates what is missing: a
// key after the section's last, a section at the end of the file. A value that
// went on over several lines becomes one line.
func SetKeys(data []byte, h Header, kv []KV) ([]byte, error) {
	if err := checkPairs(kv); err != nil {
		return nil, err
	}
	f, i, err := locate(data, h)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return f.withSection(h, kv)
	}
	for _, pair := range kv {
		text, err := f.set(i, pair)
		if err != nil {
			return nil, err
		}
		if f, err = Parse("", h.Kind, []byte(text)); err != nil {
			return nil, err
		}
	}
	return []byte(f.text), nil
}

// AddSection adds a section at the end of the file; it is an *[Error] if there is one already.
func AddSection(data []byte, h Header, kv []KV) ([]byte, error) {
	if err := checkPairs(kv); err != nil {
		return nil, err
	}
	f, i, err := locate(data, h)
	if err != nil {
		return nil, err
	}
	if i >= 0 {
		return nil, &Error{Pos: Pos{Line: f.line(i)}, Msg: fmt.Sprintf("%s %q exists already", h.Type, h.Name)}
	}
	return f.withSection(h, kv)
}

// RemoveKey removes a key with all of its value; nothing changes if it is not there.
func RemoveKey(data []byte, h Header, key string) ([]byte, error) {
	f, i, err := locate(data, h)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return data, nil
	}
	settings, err := f.editable(i)
	if err != nil {
		return nil, err
	}
	for _, s := range settings {
		if s.key == strings.ToLower(key) {
			return []byte(f.without(s.parts)), nil
		}
	}
	return data, nil
}

// RemoveSection removes a header, its settings and the comments among them;
// nothing changes if it is not there. Comments that stand apart, or above the
// next header, stay.
func RemoveSection(data []byte, h Header) ([]byte, error) {
	f, i, err := locate(data, h)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return data, nil
	}
	start, end := f.sections[i].start, f.extent(i)
	if end == len(f.text) { // the blank line above was there to set it apart
		for _, blank := range []string{"\r\n", "\n"} {
			if strings.HasSuffix(f.text[:start], "\n"+blank) {
				start -= len(blank)
				break
			}
		}
	}
	text := f.text[:start] + f.text[end:]
	rest, err := Parse("", h.Kind, []byte(text))
	if err != nil || len(rest.sections) != len(f.sections)-1 {
		return nil, &Error{
			Pos: Pos{Line: f.line(i)},
			Msg: fmt.Sprintf("cannot remove %s %q: the indented header below it would become a part of the section above", h.Type, h.Name),
		}
	}
	return []byte(text), nil
}

// locate finds the one section of this name; -1 if there is none.
func locate(data []byte, h Header) (*File, int, error) {
	f, err := Parse("", h.Kind, data)
	if err != nil {
		return nil, 0, err
	}
	found := f.find(h.Type, h.Name)
	switch len(found) {
	case 0:
		return f, -1, nil
	case 1:
		return f, found[0], nil
	default:
		return nil, 0, f.twice(found[0], found[1])
	}
}

// editable reads the settings of a section that is without fault.
func (f *File) editable(i int) ([]setting, error) {
	settings, faults := f.body(i, f.line(i))
	if len(faults) > 0 {
		return nil, faults[0]
	}
	return settings, nil
}

// set gives the text in which one key of a section has a new value.
func (f *File) set(i int, pair KV) (string, error) {
	settings, err := f.editable(i)
	if err != nil {
		return "", err
	}
	for _, s := range settings {
		if s.key == pair.Key {
			from, to, value := f.replacement(s.parts[0].at, pair.Value)
			text := f.without(s.parts[1:]) // which are all below
			return text[:from] + value + text[to:], nil
		}
	}
	return f.insert(i, settings, pair), nil
}

// insert adds a key below the last one, as deep as that: so what is below still means what it meant.
func (f *File) insert(i int, settings []setting, pair KV) string {
	indent, at := "", 0
	if len(settings) > 0 {
		parts := settings[len(settings)-1].parts
		indent = f.indent(parts[0].at)
		_, at = cutLine(f.text, parts[len(parts)-1].at)
	} else {
		indent, at = f.indent(f.sections[i].start), f.sections[i].body
		// A key that is less deep than the next header would make that a part of its value.
		if i+1 < len(f.sections) {
			if next := f.indent(f.sections[i+1].start); utf8.RuneCountInString(next) > utf8.RuneCountInString(indent) {
				indent = next
			}
		}
	}
	line := indent + pair.text()
	if strings.HasSuffix(f.text[:at], "\n") {
		line += f.lineEnd()
	} else {
		line = f.lineEnd() + line // the file's last line has no end, and so has the new one
	}
	return f.text[:at] + line + f.text[at:]
}

// replacement tells which bytes of a key's line are its value, and what to put in their place.
func (f *File) replacement(at int, value string) (from, to int, text string) {
	line, _ := cutLine(f.text, at)
	sign := strings.IndexAny(line, "=:")
	after := line[sign+1:]
	old := trimLeft(after)
	from = at + len(line) - len(old)
	if after == "" && value != "" && strings.HasSuffix(line[:sign], " ") {
		value = " " + value // "key =" has space on the one side, and gets it on the other
	}
	return from, from + len(trimRight(old)), value
}

// without is the text without the lines of a value. Blank lines and comments among them are not the value's, and stay.
func (f *File) without(parts []part) string {
	var b strings.Builder
	kept := 0
	for _, p := range parts {
		if line, next := cutLine(f.text, p.at); trim(line) != "" {
			b.WriteString(f.text[kept:p.at])
			kept = next
		}
	}
	b.WriteString(f.text[kept:])
	return b.String()
}

// withSection is the text with a section more below its last line, set apart by a blank line.
func (f *File) withSection(h Header, kv []KV) ([]byte, error) {
	header, err := h.text()
	if err != nil {
		return nil, err
	}
	eol := f.lineEnd()
	text := f.text
	if text[f.first():] != "" {
		if !strings.HasSuffix(text, "\n") {
			text += eol
		}
		if !strings.HasSuffix(text, "\n\n") && !strings.HasSuffix(text, "\n\r\n") {
			text += eol
		}
	}
	text += header + eol
	for _, pair := range kv {
		text += pair.text() + eol
	}
	return []byte(text), nil
}

// extent is where a section ends that is to be removed: below its last setting,
// the comments that adjoin it, and the blank lines after those. Comments that
// adjoin the next header are that one's.
func (f *File) extent(i int) int {
	limit := f.end(i)
	settled := f.sections[i].body // below the last line that is neither blank nor a comment
	for at := settled; at < limit; {
		line, next := cutLine(f.text, at)
		if text := trim(line); text != "" && text[0] != '#' && text[0] != ';' {
			settled = next
		}
		at = next
	}
	end, blank := settled, false
	for end < limit {
		line, next := cutLine(f.text, end)
		if isBlank := trim(line) == ""; isBlank {
			blank = true
		} else if blank {
			return end
		}
		end = next
	}
	if blank || limit == len(f.text) {
		return end
	}
	return settled
}

// indent is the space at the beginning of a line.
func (f *File) indent(at int) string {
	line, _ := cutLine(f.text, at)
	return line[:len(line)-len(trimLeft(line))]
}

// lineEnd is how the file's first line ends.
func (f *File) lineEnd() string {
	if i := strings.IndexByte(f.text, '\n'); i > 0 && f.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// text spells the header: as the AWS CLI does, in single quotes if the name has a space.
func (h Header) text() (string, error) {
	if err := h.check(); err != nil {
		return "", err
	}
	name := h.Name
	if h.Kind == ConfigFile && (h.Type != ProfileSection || name != "default") {
		if strings.Contains(name, " ") {
			name = "'" + name + "'"
		}
		name = h.Type.String() + " " + name
	}
	return "[" + name + "]", nil
}

// check refuses names that not every AWS tool reads as they are written.
func (h Header) check() error {
	refuse := func(why string) error { return fmt.Errorf("cannot write %s %q: %s", h.Type, h.Name, why) }
	switch name := h.Name; {
	case name == "":
		return refuse("it has no name")
	case name != trim(name):
		return refuse("the name has space at its ends")
	case !utf8.ValidString(name):
		return refuse("the name is not valid UTF-8")
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || r != ' ' && isSpace(r) }):
		return refuse("the name has a control character or an unusual space")
	case strings.ContainsAny(name, "[]\"'\\#;"):
		return refuse(`the name has one of [ ] " ' \ # ;`)
	case h.Type >= otherSection, h.Kind == CredentialsFile && h.Type != ProfileSection:
		return refuse("this file has no such section")
	}
	if h.Kind == CredentialsFile {
		if typ, _ := declares(CredentialsFile, h.Name); typ == otherSection {
			return fmt.Errorf("cannot write %s %q: the AWS CLI would copy its settings into every section", h.Type, h.Name)
		}
		if typ, _ := declares(ConfigFile, h.Name); typ != otherSection && h.Name != "default" {
			return fmt.Errorf("cannot write %s %q: in the credentials file the name stands alone", h.Type, h.Name)
		}
	}
	return nil
}

// text spells a setting as the AWS CLI does.
func (p KV) text() string { return strings.TrimSuffix(p.Key+" = "+p.Value, " ") }

// checkPairs refuses what not every AWS tool would read as it is given. It does not quote values: one may be a secret.
func checkPairs(kv []KV) error {
	seen := map[string]bool{}
	for _, p := range kv {
		if !isKey(p.Key) {
			return fmt.Errorf("cannot write key %q: a key consists of a-z, 0-9, _ and -", p.Key)
		}
		if seen[p.Key] {
			return fmt.Errorf("cannot write key %q: it is given twice", p.Key)
		}
		seen[p.Key] = true
		if why := unwritable(p.Value); why != "" {
			return fmt.Errorf("cannot write the value of %q: it has %s", p.Key, why)
		}
	}
	return nil
}

func isKey(key string) bool {
	for i := range len(key) {
		c := key[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return key != ""
}

// unwritable names the thing in a value that does not survive all readers; empty if there is none.
func unwritable(value string) string {
	switch {
	case value != trim(value):
		return "space at its ends"
	case !utf8.ValidString(value):
		return "bytes that are not UTF-8"
	case strings.ContainsFunc(value, unicode.IsControl):
		return "a line break or another control character"
	case len(value) > maxLine/2:
		return "more than 32 KiB"
	}
	if why := unportable(value); why != "" {
		return why + ", which AWS tools do not read alike"
	}
	return ""
}
