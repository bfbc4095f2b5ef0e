//go:build unix

// Package screens looks at what a person sees: each screen of vault's on a real terminal of
// 40, 80 and 140 columns, in colour and without, as a golden file. An update of these files
// is to be looked at.
package screens

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

var update = flag.Bool("update", false, "write what the terminal shows into the golden files")

// widths are of a terminal in a split window, of the usual one, and of one as wide as a
// screen.
var widths = []uint16{40, 80, 140}

// looks are the terminals. vault asks none for its background: what it sends to a dark one
// and to a light one is the same, in the colours that the terminal has for them.
var looks = []struct {
	name string
	env  []string
}{
	{"dark", []string{"COLORFGBG=15;0"}},
	{"light", []string{"COLORFGBG=0;15"}},
	{"NO_COLOR", []string{"NO_COLOR=1"}},
	{"TERM=dumb", []string{"TERM=dumb"}},
	{"LANG=C", []string{"LANG=C"}},
}

// screen is what is typed, and what is left of it on the terminal. Where keys are typed
// the screen is looked at while it asks, once shown is there.
type screen struct {
	name   string
	before []string // lines that are typed first
	line   string
	shown  *regexp.Regexp // of a line that asks: how what it shows ends
}

var screens = []screen{
	{name: "list", line: "vault list"},
	{name: "status", before: []string{"vault use dev"}, line: "vault status"},
	{name: "explain", line: "vault explain prod2"},
	{name: "doctor", line: "vault doctor"},
	{name: "whoami", line: "vault whoami dev"},
	{name: "help", line: "vault --help"},
	{name: "help-use", line: "vault use --help"},
	{name: "error", line: "vault use deb"},
	{name: "picker", line: "vault use", shown: regexp.MustCompile(`\x1b\[\?25h|of the name: `)},
}

// more is a profile whose names are long, and one that is broken.
const more = `
[profile prod2]
role_arn = arn:aws:iam::444455556666:role/platform/production-administrator
source_profile = plain
region = ap-southeast-2
vault_protected = true

[profile broken]
source_profile = gone
`

func TestScreens(t *testing.T) {
	for _, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			w := open(t)
			var got strings.Builder
			for _, columns := range widths {
				first := map[string]string{} // the look that a text was seen in first
				for _, look := range looks {
					text := same(s.see(t, w, columns, look.env))
					if look.name == "light" && first[text] != "dark" {
						t.Errorf("%s at %d columns is not the same on a light terminal", s.name, columns)
					}
					if (look.name == "NO_COLOR" || look.name == "TERM=dumb") && strings.Contains(text, "«") {
						t.Errorf("%s at %d columns: %s has colour", s.name, columns, look.name)
					}
					fmt.Fprintf(&got, "==== %d columns, %s", columns, look.name)
					if before, ok := first[text]; ok {
						fmt.Fprintf(&got, ": as %s\n", before)
						continue
					}
					first[text] = look.name
					fmt.Fprintf(&got, "\n%s", text)
				}
			}
			compare(t, s.name, got.String())
		})
	}
}

// open makes the home that is looked at.
func open(t *testing.T) *world.World {
	t.Helper()
	w := world.New(t)
	bin := filepath.Join(w.Home, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(w.Vault, filepath.Join(bin, "vault")); err != nil {
		t.Fatal(err)
	}
	rc := "PS1='$ \\[\\e]7777;ready\\a\\]'\nHISTFILE=\neval \"$(vault hook bash --no-indicator)\"\n"
	if err := os.WriteFile(filepath.Join(w.Dir, "rc"), []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteConfig(world.Config + more); err != nil {
		t.Fatal(err)
	}
	return w
}

// changing is what is different each time; what stands for it is as long.
var changing = []struct {
	re *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`\b\d\d:\d\d\b`), "12:34"},
	{regexp.MustCompile(`\b(1h|5\dm) left\b`), "1h left"},
	{regexp.MustCompile(`\banswers (at once|in [0-9.]+m?s)`), "answers soon"},
	{regexp.MustCompile(`\b\d+ more( with|\b)`), "9 more$1"},
	{regexp.MustCompile(`\b0\.1\.0-dev [a-z]+/[a-z0-9]+`), "0.1.0-dev linux/amd64"},
	{regexp.MustCompile(`127\.0\.0\.1:\d{5}`), "127.0.0.1:54321"},
	{regexp.MustCompile(`\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b`), "${1}IOSFODNN7EXAMPLE"},
}

func same(text string) string {
	for _, c := range changing {
		text = c.re.ReplaceAllString(text, c.to)
	}
	return text
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	w, g := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range g {
		if i >= len(w) || w[i] != g[i] {
			t.Fatalf("%s:%d is otherwise (go test ./tests/screens -update, and look at it):\n%s", path, i+1, strings.Join(g[max(0, i-3):min(len(g), i+12)], "\n"))
		}
	}
	t.Fatalf("%s has more than the terminal shows", path)
}

// ready ends every prompt, where a terminal does not show it.
const ready = "\x1b]7777;ready\a"

// see types a line in a bash with the hook, on a terminal, and returns what then stands on
// it.
func (s screen) see(t *testing.T, w *world.World, columns uint16, env []string) string {
	t.Helper()
	rc := filepath.Join(w.Dir, "rc")
	cmd := exec.Command(need.Program(t, "bash", "bash"), "--noprofile", "--noediting", "--rcfile", rc, "-i")
	cmd.Dir = w.Home
	cmd.Env = w.Environ(append([]string{"PATH=" + filepath.Join(w.Home, "bin") + ":/usr/bin:/bin", "TZ=" + noon(time.Now())}, env...)...)
	tty, err := terminal.Start(cmd, terminal.Size{Rows: 24, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	wait := func(from int, shown *regexp.Regexp) int {
		deadline := time.After(time.Minute)
		for {
			if m := shown.FindStringIndex(tty.Since(from)); m != nil {
				return from + m[1]
			}
			select {
			case <-tty.More():
			case <-deadline:
				t.Fatalf("%s: waited in vain for %s; the terminal shows\n%s", s.name, shown, terminal.Visible(tty.Since(from)))
			}
		}
	}
	prompted := regexp.MustCompile(regexp.QuoteMeta(ready))
	lines := append(s.before, s.line)
	at := wait(0, prompted)
	for i, line := range lines {
		if err := tty.Type(line + "\n"); err != nil {
			t.Fatal(err)
		}
		at = wait(at, regexp.MustCompile(`\n`)) // the line itself, as the terminal echoes it
		if i == len(lines)-1 && s.shown != nil {
			end := wait(at, s.shown)
			return terminal.Draw(tty.Since(at)[:end-at], int(columns)).Text()
		}
		if i < len(lines)-1 {
			at = wait(at, prompted)
		}
	}
	end := wait(at, prompted)
	text := tty.Since(at)[:end-at]
	text = text[:strings.LastIndexByte(text, '\n')+1]
	return terminal.Draw(text, int(columns)).Text()
}

// noon is a time zone in which it is about noon, so that an hour from now is no other day.
func noon(now time.Time) string {
	if east := 12 - now.UTC().Hour(); east > 0 {
		return fmt.Sprintf("Etc/GMT-%d", east)
	} else if east < 0 {
		return fmt.Sprintf("Etc/GMT+%d", -east)
	}
	return "UTC"
}
