package browser

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCommand(t *testing.T) {
	const page = "https://example.com/?a=b&c=d"
	look := func(has ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			for _, h := range has {
				if h == name {
					return "/bin/" + name, nil
				}
			}
			return "", errors.New("not found")
		}
	}
	for name, test := range map[string]struct {
		goos string
		wsl  bool
		env  map[string]string
		has  []string
		want []string
	}{
		"BROWSER":                 {"linux", false, map[string]string{"BROWSER": "w3m -o x"}, []string{"w3m"}, []string{"/bin/w3m", "-o", "x", page}},
		"BROWSER with a place":    {"linux", false, map[string]string{"BROWSER": "none:firefox --url=%s -P work"}, []string{"firefox"}, []string{"/bin/firefox", "--url=" + page, "-P", "work"}},
		"BROWSER with a blank":    {"linux", false, map[string]string{"BROWSER": "/opt/My Browser/run"}, []string{"/opt/My Browser/run"}, []string{"/bin//opt/My Browser/run", page}},
		"a blank and arguments":   {"linux", false, map[string]string{"BROWSER": "/opt/My Browser/run --new 'a b'"}, []string{"/opt/My Browser/run"}, []string{"/bin//opt/My Browser/run", "--new", "a b", page}},
		"a blank in quotes":       {"linux", false, map[string]string{"BROWSER": `"/opt/My Browser/run" -P "my work" %s`}, []string{"/opt/My Browser/run"}, []string{"/bin//opt/My Browser/run", "-P", "my work", page}},
		"a colon in quotes":       {"linux", false, map[string]string{"BROWSER": "none:w3m 'x:y' %s"}, []string{"w3m"}, []string{"/bin/w3m", "x:y", page}},
		"a colon in the path":     {"linux", false, map[string]string{"BROWSER": "/a:b/w3m"}, []string{"/a:b/w3m"}, []string{"/bin//a:b/w3m", page}},
		"a quote that is open":    {"linux", false, map[string]string{"BROWSER": "/o'brien/w3m -x"}, []string{"/o'brien/w3m"}, []string{"/bin//o'brien/w3m", "-x", page}},
		"the place twice":         {"linux", false, map[string]string{"BROWSER": "w3m -a=%s %s"}, []string{"w3m"}, []string{"/bin/w3m", "-a=" + page, page}},
		"blanks around":           {"linux", false, map[string]string{"BROWSER": "  ::  w3m  "}, []string{"w3m"}, []string{"/bin/w3m", page}},
		"BROWSER of Windows":      {"windows", false, map[string]string{"BROWSER": `C:\Program Files\Mozilla Firefox\firefox.exe -P work`}, []string{`C:\Program Files\Mozilla Firefox\firefox.exe`}, []string{`/bin/C:\Program Files\Mozilla Firefox\firefox.exe`, "-P", "work", page}},
		"Windows, quoted":         {"windows", false, map[string]string{"BROWSER": `none.exe;"C:\Program Files\f.exe" "a b"`}, []string{`C:\Program Files\f.exe`}, []string{`/bin/C:\Program Files\f.exe`, "a b", page}},
		"BROWSER that is missing": {"linux", false, map[string]string{"BROWSER": "none", "DISPLAY": ":0"}, []string{"xdg-open"}, nil},
		"a desktop":               {"linux", false, map[string]string{"WAYLAND_DISPLAY": "w"}, []string{"xdg-open"}, []string{"/bin/xdg-open", page}},
		"no desktop":              {"linux", false, nil, []string{"xdg-open"}, nil},
		"over SSH":                {"linux", false, map[string]string{"DISPLAY": ":10", "SSH_CONNECTION": "x"}, []string{"xdg-open"}, nil},
		"macOS":                   {"darwin", false, nil, []string{"open"}, []string{"/bin/open", page}},
		"Windows":                 {"windows", false, nil, []string{"rundll32"}, []string{"/bin/rundll32", "url.dll,FileProtocolHandler", page}},
		"WSL":                     {"linux", true, nil, []string{"wslview"}, []string{"/bin/wslview", page}},
		"WSL without wslu":        {"linux", true, nil, []string{"rundll32.exe"}, []string{"/bin/rundll32.exe", "url.dll,FileProtocolHandler", page}},
	} {
		w := World{GOOS: test.goos, WSL: test.wsl, Getenv: func(n string) string { return test.env[n] }, Look: look(test.has...)}
		got, err := w.Command(page)
		if diff := cmp.Diff(test.want, got); diff != "" || (err != nil) != (test.want == nil) {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}
