package theme

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// Shown returns the prompt themes whose own configuration shows the active profile, in a shell
// with those variables. The hook knows which theme its shell uses, but does not read such
// files. read reads a file, where ~ is the home directory. keys means that access keys are in
// the environment.
func Shown(getenv func(string) string, keys bool, read func(path string) (string, error)) string {
	var shown []string
	if getenv("STARSHIP_SHELL") != "" {
		at := getenv("STARSHIP_CONFIG")
		if at == "" {
			at = path.Join("~", ".config", "starship.toml")
		}
		config, err := read(at)
		if (err == nil || errors.Is(err, fs.ErrNotExist)) && Starship(config, keys) {
			shown = append(shown, "starship")
		}
	}
	if getenv("POSH_SHELL") != "" || getenv("POSH_THEME") != "" {
		for _, name := range []string{"POSH_CONFIG", "POSH_THEME"} {
			if text, err := read(getenv(name)); err == nil && OhMyPosh(text) {
				shown = append(shown, "oh-my-posh")
				break
			}
		}
	}
	return strings.Join(shown, " ")
}
