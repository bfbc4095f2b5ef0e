// Package browser finds the program that opens a page for the user, and passes it an
// address that other users must not see.
//
// It does not know which pages are opened, and runs nothing.
package browser

import (
	"errors"
	"strings"

	"awsvault/internal/process"
)

// World describes the system: its name, its variables and the programs on PATH.
type World struct {
	GOOS   string
	Getenv func(string) string
	// Look finds a program on PATH.
	Look func(name string) (path string, err error)
	// Refused is the reason why no browser may be opened, or nil.
	Refused error
	// WSL reports whether this is Linux inside Windows.
	WSL bool
}

// ErrNone means that no browser can be opened here. The caller has to show the address.
var ErrNone = errors.New("vault found no browser to open")

// Remote reports whether the person sits at another machine. They would not see a page that a
// browser opens here.
func (w World) Remote() bool {
	return w.Getenv("SSH_CONNECTION") != "" || w.Getenv("SSH_TTY") != "" || w.Getenv("SSH_CLIENT") != ""
}

// Command returns the command that opens the page. It reads BROWSER as other programs do (a
// list of commands, each with or without %s for the address), and otherwise takes the system's
// own command. Words of a command may be quoted.
func (w World) Command(page string) ([]string, error) {
	if list := w.Getenv("BROWSER"); list != "" {
		return w.named(list, page)
	}
	switch w.GOOS {
	case "darwin":
		return w.first(page, "open")
	case "windows":
		return w.first(page, "rundll32 url.dll,FileProtocolHandler")
	}
	if w.WSL {
		return w.first(page, "wslview", "rundll32.exe url.dll,FileProtocolHandler")
	}
	if w.Remote() || w.Getenv("DISPLAY") == "" && w.Getenv("WAYLAND_DISPLAY") == "" {
		return nil, ErrNone
	}
	return w.first(page, "xdg-open", "x-www-browser", "sensible-browser", "gio open")
}

func (w World) first(page string, commands ...string) ([]string, error) {
	for _, command := range commands {
		words := strings.Fields(command)
		if path, err := w.Look(words[0]); err == nil {
			return append(append([]string{path}, words[1:]...), page), nil
		}
	}
	return nil, ErrNone
}

// named returns the first command in BROWSER whose program exists here.
func (w World) named(list, page string) ([]string, error) {
	for _, command := range w.commands(list) {
		words := w.words(command)
		if len(words) == 0 {
			continue
		}
		args, placed := words[:1:1], false
		for _, word := range words[1:] {
			if strings.Contains(word, "%s") {
				word, placed = strings.ReplaceAll(word, "%s", page), true
			}
			args = append(args, word)
		}
		if !placed {
			args = append(args, page)
		}
		return args, nil
	}
	return nil, ErrNone
}

// commands splits BROWSER. It does not split at a separator within quotes, nor if the whole
// value names one program.
func (w World) commands(list string) (commands []string) {
	separator := byte(':')
	if w.GOOS == "windows" {
		separator = ';'
	}
	if _, err := w.Look(list); err == nil {
		return []string{list}
	}
	from, quote := 0, byte(0)
	for i := range len(list) {
		switch c := list[i]; {
		case quote == 0 && c == separator:
			commands, from = append(commands, list[from:i]), i+1
		case quote == 0 && (c == '"' || c == '\'' && w.GOOS != "windows"):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return append(commands, list[from:])
}

// words splits a command and puts the path of its program first. It returns nil if the program
// is not here. Quotes work as in a shell. A program whose path contains blanks is found
// without quotes, too: words takes the longest beginning that names a program.
func (w World) words(command string) []string {
	command = strings.TrimSpace(command)
	if words, err := process.SplitOn(w.GOOS, command); err == nil {
		if path, err := w.Look(words[0]); err == nil {
			return append([]string{path}, words[1:]...)
		}
	}
	for end := len(command); end > 0; end = strings.LastIndexByte(command[:end], ' ') {
		path, err := w.Look(command[:end])
		if err != nil {
			continue
		}
		rest, err := process.SplitOn(w.GOOS, command[end:])
		if err != nil {
			rest = strings.Fields(command[end:])
		}
		return append([]string{path}, rest...)
	}
	return nil
}
