package awsconf

import (
	"strings"
	"unicode/utf8"
)

// editable reads the settings of a section without faults.
func (f *File) editable(i int) ([]setting, error) {
	settings, faults := f.settings(i)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	return settings, nil
}

// place returns where to add a key, after the last one, and its indentation, which is that of
// the last key. So the lines below keep their meaning.
func (f *File) place(i int, settings []setting) (indent string, at int) {
	if len(settings) > 0 {
		parts := settings[len(settings)-1].parts()
		_, at = cutLine(f.text, parts[len(parts)-1].at)
		return f.indent(parts[0].at), at
	}
	indent = f.indent(f.start(i))
	// With less indentation than the next header, the key would swallow that header into its
	// value.
	if i+1 < len(f.sections) {
		if next := f.indent(f.start(i + 1)); utf8.RuneCountInString(next) > utf8.RuneCountInString(indent) {
			indent = next
		}
	}
	return indent, f.below(i)
}

// replacement returns which bytes of a key's line are its value, and the text that replaces
// them.
func (f *File) replacement(at int, value string) (from, to int, text string) {
	line, _ := cutLine(f.text, at)
	sign := strings.IndexAny(line, "=:")
	after := line[sign+1:]
	old := trimLeft(after)
	from = at + len(line) - len(old)
	if after == "" && value != "" && strings.HasSuffix(line[:sign], " ") {
		value = " " + value // "key =" has a space before the sign, so this adds one after it
	}
	return from, from + len(trimRight(old)), value
}

// extent returns where a section ends for its removal: after its last setting, the comments
// next to that, and the blank lines after those. Comments next to the following header belong
// to that header.
func (f *File) extent(i int) int {
	limit := f.end(i)
	settled := f.below(i) // after the last line that is neither blank nor a comment
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

// indent returns the space at the beginning of a line.
func (f *File) indent(at int) string {
	line, _ := cutLine(f.text, at)
	return line[:len(line)-len(trimLeft(line))]
}

// lineEnd returns the line end of the file's first line.
func (f *File) lineEnd() string {
	if i := strings.IndexByte(f.text, '\n'); i > 0 && f.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
