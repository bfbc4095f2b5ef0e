package browser

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpen(t *testing.T) {
	const page = "http://127.0.0.1:4000/x"
	for name, c := range map[string]struct {
		world  World
		has    []string
		choice Choice
		want   []string
	}{
		"the usual one":            {World{GOOS: "darwin"}, []string{"open"}, Choice{}, []string{"/bin/open", page}},
		"Firefox":                  {World{GOOS: "linux"}, []string{"firefox"}, Choice{Name: "Firefox"}, []string{"/bin/firefox", page}},
		"Firefox of Debian":        {World{GOOS: "linux"}, []string{"firefox-esr"}, Choice{Name: "firefox"}, []string{"/bin/firefox-esr", page}},
		"its profile":              {World{GOOS: "linux"}, []string{"firefox"}, Choice{Name: "firefox", Profile: "work two"}, []string{"/bin/firefox", "-P", "work two", page}},
		"its container":            {World{GOOS: "linux"}, []string{"firefox"}, Choice{Container: "prod & co"}, []string{"/bin/firefox", "ext+container:name=prod%20%26%20co&url=http%3A%2F%2F127.0.0.1%3A4000%2Fx"}},
		"its private window":       {World{GOOS: "linux"}, []string{"firefox"}, Choice{Name: "firefox", Private: true}, []string{"/bin/firefox", "--private-window", page}},
		"Chrome's profile":         {World{GOOS: "linux"}, []string{"google-chrome-stable"}, Choice{Name: "chrome", Profile: "Profile 1"}, []string{"/bin/google-chrome-stable", "--profile-directory=Profile 1", page}},
		"Chrome incognito":         {World{GOOS: "linux"}, []string{"google-chrome"}, Choice{Name: "chrome", Private: true}, []string{"/bin/google-chrome", "--incognito", page}},
		"Edge in private":          {World{GOOS: "linux"}, []string{"microsoft-edge"}, Choice{Name: "edge", Private: true}, []string{"/bin/microsoft-edge", "--inprivate", page}},
		"by the program's name":    {World{GOOS: "linux"}, []string{"google-chrome-stable"}, Choice{Name: "google-chrome-stable", Private: true}, []string{"/bin/google-chrome-stable", "--incognito", page}},
		"a program by its path":    {World{GOOS: "linux"}, []string{"/opt/firefox/firefox"}, Choice{Name: "/opt/firefox/firefox", Profile: "w"}, []string{"/opt/firefox/firefox", "-P", "w", page}},
		"some program":             {World{GOOS: "linux"}, []string{"links"}, Choice{Name: "links"}, []string{"/bin/links", page}},
		"macOS":                    {World{GOOS: "darwin"}, []string{"open"}, Choice{Name: "safari"}, []string{"/bin/open", "-a", "Safari", page}},
		"macOS with a profile":     {World{GOOS: "darwin"}, []string{"open"}, Choice{Name: "chrome", Profile: "P"}, []string{"/bin/open", "-n", "-a", "Google Chrome", "--args", "--profile-directory=P", page}},
		"Windows":                  {World{GOOS: "windows"}, []string{`C:\P\Mozilla Firefox\firefox.exe`}, Choice{Name: "firefox"}, []string{`C:\P\Mozilla Firefox\firefox.exe`, page}},
		"WSL":                      {World{GOOS: "linux", WSL: true}, []string{"/mnt/c/Program Files/Google/Chrome/Application/chrome.exe"}, Choice{Name: "chrome", Private: true}, []string{"/mnt/c/Program Files/Google/Chrome/Application/chrome.exe", "--incognito", page}},
		"over SSH, asked for":      {World{GOOS: "linux"}, []string{"firefox"}, Choice{Name: "firefox"}, []string{"/bin/firefox", page}},
		"a browser that is absent": {World{GOOS: "linux"}, nil, Choice{Name: "firefox"}, nil},
		"no browser":               {World{GOOS: "linux"}, nil, Choice{Name: "fierfox"}, nil},
		"a profile of what?":       {World{GOOS: "linux"}, []string{"firefox"}, Choice{Profile: "x"}, nil},
		"private, of what?":        {World{GOOS: "linux"}, []string{"firefox"}, Choice{Private: true}, nil},
		"Chrome has no containers": {World{GOOS: "linux"}, []string{"google-chrome"}, Choice{Name: "chrome", Container: "x"}, nil},
		"a private container":      {World{GOOS: "linux"}, []string{"firefox"}, Choice{Container: "x", Private: true}, nil},
		"Safari has no flags":      {World{GOOS: "darwin"}, []string{"open"}, Choice{Name: "safari", Private: true}, nil},
		"links has no profiles":    {World{GOOS: "linux"}, []string{"links"}, Choice{Name: "links", Profile: "x"}, nil},
		"a profile like a flag":    {World{GOOS: "linux"}, []string{"firefox"}, Choice{Name: "firefox", Profile: "--x"}, nil},
		"a container of two lines": {World{GOOS: "linux"}, []string{"firefox"}, Choice{Container: "a\nb"}, nil},
	} {
		w := c.world
		w.Getenv = func(n string) string { return map[string]string{"PROGRAMFILES": `C:\P`, "SSH_CONNECTION": "x"}[n] }
		w.Look = func(name string) (string, error) {
			switch {
			case !slices.Contains(c.has, name):
				return "", errors.New("not found")
			case name[0] == '/' || name[0] == 'C':
				return name, nil
			}
			return "/bin/" + name, nil
		}
		got, err := w.Open(c.choice, page)
		if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != (c.want == nil) {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}
