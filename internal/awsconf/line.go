package awsconf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A line of an AWS file is what Python's configparser says it is:
//
//	blank         nothing but space; between the lines of a value it belongs to the value
//	# or ;        a comment, at any depth; never after a value on the same line
//	deeper        a line that is indented deeper than the key above it goes on with that key's value,
//	              whatever it looks like: a header too
//	[             a header
//	key = value   or key: value; the first of the two signs counts
//
// Anything else is junk, for which the AWS CLI refuses the whole file.
type lineKind uint8

const (
	blankLine lineKind = iota
	commentLine
	continuationLine
	headerLine
	keyLine
	junkLine
)

// layout is what the lines above say about the next one. The zero value is the start of a file.
type layout struct {
	indent int  // of the last header, key or junk, in characters
	open   bool // a key stands above, so that a deeper line is part of its value
}

// next classifies a line, given without its line end, and returns what is left of it without the space around it.
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
		return junkLine, text // the key above stays open, in configparser
	}
	l.open = sign > 0
	if !l.open {
		return junkLine, text
	}
	return keyLine, text
}

// pass goes on over whole lines of a text.
func (l *layout) pass(text string, from, to int) {
	for from < to {
		var line string
		line, from = cutLine(text, from)
		l.next(line)
	}
}

// isSpace is str.isspace of Python, which calls the four separators of ASCII space as well.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// By far most lines begin and end with a plain character.
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

// signIn is where the first of the two signs between a key and its value stands, or -1.
func signIn(text string) int {
	for i := range len(text) {
		if text[i] == '=' || text[i] == ':' {
			return i
		}
	}
	return -1
}

// cutLine returns the line that begins at from, without its line end, and where the next one begins.
func cutLine(text string, from int) (line string, next int) {
	line, next = text[from:], len(text)
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line, next = line[:i], from+i+1
	}
	return strings.TrimSuffix(line, "\r"), next
}
