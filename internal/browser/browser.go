// Package browser finds the program that opens a page for the person, and hands
// it an address that others must not see.
//
// It does not know what pages are opened, and runs nothing.
package browser

import (
	"errors"
	"strings"
)

// World is what decides: the system, its variables, what is on PATH.
type World struct {
	GOOS   string
	Getenv func(string) string
	// Look finds a program on PATH.
	Look func(name string) (path string, err error)
	// WSL says that this is Linux inside Windows.
	WSL bool
}

// ErrNone says that no browser can be opened here: one has to show the address.
var ErrNone = errors.New("there is no browser here that can be opened")

// Remote says that the person sits at another machine: a page that this one opens is not seen.
func (w World) Remote() bool {
	return w.Getenv("SSH_CONNECTION") != "" || w.Getenv("SSH_TTY") != "" || w.Getenv("SSH_CLIENT") != ""
}

// Command is the command that opens the page: BROWSER as other programs read it
// (a list of commands, each with %s for the address or without), else the system's own.
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

func (w World) named(list, page string) ([]string, error) {
	separator := ":"
	if w.GOOS == "windows" {
		separator = ";"
	}
	for command := range strings.SplitSeq(list, separator) {
		words := strings.Fields(command)
		if len(words) == 0 {
			continue
		}
		path, err := w.Look(words[0])
		if err != nil {
			continue
		}
		args, placed := []string{path}, false
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
