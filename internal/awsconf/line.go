package awsconf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A line of an AWS file has the kind that Python's configparser gives it:
//
//	blank         only space; between the lines of a value it belongs to the value
//	# or ;        a comment, at any depth; never after a value on the same line
//	deeper        a line with more indentation than the key above continues that key's value,
//	              even if it looks like a header
//	[             a header
//	key = value   or key: value; the first of the two signs counts
//
// Anything else is junk, and makes the AWS CLI refuse the whole file.
type lineKind uint8

const (
	blankLine lineKind = iota
	commentLine
	continuationLine
	headerLine
	keyLine
	junkLine
)

// layout is the state after the lines above. The zero value is the start of a file.
type layout struct {
	indent int  // of the last header, key or junk line, in characters
	open   bool // there is a key above, so a deeper line belongs to its value
}

// next classifies a line without its line end. It returns the text without the space around
// it.
func (l *layout) next(line string) (lineKind, string) {
	text := trimLeft(line)
	depth := 0
	if len(text) < len(line) {
		depth = utf8.RuneCountInString(line[:len(line)-len(text)])
	}
	text = trimRight(text)
	switch {
	case text == "":
		return blankLine, text
	case text[0] == '#' || text[0] == ';':
		return commentLine, text
	case l.open && depth > l.indent:
		return continuationLine, text
	}
	l.indent = depth
	if text[0] == '[' {
		l.open = false
		return headerLine, text
	}
	sign := signIn(text)
	if sign < 0 {
		return junkLine, text // configparser keeps the key above open
	}
	l.open = sign > 0
	if !l.open {
		return junkLine, text
	}
	return keyLine, text
}

// pass reads the whole lines of a part of the text.
func (l *layout) pass(text string, from, to int) {
	for from < to {
		var line string
		line, from = cutLine(text, from)
		l.next(line)
	}
}

// isSpace is Python's str.isspace, which also counts the four separators of ASCII as space.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// isPlainByte is a fast check: nearly all lines begin and end with such a character.
func isPlainByte(c byte) bool { return ' ' < c && c < 0x7f }

func trimLeft(s string) string {
	if s == "" || isPlainByte(s[0]) {
		return s
	}
	return strings.TrimLeftFunc(s, isSpace)
}

func trimRight(s string) string {
	if s == "" || isPlainByte(s[len(s)-1]) {
		return s
	}
	return strings.TrimRightFunc(s, isSpace)
}

func trim(s string) string { return trimRight(trimLeft(s)) }

// signIn returns the position of the first sign between a key and its value, or -1.
func signIn(text string) int {
	for i := range len(text) {
		if text[i] == '=' || text[i] == ':' {
			return i
		}
	}
	return -1
}

// cutLine returns the line that begins at from, without its line end, and the start of the
// next one.
func cutLine(text string, from int) (line string, next int) {
	line, next = text[from:], len(text)
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line, next = line[:i], from+i+1
	}
	return strings.TrimSuffix(line, "\r"), next
}
