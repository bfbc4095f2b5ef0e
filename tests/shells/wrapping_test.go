package shells

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// screen is a shell in a real terminal, tmux, whose screen can be read.
type screen struct {
	t      testing.TB
	tmux   string
	socket string
}

const columns = 40

func startScreen(t testing.TB, k kind, w *world.World, rc string, more ...string) *screen {
	t.Helper()
	dir := t.TempDir()
	args := k.start(t, dir, rc)
	environ := w.Environ(more...)
	for strings.Contains(args[0], "=") && !strings.HasPrefix(args[0], "/") {
		environ = append(environ, args[0])
		args = args[1:]
	}
	s := &screen{t: t, tmux: need.Program(t, "tmux", "tmux"), socket: filepath.Join(dir, "tmux")}
	cmd := exec.Command(s.tmux, append([]string{"-f", "/dev/null", "-S", s.socket, "new-session", "-d", "-x", fmt.Sprint(columns), "-y", "20"}, args...)...)
	cmd.Env, cmd.Dir = environ, w.Home
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(func() { s.do("kill-server") })
	return s
}

func (s *screen) do(args ...string) string {
	s.t.Helper()
	out, err := exec.Command(s.tmux, append([]string{"-S", s.socket}, args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// keys sends keys by tmux's names; text sends text.
func (s *screen) keys(keys ...string) { s.t.Helper(); s.do(append([]string{"send-keys"}, keys...)...) }
func (s *screen) text(text string)    { s.t.Helper(); s.do("send-keys", "-l", text) }

// look is the screen, and where the cursor is.
func (s *screen) look() string {
	s.t.Helper()
	return strings.TrimRight(s.do("capture-pane", "-p"), "\n") + "\n@" + strings.TrimSpace(s.do("display-message", "-p", "#{cursor_x},#{cursor_y}"))
}

// becomes waits until the screen is what is wanted.
func (s *screen) becomes(what, want string) {
	s.t.Helper()
	got := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if got = s.look(); got == want {
			return
		}
	}
	s.t.Errorf("%s: the screen is\n%s\nand should be\n%s", what, got, want)
}

// wraps: a line longer than the terminal is wide, and its editing. A prompt whose
// width the shell has wrong puts the cursor, or the text, elsewhere.
func wraps(t *testing.T, k kind) {
	w := world.New(t)
	sign := map[string]string{"bash": "$ ", "zsh": "% "}[k.name]
	for _, c := range []struct{ name, rc, text string }{
		{"plain", "", "(long 12h) "},
		{"reverse", "", "(PROD long 12h) "},
		{"no references", map[string]string{"bash": "shopt -u promptvars\n", "zsh": "unsetopt prompt_percent; PROMPT='% '\n"}[k.name], "(PROD long 12h) "},
	} {
		t.Run(c.name, func(t *testing.T) {
			more := []string{}
			if strings.HasPrefix(c.text, "(PROD") {
				more = append(more, "AWS_VAULT_PROTECTED=long")
			}
			s := startScreen(t, k, w, c.rc+k.rc(w.Vault), more...)
			s.text("vault use long")
			s.keys("Enter")
			if len(more) > 0 {
				for deadline := time.Now().Add(patience); !strings.Contains(s.look(), "continue:"); {
					if time.Now().After(deadline) {
						t.Fatalf("nothing is asked:\n%s", s.look())
					}
				}
				s.text("long")
				s.keys("Enter")
			}
			for deadline := time.Now().Add(patience); !strings.Contains(s.look(), strings.TrimRight(c.text+sign, " ")); {
				if time.Now().After(deadline) {
					t.Fatalf("no indicator:\n%s", s.look())
				}
			}
			prompt := c.text + sign
			// on is the screen with a line on it, and the cursor behind so many characters of it.
			on := func(line string, cursor int) string {
				all := prompt + line
				var rows []string
				for len(all) > columns {
					rows = append(rows, strings.TrimRight(all[:columns], " "))
					all = all[columns:]
				}
				rows = append(rows, all)
				at := len(prompt) + cursor
				return strings.TrimRight(strings.Join(rows, "\n"), "\n ") + fmt.Sprintf("\n@%d,%d", at%columns, at/columns)
			}
			s.keys("C-l")
			line := ": " + strings.Repeat("abcdefgh ", 9) + "end"
			s.text(line)
			s.becomes("typed", on(line, len(line)))
			s.keys("C-a")
			s.becomes("Home", on(line, 0))
			s.text("xyz ")
			line = "xyz " + line
			s.becomes("typed at the start", on(line, 4))
			s.keys("C-e")
			s.becomes("End", on(line, len(line)))
			s.keys("C-w", "C-w")
			line = strings.TrimSuffix(line, "abcdefgh end")
			s.becomes("two words deleted", on(line, len(line)))
			s.keys("C-u")
			s.becomes("all deleted", on("", 0))
			s.text("vault off")
			s.keys("Enter")
		})
	}
}
