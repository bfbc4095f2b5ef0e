//go:build unix

package shells

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// picks starts a shell, and its picker, and returns the mode of the terminal before.
func picks(t *testing.T, k kind, w *world.World, more ...string) (s *session, mode string) {
	t.Helper()
	s = start(t, k, w, more...)
	mode = stty(s)
	s.typed(k.then("vault use", 9001) + "\r")
	return s, mode
}

func stty(s *session) string {
	s.t.Helper()
	s.typed("stty -g\r")
	_, groups := s.expect(`([0-9a-f]+(:[0-9a-f]+){8,}|gfmt1\S+)\r`)
	return groups[1]
}

// ended waits for the status of `vault use`, and looks at the terminal.
func (s *session) ended(status, mode string) string {
	s.t.Helper()
	text, groups := s.expect(`<<([0-9]*):9001>>`)
	// zsh turns 130 into 1 for a function only if it saw the Ctrl-C itself.
	if groups[1] != status {
		s.t.Errorf("%s: status %s, want %s\n%s", s.kind.name, groups[1], status, text)
	}
	if d := cmp.Diff(mode, stty(s)); d != "" {
		s.t.Errorf("%s: mode of the terminal (-before +after):\n%s", s.kind.name, d)
	}
	return text
}

func (s *session) activeIs(profile string) {
	s.t.Helper()
	if got, _ := value(s.exported(), "AWS_VAULT"); got != profile {
		s.t.Errorf("%s: active is %q, want %q", s.kind.name, got, profile)
	}
}

func inPickers(t *testing.T, test func(*testing.T, kind)) {
	for _, k := range kinds[:3] { // PowerShell has no stty of its own to compare with
		t.Run(k.name, func(t *testing.T) { test(t, k) })
	}
}

func TestPick(t *testing.T) {
	inPickers(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s, mode := picks(t, k, w)
		s.expect(`profile: `)
		s.expect(`\| stored keys of jon`) // the preview of the first, admin
		s.typed("oth")
		s.expect(`> other +111122223333 +hop1`)
		s.typed("\r")
		s.expect(`role/hop1`)
		s.ended("0", mode)
		s.activeIs("other")
		s.ok("vault use dev")

		// The one before is the first, and what it has left is there.
		s.typed(k.then("vault use", 9001) + "\r")
		s.expect(`> other .* left`)
		s.typed("\r")
		s.ended("0", mode)
		s.activeIs("other")

		recent, err := os.ReadFile(filepath.Join(w.Home, ".local", "state", "awsvault", "recent"))
		if err != nil || strings.Count(string(recent), "\tother\n") != 2 || strings.Count(string(recent), "\tdev\n") != 1 {
			t.Errorf("recent: %v\n%s", err, recent)
		}
	})
}

func TestPickNothing(t *testing.T) {
	for name, keys := range map[string]string{"Ctrl-C": "de\x03", "Esc": "de\x1b"} {
		t.Run(name, func(t *testing.T) {
			inPickers(t, func(t *testing.T, k kind) {
				w := world.New(t)
				s, mode := picks(t, k, w)
				s.expect(`profile: `)
				s.typed(keys)
				s.ended("130", mode)
				s.activeIs("")
			})
		})
	}
}

// child is the vault that draws.
func (s *session) child() int {
	s.t.Helper()
	for range 300 {
		out, _ := exec.Command("pgrep", "-f", "-x", s.world.Vault+" __shell .* use").Output()
		if pid, err := strconv.Atoi(strings.TrimSpace(string(out))); err == nil {
			return pid
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Fatal("there is no vault")
	return 0
}

func TestPickerThatIsTerminated(t *testing.T) {
	need.Program(t, "pgrep", "procps")
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			inPickers(t, func(t *testing.T, k kind) {
				w := world.New(t)
				// A path of its own, by which it is found.
				own := filepath.Join(w.Dir, "vault-of-this-test")
				if err := os.Link(w.Vault, own); err != nil {
					t.Fatal(err)
				}
				w.Vault = own
				s, mode := picks(t, k, w)
				s.expect(`profile: `)
				if err := syscall.Kill(s.child(), signal); err != nil {
					t.Fatal(err)
				}
				s.expect("\x1b\\[\\?2004l")
				s.ended("130", mode)
				s.activeIs("")
			})
		})
	}
}

func TestPickAmongMany(t *testing.T) {
	w := world.New(t)
	text := &strings.Builder{}
	text.WriteString(world.Config)
	for i := range 10_000 {
		fmt.Fprintf(text, "[profile team-%04d]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\n", i)
	}
	if err := w.WriteConfig(text.String()); err != nil {
		t.Fatal(err)
	}
	s, mode := picks(t, kinds[0], w)
	s.expect(`10009/10009`)
	s.typed("4242")
	s.expect(`1/10009`)
	s.expect(`> team-4242 +111122223333 +reader`)
	s.typed("\r")
	s.ended("0", mode)
	s.activeIs("team-4242")
}

func TestPickerFollowsTheSize(t *testing.T) {
	w := world.New(t)
	s, mode := picks(t, kinds[0], w)
	s.expect(`\| `)
	if err := s.tty.Resize(8, 20); err != nil {
		t.Fatal(err)
	}
	s.expect(`profile: +9/9\s+\x1b\[K`)
	s.typed("prod")
	s.expect(`> .*prod`)
	s.typed("\x03")
	s.ended("130", mode)
}

// What somebody wrote into a file does not command the terminal.
func TestPickerOfHostileNames(t *testing.T) {
	w := world.New(t)
	if err := w.WriteConfig(world.Config + "[profile aa\x1b]0;owned\x07\x1b[2Jbb]\nrole_arn = arn:aws:iam::11\x1b[5m:role/x\n"); err != nil {
		t.Fatal(err)
	}
	s, mode := picks(t, kinds[0], w)
	s.expect(`aa\?\]0;owned\?\?\[2Jbb`)
	s.typed("\x03")
	s.ended("130", mode)
	if all := s.all(); strings.Contains(all, "\x1b]0;owned") || strings.Contains(all, "\x1b[5m") {
		t.Errorf("it reached the terminal: %q", all)
	}
}

func TestPickPlainly(t *testing.T) {
	for name, more := range map[string]string{"dumb": "TERM=dumb", "asked for": "AWS_VAULT_PICKER=plain"} {
		t.Run(name, func(t *testing.T) {
			w := world.New(t)
			s, mode := picks(t, kinds[0], w, more)
			s.expect(`  1  admin .*\n.* 2  chain`)
			s.expect(`Number, or a part of the name: `)
			s.typed("r\r")
			s.expect(`  1  `)
			s.expect(`Number, or a part of the name: `)
			s.typed("othe\r")
			s.expect(`role/hop1`)
			text := s.ended("0", mode)
			s.activeIs("other")
			if strings.Contains(text, "\x1b") {
				t.Errorf("it moves the cursor: %q", text)
			}
			s.typed(kinds[0].then("vault use", 9001) + "\r")
			s.expect(`Number, or a part of the name: `)
			s.typed("\x03") // of which bash drops the rest of the line
			s.expect(`\^C[^$]*\$ `)
			s.activeIs("other")
		})
	}
}

func TestPickWithoutColour(t *testing.T) {
	w := world.New(t)
	s, mode := picks(t, kinds[0], w, "NO_COLOR=1", "AWS_VAULT_PROTECTED=*")
	s.expect(`> admin .*protected`)
	s.typed("\x03")
	s.ended("130", mode)
	if all := s.all(); strings.Contains(all, "\x1b[7m") || strings.Contains(all, "\x1b[1m") {
		t.Errorf("%q", all)
	}
}

func TestPickWithFzf(t *testing.T) {
	need.Program(t, "fzf", "fzf")
	w := world.New(t)
	s, mode := picks(t, kinds[0], w, "AWS_VAULT_PICKER=fzf")
	where := func() { // it asks twice where the cursor is
		for range 2 {
			s.expect(`\[6n`)
			s.typed("\x1b[1;1R")
		}
	}
	where()
	s.expect(`9/9`)
	s.typed("other")
	s.expect(`1/9`)
	s.typed("\r")
	s.expect(`role/hop1`)
	s.ended("0", mode)
	s.activeIs("other")
	s.typed(kinds[0].then("vault use", 9001) + "\r")
	where()
	s.expect(`9/9`)
	s.typed("\x03")
	s.ended("130", mode)
}

func TestExecPicks(t *testing.T) {
	w := world.New(t)
	s := start(t, kinds[0], w)
	// Standard input is the command's.
	s.typed("echo through | vault exec -- cat -; echo \"<<$?:9001>>\"\r")
	s.expect(`profile: `)
	s.typed("other\r")
	s.expect(`25hthrough`)
	s.expect(`<<0:9001>>`)
}
