package awsconf

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxLine is what other tools read: Go's bufio.Scanner gives up there, and so would a person.
	maxLine = 64 << 10
	// maxFaults bounds the complaints about one section; who pasted something else wants to hear it once.
	maxFaults = 20
)

// setting is a key with its value, as it stands in one file.
type setting struct {
	key   string // in lower case
	file  string
	parts []part // the first is on the key's own line
}

// part is one line of a value.
type part struct {
	text string // empty, and not the first: a blank line within the value
	at   int    // the offset of the line
	line int    // its number
}

func (s *setting) pos() Pos { return Pos{File: s.file, Line: s.parts[0].line} }

func (s *setting) text() string {
	if len(s.parts) == 1 {
		return s.parts[0].text
	}
	lines := make([]string, len(s.parts))
	for i, p := range s.parts {
		lines[i] = p.text
	}
	return strings.Join(lines, "\n")
}

// isNested says that the value is a list of indented settings.
func (s *setting) isNested() bool { return len(s.parts) > 1 && s.parts[0].text == "" }

// body reads the settings of a section, whose header is on the line of that number,
// and what is wrong with it.
func (f *File) body(i, number int) (settings []setting, faults []*Error) {
	var (
		above  layout
		blanks []part // that belong to the value if it goes on
		seen   = map[string]int{}
	)
	fault := func(line int, format string, args ...any) {
		faults = append(faults, &Error{Pos: Pos{f.path, line}, Msg: fmt.Sprintf(format, args...)})
	}
	for at, end := f.sections[i].start, f.end(i); at < end && len(faults) < maxFaults; number++ {
		line, next := cutLine(f.text, at)
		here := part{at: at, line: number}
		at = next
		kind, text := above.next(line)
		if msg := unreadable(line, kind); msg != "" {
			fault(number, "%s", msg)
		}
		here.text = text
		switch kind {
		case blankLine:
			if above.open {
				blanks = append(blanks, here)
			}
		case continuationLine:
			last := &settings[len(settings)-1]
			if header, ok := f.looksLikeHeader(text); ok {
				faults = append(faults, &Error{
					Pos:   Pos{f.path, number},
					Msg:   fmt.Sprintf("the indented header %s is read as part of the value of %q", header, last.key),
					Hint_: "remove the space before it",
				})
			}
			last.parts = append(append(last.parts, blanks...), here)
			blanks = nil
		case keyLine:
			blanks = nil
			key, value := cutKey(text)
			if first, twice := seen[key]; twice {
				fault(number, "%q is set twice, first on line %d", key, first)
			} else {
				seen[key] = number
			}
			here.text = value
			settings = append(settings, setting{key, f.path, []part{here}})
		case junkLine:
			blanks = nil
			fault(number, `line is neither "key = value" nor a comment`)
		}
	}
	return settings, append(faults, nestedFaults(settings)...)
}

// nestedFaults finds what the AWS CLI, which takes every value that begins
// below its key for nested settings, refuses in them.
func nestedFaults(settings []setting) (faults []*Error) {
	for i := range settings {
		s := &settings[i]
		if !s.isNested() {
			continue
		}
		for _, p := range s.parts[1:] {
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

// unreadable says why a line cannot be trusted to mean the same to all who read it. It never quotes the line: it may be a secret.
func unreadable(line string, kind lineKind) string {
	switch {
	case len(line) > maxLine:
		return "line is longer than 64 KiB"
	case strings.IndexByte(line, 0) >= 0:
		return "line contains a NUL byte"
	case strings.IndexByte(line, '\r') >= 0:
		return "line contains a carriage return, which the AWS CLI takes for the end of the line"
	case kind != commentLine && !utf8.ValidString(line):
		return "line is not valid UTF-8"
	}
	return ""
}

// cutKey splits at the first of the two signs, of which there is one.
func cutKey(text string) (key, value string) {
	sign := strings.IndexAny(text, "=:")
	return strings.ToLower(trimRight(text[:sign])), trimLeft(text[sign+1:])
}

// looksLikeHeader says that a person would take this continuation of a value for a header that means something.
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
