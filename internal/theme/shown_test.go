package theme

import (
	"errors"
	"io/fs"
	"testing"
)

func TestWhichThemesShowTheProfile(t *testing.T) {
	files := map[string]string{
		"~/.config/starship.toml": "",
		"/off.toml":               "[aws]\ndisabled = true\n",
		"/posh.json":              `{"blocks":[{"segments":[{"type":"aws"}]}]}`,
		"/other.json":             `{"blocks":[]}`,
	}
	read := func(path string) (string, error) {
		text, ok := files[path]
		if !ok && path == "/unreadable" {
			return "", errors.New("permission denied")
		}
		if !ok {
			return "", fs.ErrNotExist
		}
		return text, nil
	}
	for want, all := range map[string][]map[string]string{
		"": {
			{}, {"STARSHIP_CONFIG": "/gone"}, {"STARSHIP_SHELL": "zsh", "STARSHIP_CONFIG": "/off.toml"}, {"STARSHIP_SHELL": "zsh", "STARSHIP_CONFIG": "/unreadable"},
			{"POSH_SHELL": "zsh", "POSH_CONFIG": "/other.json"}, {"POSH_CONFIG": "/posh.json"},
		},
		"starship":            {{"STARSHIP_SHELL": "zsh"}, {"STARSHIP_SHELL": "zsh", "STARSHIP_CONFIG": "/gone"}},
		"oh-my-posh":          {{"POSH_THEME": "/posh.json"}, {"POSH_SHELL": "zsh", "POSH_CONFIG": "/gone", "POSH_THEME": "/posh.json"}},
		"starship oh-my-posh": {{"STARSHIP_SHELL": "zsh", "POSH_SHELL": "zsh", "POSH_CONFIG": "/posh.json"}},
	} {
		for _, vars := range all {
			if got := Shown(func(name string) string { return vars[name] }, true, read); got != want {
				t.Errorf("%v: %q, want %q", vars, got, want)
			}
		}
	}
}
