package front

import (
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/term"

	"awsvault/internal/line"
	"awsvault/internal/pager"
	"awsvault/internal/say"
)

// Ink returns a stream's colours and width. NO_COLOR (no-color.org) counts if not empty.
func (w *World) Ink(f *os.File) say.Ink {
	screen := IsTerminal(f)
	i := say.Ink{Colour: screen && w.Environ["NO_COLOR"] == "" && w.Environ["TERM"] != "dumb"}
	switch w.Colour {
	case "always":
		i.Colour = true
	case "never":
		i.Colour = false
	}
	i.Width = Width(f)
	return i
}

// Inked colours a part of an answer on stdout.
func (w *World) Inked(colour, text string) string { return w.Ink(w.Stdout).Paint(colour, text) }

// Screen returns the number of columns of stdout. It is 0 without a terminal.
func (w *World) Screen() int { return Width(w.Stdout) }

// Answer writes a text to stdout, wrapped to the terminal, with the name the user called.
func (w *World) Answer(text string) error {
	_, err := w.Stdout.WriteString(line.Fit(w.Named(text), w.Screen()))
	return err
}

// Help is Answer, but shows a long text in the pager.
func (w *World) Help(text string) error { return w.page(line.Fit(w.Named(text), w.Screen())) }

// page writes a text to stdout, through the user's pager if the terminal is too small.
func (w *World) page(text string) error {
	_, rows, _ := term.GetSize(int(w.Stdout.Fd()))
	if w.Shell == nil && !w.Agent().Is() && pager.Long(text, rows) {
		args, warning := pager.Choice{GOOS: runtime.GOOS, Lookup: w.lookup, Look: exec.LookPath}.Pick()
		if warning != "" {
			w.Say("vault: warning: " + warning)
		}
		if args != nil && pager.Show(text, args, w.Programs().Tool(), w.Stdout, w.Stderr) == nil {
			return nil
		}
	}
	_, err := w.Stdout.WriteString(text)
	return err
}

func (w *World) lookup(name string) (value string, set bool) {
	value, set = w.Environ[name]
	return value, set
}

// Width returns the number of columns of a terminal, or 0 if it is not known.
func Width(f *os.File) int {
	width, _, _ := term.GetSize(int(f.Fd())) // 0 on an error
	return width
}
