package front

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/theme"
)

// mostTheme bounds the configuration of a theme.
const mostTheme = 1 << 20

// themes are the prompt themes whose own configuration shows the profile that is
// active after the change. The hook knows which theme its shell uses, and does not read
// files of this kind.
func (w *World) themes(change env.Change) string {
	var shown []string
	if w.Environ["STARSHIP_SHELL"] != "" {
		config, err := w.themeFile(w.Environ["STARSHIP_CONFIG"])
		if w.Environ["STARSHIP_CONFIG"] == "" {
			config, err = w.themeFile(w.Below(".config", "starship.toml"))
		}
		if (err == nil || errors.Is(err, fs.ErrNotExist)) && theme.Starship(config, keysAfter(w.Environ, change)) {
			shown = append(shown, "starship")
		}
	}
	if w.Environ["POSH_SHELL"] != "" || w.Environ["POSH_THEME"] != "" {
		for _, name := range []string{"POSH_CONFIG", "POSH_THEME"} {
			if text, err := w.themeFile(w.Environ[name]); err == nil && theme.OhMyPosh(text) {
				shown = append(shown, "oh-my-posh")
				break
			}
		}
	}
	return strings.Join(shown, " ")
}

func (w *World) themeFile(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = w.Below(rest)
	}
	text, err := disk.ReadFile(path, disk.Reading{Limit: mostTheme})
	return string(text), err
}

// keysAfter reports whether access keys are in the environment after the change.
func keysAfter(now env.Vars, change env.Change) bool {
	const name = "AWS_ACCESS_KEY_ID"
	i := slices.IndexFunc(change, func(op env.Op) bool { return op.Name == name && op.Action != env.Keep })
	if i < 0 {
		return now[name] != ""
	}
	return change[i].Action != env.Unset
}
