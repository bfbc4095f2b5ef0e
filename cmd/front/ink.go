package front

import (
	"os"
	"strings"

	"awsvault/internal/line"
)

// ink is how a stream shows what is said: whether in colour, and how wide. On a pipe a
// line stays one line.
type ink struct {
	colour bool
	width  int // 0: lines are not wrapped
}

// Select-graphic-rendition sequences (ECMA-48, 8.3.117).
const (
	red, green, yellow, bold = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1m"
	plain                    = "\x1b[0m"
)

// KnowsColour reports whether --color has that value.
func KnowsColour(value string) bool {
	return value == "" || value == "auto" || value == "always" || value == "never"
}

// ink looks at a stream. NO_COLOR (no-color.org) counts if it is not empty.
func (w *World) ink(f *os.File) ink {
	screen := IsTerminal(f)
	i := ink{colour: screen && w.Environ["NO_COLOR"] == "" && w.Environ["TERM"] != "dumb"}
	switch w.Colour {
	case "always":
		i.colour = true
	case "never":
		i.colour = false
	}
	if screen {
		i.width = screenWidth(f)
	}
	return i
}

// paint puts a text in a colour.
func (i ink) paint(colour, text string) string {
	if !i.colour || text == "" {
		return text
	}
	return colour + text + plain
}

// marks begin a line that is said. The colour of a mark repeats what it means.
var marks = []struct{ text, colour string }{
	{"✓  ", green}, {"ok  ", green}, {"! ", yellow}, {"✗ ", red}, {"x ", red},
}

// said is a line as the stream shows it: wrapped between words, its mark in colour.
// The name between a mark and a second gap is what the line is about.
func (i ink) said(text string) string {
	indent := len(text) - len(strings.TrimLeft(text, " "))
	for _, m := range marks {
		rest, ok := strings.CutPrefix(text, m.text)
		if !ok {
			continue
		}
		text = line.Wrap(text, i.width, line.Width(m.text))
		if !i.colour {
			return text
		}
		mark := strings.TrimRight(m.text, " ")
		text = text[len(m.text):]
		if name, _, fields := strings.Cut(rest, "  "); fields && strings.HasPrefix(text, name+" ") {
			text = i.paint(bold, name) + text[len(name):]
		}
		return i.paint(m.colour, mark) + m.text[len(mark):] + text
	}
	text = line.Wrap(text, i.width, indent+4)
	if before, after, ok := strings.Cut(text, ": warning:"); ok && !strings.ContainsAny(before, " \n") {
		return before + ": " + i.paint(yellow, "warning:") + after
	}
	return text
}

// failed is an error, below the name of the program, and what to do about it.
func (i ink) failed(name, text, hint string) string {
	name += ":"
	said := i.paint(red, name) + line.Wrap(name+" "+text, i.width, 4)[len(name):] + "\n"
	if hint != "" {
		said += line.Wrap(hintMark+hint, i.width, len(hintMark)) + "\n"
	}
	return said
}

// hintMark begins the line that says what to type about an error.
const hintMark = "  hint: "

// Good puts a part of an answer, on stdout, into green.
func (w *World) Good(text string) string { return w.ink(w.Stdout).paint(green, text) }

// Caution is yellow.
func (w *World) Caution(text string) string { return w.ink(w.Stdout).paint(yellow, text) }

// Bad is red.
func (w *World) Bad(text string) string { return w.ink(w.Stdout).paint(red, text) }

// Head is bold.
func (w *World) Head(text string) string { return w.ink(w.Stdout).paint(bold, text) }
