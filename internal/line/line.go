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

// mostMarks is the largest number of combining marks on a letter. Written languages need two
// or three; a pile of them would cover the lines above and below.
const mostMarks = 3

// Printable makes any text (a name, a path, a server's message) safe to print on a terminal as
// one line. Line ends, tabs and unusual blanks become a blank. A question mark replaces
// everything that could move the cursor, hide text or change the order of what is read.
// Printable trims blanks at both ends.
func Printable(s string) string {
	return strings.TrimSpace(Clean(strings.TrimSpace(s)))
}

// Clean is like Printable, but keeps blanks at the ends. It is for a part of a line, or for a
// text that is being typed.
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

// isPlain reports whether a text needs no change, which is fast for the usual text.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Word quotes a text as one word of a command line, for a hint that a person may paste into
// any shell. The result is the same word in bash, zsh, fish, PowerShell, nushell, xonsh and
// elvish, and code in none of them. A text with quotes of both kinds has no such spelling:
// Word replaces its single quotes by question marks, and the hint then names nothing that
// exists.
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
	if rest, cut := strings.CutSuffix(s, `\`); cut { // in fish and xonsh it would escape the quote
		s = rest + "?"
	}
	return "'" + s + "'"
}

// special reports whether some shell does not accept the character in an unquoted word.
func special(r rune) bool {
	if r >= unicode.MaxASCII {
		return endsSingle(r) || readInDouble(r)
	}
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_@%+=:./-", r))
}

// endsSingle reports whether a shell, at least PowerShell, takes the character for a single
// quote.
func endsSingle(r rune) bool { return r == '\'' || r >= '\u2018' && r <= '\u201b' }

// readInDouble reports whether some shell interprets the character between double quotes.
func readInDouble(r rune) bool {
	return strings.ContainsRune("$`\\\"!", r) || r >= '\u201c' && r <= '\u201e'
}

// Width returns the number of columns that a printable text takes.
func Width(s string) (n int) {
	if isPlain(s) {
		return len(s)
	}
	for _, r := range s {
		n += width(r)
	}
	return n
}

// width returns 2 for characters of East Asian scripts and emoji: Unicode's East_Asian_Width W
// and F, in whole blocks. Where that is wrong, a line is a little too short. Combining marks
// take no column.
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

// mark stands for the part that was cut out.
const mark = "…"

// Cut removes the middle of a text that is wider than width, because names differ at both
// ends.
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

// CutEnd removes the end of a text that is too wide.
func CutEnd(s string, width int) string {
	switch {
	case Width(s) <= width:
		return s
	case width < 1:
		return ""
	}
	return head(s, width-1) + mark
}

// CutStart removes the beginning of a text that is too wide, because paths and ARNs differ at
// their ends.
func CutStart(s string, width int) string {
	switch {
	case Width(s) <= width:
		return s
	case width < 1:
		return ""
	}
	return mark + tail(s, width-1)
}

// head returns the longest beginning that fits, with the combining marks of its last letter.
func head(s string, most int) string {
	for i, r := range s {
		if most -= width(r); most < 0 {
			return s[:i]
		}
	}
	return s
}

// tail returns the longest end that fits. It does not begin with a combining mark whose letter
// was cut off.
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

// mostQuoted is the length of a name that an error shows in full. Real paths and ARNs are
// shorter.
const mostQuoted = 300

// Quotes shortens very long texts that %q has quoted in a message, because such names come
// from files. The rest of the message stays whole: AWS puts codes there that a person has to
// copy.
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

// Wrap breaks a text between words into lines of at most width columns. The lines after the
// first begin with indent blanks. Blanks between words stay unless a line ends there, so a
// label in columns may stand at the beginning. A word that is too wide gets a line of its own
// and stays whole, so that a person can copy it. With a width of zero, the result is one line.
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

// Fill arranges words in lines like Wrap, after a label, with sep between the words of a line.
// A word may contain blanks.
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
