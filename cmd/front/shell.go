package front

import (
	"fmt"
	"strings"

	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/process"
	"awsvault/internal/theme"
)

// Apply prints a change for the hook: all of it or, after any error, nothing.
func (w *World) Apply(change env.Change, p env.Prompt) error {
	for _, n := range change.Names() {
		if w.Shell.Readonly[n] {
			return fault.Hinted(fmt.Errorf("%s is readonly in this shell, so nothing was changed", n), "open a new shell, unless a start-up file sets it again")
		}
	}
	p.Now, p.Stamp, p.Message = w.Now(), w.Shell.Stamp, strings.Join(w.Shell.Messages, "\n")
	if p.Profile != "" {
		p.Themes = theme.Shown(func(name string) string { return w.Environ[name] }, change.LeavesKeys(w.Environ), w.themeFile)
	}
	script, err := env.Script(w.Shell.Dialect, change, p.Locals())
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	_, err = w.Stdout.WriteString(script)
	return err
}

// roomForArguments is the space in bytes that stays free for a program's arguments.
const roomForArguments = 8 << 10

// Carries refuses a change after which this shell could start no program. It could not even
// run vault to switch the profile off.
func (w *World) Carries(change env.Change) error {
	if err := w.room().Holds(w.Environ, change, roomForArguments); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	return nil
}

// Hand prints a change for the hook, unless Carries refuses it.
func (w *World) Hand(change env.Change, p env.Prompt) error {
	if err := w.Carries(change); err != nil {
		return err
	}
	return w.Apply(change, p)
}

func (w *World) room() env.Room {
	one, all := process.Room()
	return env.Room{One: one, All: all}
}

// ApplySaying prints a change for the hook, then calls say to report it. If the hook prints
// vault's messages, it calls say first, so that the answer contains them.
func (w *World) ApplySaying(change env.Change, p env.Prompt, say func()) error {
	if w.Shell.Swallowed {
		say()
		return w.Apply(change, p)
	}
	if err := w.Apply(change, p); err != nil {
		return err
	}
	say()
	return nil
}

// mostTheme limits the size in bytes of a theme's configuration.
const mostTheme = 1 << 20

func (w *World) themeFile(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = w.Below(rest)
	}
	text, err := disk.ReadFile(path, disk.Reading{Limit: mostTheme})
	return string(text), err
}
