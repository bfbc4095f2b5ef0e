// Package line prepares text for a terminal: safe to print, cut or wrapped to a width, and
// in columns. It is pure.
//
// It does not know the terminal, its width or its colours, and writes nothing. Measure a
// text before you add escape sequences to it.
package line

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostMarks is how many combining marks a letter may carry. Written languages
// need two or three; a pile of them covers the lines above and below.
const mostMarks = 3

// Printable makes a text that may hold anything (a name, a path, what a server
// said) safe to print on a terminal, as one line: line ends, tabs and unusual
// blanks become a blank, and a question mark stands for all that could move the
// cursor, hide, or change the order of what is read. Blanks around it are gone.
func Printable(s string) string {
	return strings.TrimSpace(Clean(strings.TrimSpace(s)))
}

// Clean is Printable for a text whose blanks at the ends matter, such as a part
// of a line, or what is being typed.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	marks := 0
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == '\n' || r == '\t' || r == '\r' || unicode.Is(unicode.Zs, r):
			return ' '
		case r == utf8.RuneError, !unicode.IsPrint(r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), marks > mostMarks:
			return '?'
		}
		return r
	}, s)
}

// isPlain: the usual text costs no more than a look at it.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Word spells a text as one word of a command line, for a hint that a person may paste
// into any shell: the same word in bash, zsh, fish, PowerShell, nushell, xonsh and elvish,
// and code in none. A text for which there is no such spelling, because it has quotes of
// both kinds, gets a question mark in place of the single ones: then the hint names
// nothing that is there.
func Word(s string) string {
	s = Printable(s)
	if s != "" && !strings.ContainsFunc(s, special) {
		return s
	}
	single := strings.ContainsFunc(s, endsSingle)
	switch {
	case (single || strings.ContainsAny(s, "&|<>^")) && !strings.ContainsFunc(s, readInDouble): // cmd.exe knows double quotes only
		return `"` + s + `"`
	case single:
		s = strings.Map(func(r rune) rune {
			if endsSingle(r) {
				return '?'
			}
			return r
		}, s)
	}
	if rest, cut := strings.CutSuffix(s, `\`); cut { // in fish and xonsh it would hide the quote
		s = rest + "?"
	}
	return "'" + s + "'"
}

// special: some shell would not take a word with it as it is.
func special(r rune) bool {
	if r >= unicode.MaxASCII {
		return endsSingle(r) || readInDouble(r)
	}
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_@%+=:./-", r))
}

// endsSingle: a single quote, in PowerShell's eyes at least.
func endsSingle(r rune) bool { return r == '\'' || r >= '\u2018' && r <= '\u201b' }

// readInDouble: some shell does not take it as it is between double quotes.
func readInDouble(r rune) bool {
	return strings.ContainsRune("$`\\\"!", r) || r >= '\u201c' && r <= '\u201e'
}

// Width is how many columns a printable text takes.
func Width(s string) (n int) {
	if isPlain(s) {
		return len(s)
	}
	for _, r := range s {
		n += width(r)
	}
	return n
}

// width is 2 for what East Asian scripts and emoji take: Unicode's
// East_Asian_Width W and F, in whole blocks. Where it is wrong, a line is a
// little too short. Combining marks take no column.
func width(r rune) int {
	switch {
	case r < 0x300:
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Cf, r):
		return 0
	case r < 0x1100:
	case r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f,
		r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// mark stands for what was cut out.
const mark = "…"

// Cut leaves out the middle of a text that is wider than width: names differ at
// both ends.
func Cut(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width < 6 {
		return CutEnd(s, width)
	}
	first := head(s, (width-1)/2)
	return first + mark + tail(s, width-1-Width(first))
}

// CutEnd leaves out the end of a text that is too wide.
func CutEnd(s string, width int) string {
	switch {
	case Width(s) <= width:
		return s
	case width < 1:
		return ""
	}
	return head(s, width-1) + mark
}

// CutStart leaves out the beginning of a text that is too wide: paths and ARNs
// differ at their ends.
func CutStart(s string, width int) string {
	switch {
	case Width(s) <= width:
		return s
	case width < 1:
		return ""
	}
	return mark + tail(s, width-1)
}

// head is the longest beginning that is no wider, with the marks of its last letter.
func head(s string, most int) string {
	for i, r := range s {
		if most -= width(r); most < 0 {
			return s[:i]
		}
	}
	return s
}

// tail is the longest end that is no wider, and does not begin with a mark whose
// letter is missing.
func tail(s string, most int) string {
	from := len(s)
	for i := len(s); i > 0; {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		i -= n
		if most -= width(r); most < 0 {
			break
		}
		if width(r) > 0 {
			from = i
		}
	}
	return s[from:]
}

// mostQuoted is how much of a name an error shows. No path and no ARN of a person's
// is longer.
const mostQuoted = 300

// Quotes cuts what stands in quotes in a message, by %q, if it is very long: names
// come from files. The rest of the message stays whole: AWS puts codes there that a
// person has to copy.
func Quotes(text string) string {
	if len(text) <= mostQuoted {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, `"`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(rest))
		b.WriteString(`"` + Cut(rest[:end], mostQuoted))
		if text = rest[end:]; text != "" {
			b.WriteString(`"`)
			text = text[1:]
		}
	}
}

// Pad adds blanks to a text up to width.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-Width(s), 0))
}

// Wrap breaks a text between words into lines of at most width columns. The lines
// after the first begin with indent blanks. Blanks between words stay as they
// are where no line ends, so that a label in columns may stand at the beginning.
// A word that is too wide has a line of its own, whole: it can be copied. With a
// width of zero there is one line.
func Wrap(text string, width, indent int) string {
	var b strings.Builder
	at, begun := 0, false // the column, and whether the line has a word
	for text = strings.TrimRight(text, " \n"); text != ""; {
		word := strings.TrimLeft(text, " \n")
		gap := len(text) - len(word)
		end := strings.IndexAny(word, " \n")
		if end < 0 {
			end = len(word)
		}
		word, text = word[:end], word[end:]
		if n := Width(word); width > 0 && begun && at+gap+n > width {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent + n
		} else {
			b.WriteString(strings.Repeat(" ", gap))
			at += gap + n
		}
		b.WriteString(word)
		begun = true
	}
	return b.String()
}

// Fill puts words in lines as Wrap does, after a label, with sep between two of a
// line. A word may have blanks in it.
func Fill(label string, words []string, sep string, width, indent int) string {
	var b strings.Builder
	b.WriteString(label)
	at := Width(label)
	for i, word := range words {
		n := Width(word)
		switch {
		case i == 0:
			at += n
		case width > 0 && at+Width(sep)+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent + n
		default:
			b.WriteString(sep)
			at += Width(sep) + n
		}
		b.WriteString(word)
	}
	return b.String()
}
