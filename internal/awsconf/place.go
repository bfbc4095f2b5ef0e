package awsconf

import (
	"strings"
	"unicode/utf8"
)

// editable reads the settings of a section that is without fault.
func (f *File) editable(i int) ([]setting, error) {
	settings, faults := f.settings(i)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	return settings, nil
}

// place tells where a new key goes, below the last one, and how deep, as deep as that: so what is below still means what it meant.
func (f *File) place(i int, settings []setting) (indent string, at int) {
	if len(settings) > 0 {
		parts := settings[len(settings)-1].parts()
		_, at = cutLine(f.text, parts[len(parts)-1].at)
		return f.indent(parts[0].at), at
	}
	indent = f.indent(f.start(i))
	// A key that is less deep than the next header would make that a part of its value.
	if i+1 < len(f.sections) {
		if next := f.indent(f.start(i + 1)); utf8.RuneCountInString(next) > utf8.RuneCountInString(indent) {
			indent = next
		}
	}
	return indent, f.below(i)
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

// extent is where a section ends when it is removed: below its last setting,
// the comments that adjoin it, and the blank lines after those. Comments that
// adjoin the next header are that one's.
func (f *File) extent(i int) int {
	limit := f.end(i)
	settled := f.below(i) // below the last line that is neither blank nor a comment
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
