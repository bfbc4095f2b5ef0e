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

// World is what decides: the system, its variables, what is on PATH.
type World struct {
	GOOS   string
	Getenv func(string) string
	// Look finds a program on PATH.
	Look func(name string) (path string, err error)
	// Refused is why no browser is opened, whichever there is; nil: nothing forbids it.
	Refused error
	// WSL says that this is Linux inside Windows.
	WSL bool
}

// ErrNone says that no browser can be opened here: one has to show the address.
var ErrNone = errors.New("vault found no browser to open")

// Remote says that the person sits at another machine: a page that this one opens is not seen.
func (w World) Remote() bool {
	return w.Getenv("SSH_CONNECTION") != "" || w.Getenv("SSH_TTY") != "" || w.Getenv("SSH_CLIENT") != ""
}

// Command is the command that opens the page: BROWSER as other programs read it
// (a list of commands, each with %s for the address or without), else the system's own.
// Words of a command may be quoted.
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

// named finds the first command of BROWSER that is here.
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

// commands are the elements of BROWSER. A separator within quotes separates nothing,
// and all of it may be one program.
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

// words splits a command, with the path of its program first; nil if that is not here.
// Quotes are as in a shell. A program whose path has blanks is found without quotes,
// too: the longest beginning that is a program.
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
