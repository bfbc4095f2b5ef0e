// Package say decides the form of all messages: coloured and wrapped lines, table rows,
// times, the active profile, the name of the program, and JSON without bytes that could
// control a terminal.
//
// It does not know the streams, the environment or the clock: callers pass in whether there
// is a terminal, its width, and the time.
package say

import (
	"strings"

	"awsvault/internal/line"
)

// Ink says how a stream shows a message: in colour or not, and how wide. On a pipe a line
// stays one line.
type Ink struct {
	Colour bool
	Width  int // 0 if lines are not wrapped
}

// Select-graphic-rendition sequences (ECMA-48, 8.3.117).
const (
	Red, Green, Yellow, Bold = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1m"
	plain                    = "\x1b[0m"
)

// KnowsColour reports whether --color accepts a value.
func KnowsColour(value string) bool {
	return value == "" || value == "auto" || value == "always" || value == "never"
}

// Paint gives a text a colour.
func (i Ink) Paint(colour, text string) string {
	if !i.Colour || text == "" {
		return text
	}
	return colour + text + plain
}

// marks are the beginnings of message lines. The colour of a mark only repeats its meaning.
var marks = []struct{ text, colour string }{
	{"✓  ", Green}, {"ok  ", Green}, {"! ", Yellow}, {"✗ ", Red}, {"x ", Red},
}

// Said formats a line for the stream: wrapped between words, with its mark in colour. The name
// between a mark and a second gap is the subject of the line.
func (i Ink) Said(text string) string {
	indent := len(text) - len(strings.TrimLeft(text, " "))
	for _, m := range marks {
		rest, ok := strings.CutPrefix(text, m.text)
		if !ok {
			continue
		}
		text = line.Wrap(text, i.Width, line.Width(m.text))
		if !i.Colour {
			return text
		}
		mark := strings.TrimRight(m.text, " ")
		text = text[len(m.text):]
		if name, _, fields := strings.Cut(rest, "  "); fields && strings.HasPrefix(text, name+" ") {
			text = i.Paint(Bold, name) + text[len(name):]
		}
		return i.Paint(m.colour, mark) + m.text[len(mark):] + text
	}
	text = line.Wrap(text, i.Width, indent+4)
	if before, after, ok := strings.Cut(text, ": warning:"); ok && !strings.ContainsAny(before, " \n") {
		return before + ": " + i.Paint(Yellow, "warning:") + after
	}
	return text
}

// Failed formats an error, after the name of the program, with its hint.
func (i Ink) Failed(name, text, hint string) string {
	name += ":"
	said := i.Paint(Red, name) + line.Wrap(name+" "+text, i.Width, 4)[len(name):] + "\n"
	if hint != "" {
		said += line.Wrap(hintMark+hint, i.Width, len(hintMark)) + "\n"
	}
	return said
}

// hintMark begins the line with a hint about an error.
const hintMark = "  hint: "
