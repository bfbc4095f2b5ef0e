package awsconf

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxLine is the longest line that other tools read: Go's bufio.Scanner stops there.
	maxLine = 64 << 10
	// maxFaults limits the messages about one section: if it is something else entirely, a few
	// are enough.
	maxFaults = 20
	// maxLines limits the work for a text that is no real section.
	maxLines = 100_000
	// manyKeys is the number of keys from which a map is faster.
	manyKeys = 16
)

// setting is a key with its value in one file.
type setting struct {
	key   string // in lower case
	file  string
	first part   // on the key's own line
	rest  []part // the lines below on which the value continues
}

// part is one line of a value.
type part struct {
	text string // empty, unless first: a blank line within the value
	at   int    // the offset of the line
	line int    // its number
}

func (s *setting) pos() Pos { return Pos{File: s.file, Line: s.first.line} }

func (s *setting) text() string {
	if len(s.rest) == 0 {
		return s.first.text
	}
	lines := make([]string, 0, 1+len(s.rest))
	for _, p := range s.parts() {
		lines = append(lines, p.text)
	}
	return strings.Join(lines, "\n")
}

// parts returns all lines of the value.
func (s *setting) parts() []part { return append([]part{s.first}, s.rest...) }

// isNested reports whether the value is a list of indented settings.
func (s *setting) isNested() bool { return len(s.rest) > 0 && s.first.text == "" }

// reader reads the body of a section.
type reader struct {
	file     *File
	above    layout
	settings []setting
	blank    part           // the first blank line, which belongs to the value if that continues
	blanks   []part         // the other blank lines, which are rare
	lines    map[string]int // of the settings that are indexed, once there are many
	known    int
	faults   []*Error
}

func (r *reader) fault(line int, hint, format string, args ...any) {
	r.faults = append(r.faults, &Error{Pos: Pos{r.file.path, line}, Msg: fmt.Sprintf(format, args...), Hint_: hint})
}

// body reads the settings of a section, and the faults in it. text begins with the line of the
// header, which is at offset base of the file and has that number.
func (f *File) body(text string, base, number int) ([]setting, []*Error) {
	r := reader{file: f, settings: make([]setting, 0, min(strings.Count(text, "\n"), manyKeys))}
	for at, first := 0, number; at < len(text) && len(r.faults) < maxFaults; number++ {
		if number-first > maxLines {
			r.fault(number, "", "section is longer than %d lines", maxLines)
			break
		}
		line, next := cutLine(text, at)
		r.line(line, part{at: base + at, line: number})
		at = next
	}
	return r.settings, append(r.faults, nestedFaults(r.settings)...)
}

func (r *reader) line(line string, here part) {
	kind, text := r.above.next(line)
	if msg := unreadable(line, kind); msg != "" {
		r.fault(here.line, "", "%s", msg)
	}
	switch kind {
	case blankLine:
		switch {
		case !r.above.open:
		case r.blank == (part{}):
			r.blank = here
		default:
			r.blanks = append(r.blanks, here)
		}
		return
	case continuationLine:
		last := &r.settings[len(r.settings)-1]
		if header, ok := r.file.looksLikeHeader(text); ok {
			r.fault(here.line, "remove the space before it", "the indented header %s is read as part of the value of %q", header, last.key)
		}
		if r.blank != (part{}) {
			last.rest = append(append(last.rest, r.blank), r.blanks...)
		}
		here.text = text
		last.rest = append(last.rest, here)
	case keyLine:
		key, value := cutKey(text)
		if first := r.find(key); first > 0 {
			r.fault(here.line, "", "%q is set twice, first on line %d", key, first)
		}
		here.text = value
		r.settings = append(r.settings, setting{key: key, file: r.file.path, first: here})
	case junkLine:
		r.fault(here.line, "", `line is neither "key = value" nor a comment`)
	default:
		return
	}
	r.blank, r.blanks = part{}, r.blanks[:0]
}

// find returns the line on which a key was first set, or 0.
func (r *reader) find(key string) int {
	if len(r.settings) < manyKeys {
		for i := range r.settings {
			if r.settings[i].key == key {
				return r.settings[i].first.line
			}
		}
		return 0
	}
	if r.lines == nil {
		r.lines = map[string]int{}
	}
	// Index the settings added since the last call. Of two with the same key, the first one
	// counts.
	for ; r.known < len(r.settings); r.known++ {
		s := &r.settings[r.known]
		if _, twice := r.lines[s.key]; !twice {
			r.lines[s.key] = s.first.line
		}
	}
	return r.lines[key]
}

// nestedFaults finds faults in nested settings. The AWS CLI takes every value that begins
// below its key for nested settings, and refuses these lines.
func nestedFaults(settings []setting) (faults []*Error) {
	for i := range settings {
		s := &settings[i]
		if !s.isNested() {
			continue
		}
		for _, p := range s.rest {
			if p.text != "" && !strings.Contains(p.text, "=") {
				faults = append(faults, &Error{
					Pos: Pos{s.file, p.line},
					Msg: fmt.Sprintf(`line below %q is not "key = value"`, s.key),
				})
			}
		}
	}
	return faults
}

// unreadable says why tools may read a line differently. It never quotes the line, which may
// contain a secret.
func unreadable(line string, kind lineKind) string {
	plain := true // true for nearly all lines
	for i := 0; i < len(line) && plain; i++ {
		plain = ' ' <= line[i] && line[i] < 0x80
	}
	switch {
	case len(line) > maxLine:
		return "line is longer than 64 KiB"
	case plain:
		return ""
	case strings.IndexByte(line, 0) >= 0:
		return "line contains a NUL byte"
	case strings.IndexByte(line, '\r') >= 0:
		return "line contains a carriage return, which the AWS CLI reads as the end of the line"
	case kind != commentLine && !utf8.ValidString(line):
		return "line is not valid UTF-8"
	}
	return ""
}

// cutKey splits at the first of the two signs. The text contains at least one.
func cutKey(text string) (key, value string) {
	sign := signIn(text)
	return strings.ToLower(trimRight(text[:sign])), trimLeft(text[sign+1:])
}

// looksLikeHeader reports whether a person would take this continuation of a value for a
// meaningful header.
func (f *File) looksLikeHeader(text string) (string, bool) {
	if text[0] != '[' {
		return "", false
	}
	inner, rest, ok := splitHeader(text)
	if !ok || !isComment(rest) {
		return "", false
	}
	typ, _ := declares(f.kind, inner)
	return "[" + inner + "]", typ != otherSection
}
