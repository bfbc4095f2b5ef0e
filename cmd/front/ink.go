package front

import (
	"os"

	"golang.org/x/term"

	"awsvault/internal/line"
	"awsvault/internal/say"
)

// Ink looks at a stream. NO_COLOR (no-color.org) counts if it is not empty.
func (w *World) Ink(f *os.File) say.Ink {
	screen := IsTerminal(f)
	i := say.Ink{Colour: screen && w.Environ["NO_COLOR"] == "" && w.Environ["TERM"] != "dumb"}
	switch w.Colour {
	case "always":
		i.Colour = true
	case "never":
		i.Colour = false
	}
	if screen {
		i.Width = screenWidth(f)
	}
	return i
}

// Inked puts a part of an answer, on stdout, into a colour.
func (w *World) Inked(colour, text string) string { return w.Ink(w.Stdout).Paint(colour, text) }

// Screen is how many columns an answer on stdout has; 0: it goes to no terminal.
func (w *World) Screen() int { return screenWidth(w.Stdout) }

// Fit breaks an answer, on stdout, so that it fits the terminal.
func (w *World) Fit(text string) string { return line.Fit(text, w.Screen()) }

// screenWidth is how many columns a terminal has; 0: not known.
func screenWidth(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
