package browser

import (
	"errors"
	"testing"
)

func TestWhatAPersonCallsTheirBrowser(t *testing.T) {
	for name, c := range map[string]struct {
		choice  Choice
		BROWSER string
		want    string
	}{
		"the one of the system":    {Choice{}, "", ""},
		"one by name":              {Choice{Name: "Firefox"}, "", "firefox"},
		"one by its other name":    {Choice{Name: "google-chrome-stable"}, "", "chrome"},
		"one by its path":          {Choice{Name: "/opt/ff/firefox"}, "", "firefox"},
		"some program":             {Choice{Name: "/usr/bin/links"}, "", "links"},
		"with containers":          {Choice{Container: "prod"}, "", "firefox"},
		"of BROWSER":               {Choice{}, "firefox-esr %s", "firefox"},
		"a script of BROWSER":      {Choice{}, "my-opener", ""},
		"of BROWSER, and not here": {Choice{}, "nothing", ""},
	} {
		w := World{GOOS: "linux", Getenv: func(n string) string { return map[string]string{"BROWSER": c.BROWSER}[n] }, Look: func(name string) (string, error) {
			if name == "nothing" {
				return "", errors.New("not found")
			}
			return "/bin/" + name, nil
		}}
		if got := w.Called(c.choice); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
