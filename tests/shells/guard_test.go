//go:build unix

package shells

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/world"
)

// guarded starts a shell with a program called tool, which prints its words, reads what is
// piped into it, and ends with 7.
func guarded(t *testing.T, k kind, more ...string) (*session, *world.World) {
	t.Helper()
	w := world.New(t)
	bin := filepath.Join(w.Dir, "tools")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\n[ ! -p /dev/stdin ] || read -r line\nprintf '[%s]' \"$@\"\nprintf ' %s\\n' \"${line-}\"\nexit 7\n"
	if err := os.WriteFile(filepath.Join(bin, "tool"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	s := start(t, k, w, append(more, "PATH="+bin+":"+os.Getenv("PATH"))...)
	s.ok("vault guard tool")
	return s, w
}

// guards runs a guarded program.
func (s *session) guards(line, want, status string) {
	s.t.Helper()
	text, got := s.run(line)
	if got != status || !strings.Contains(text, want) {
		s.t.Errorf("%s: %s: status %s, want %s and %q:\n%s", s.kind.name, line, got, status, want, text)
	}
}

// A guarded program runs as it always does while there is nothing to say, and asks where a
// protected profile is active. No process but its own runs.
func TestGuardedProgramsAskOnProduction(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		s, _ := guarded(t, k, "AWS_VAULT_PROTECTED=other")
		words := "tool 'a b' --x=1,2 Name=tag:Env,Values=prod"
		s.guards(words, "[a b][--x=1,2][Name=tag:Env,Values=prod]", "7")
		s.ok("vault use dev")
		if text := s.ok("vault guard --check tool"); strings.Contains(text, "vault:end") {
			t.Errorf("the end of the answer is run: %s", text)
		}
		s.guards(words, "[a b][--x=1,2][Name=tag:Env,Values=prod]", "7")
		s.guards(map[string]string{"powershell": `"piped" | tool x`}[k.name]+map[bool]string{true: "echo piped | tool x"}[k.name != "powershell"], "[x] piped", "7")
		next := map[string]string{"fish": "echo RAN(math 1+1)", "powershell": `"RAN$(1+1)"`, "bash": "echo RAN$((1+1))", "zsh": "echo RAN$((1+1))"}[k.name]
		if text, _ := s.run("tool x && " + next); strings.Contains(text, "RAN2") {
			t.Errorf("what stands behind && ran: %s", text)
		}
		guard, _ := s.processes(func() { s.run("tool x") })
		s.ok("vault guard --off tool")
		plain, trace := s.processes(func() { s.run("tool x") })
		if guard > plain {
			t.Errorf("%d processes, and %d without the guard\n%s", guard, plain, trace)
		}
		s.ok("vault guard tool")

		s.typed("vault use other\r")
		s.expect(`Type its name to continue: `)
		s.typed("other\r")
		s.expect(`role/hop1`)
		s.guards("vault guard --check tool", "other is protected", "1")
		before := s.exported()
		s.typed(k.then("tool x", 9001) + "\r")
		s.expect(`vault: other is protected. Type other to run tool: `)
		s.typed("yes\r")
		if text, groups := s.expect(`<<([0-9]*):9001>>`); groups[1] != "1" || strings.Contains(text, "[x]") || !strings.Contains(text, "tool was not run") {
			t.Errorf("status %s: %s", groups[1], text)
		}
		s.typed(k.then("tool x", 9002) + "\r")
		s.expect(`Type other to run tool: `)
		s.typed("other\r")
		if text, groups := s.expect(`<<([0-9]*):9002>>`); groups[1] != "7" || !strings.Contains(text, "[x]") {
			t.Errorf("status %s: %s", groups[1], text)
		}
		if k.name == "bash" || k.name == "zsh" || k.name == "fish" {
			s.guards("command tool past", "[past]", "7")
		}
		if d := cmp.Diff(before, s.exported()); d != "" {
			t.Errorf("the environment (-before +after):\n%s", d)
		}
		s.ok("vault guard --off")
		s.guards("tool gone", "[gone]", "7")
	})
}

// In the directory of another profile, and outside of the directory that a profile is of,
// it asks; in the right one it does not.
func TestGuardedProgramsAskInAnotherDirectory(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		s, w := guarded(t, k)
		dir := filepath.Join(w.Home, "project")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, ".awsprofile"), "dev\n")
		s.ok("vault allow project")
		s.cd(dir)
		if s.active() != "dev" {
			t.Fatalf("%q is active", s.active())
		}
		s.guards("tool x", "[x]", "7")
		s.ok("vault use other")
		s.typed(k.then("tool x", 9001) + "\r")
		s.expect(`vault: this directory is for dev, and other is active. Type other to run tool: `)
		s.typed("\r")
		if _, groups := s.expect(`<<([0-9]*):9001>>`); groups[1] != "1" {
			t.Errorf("status %s", groups[1])
		}
		s.ok("vault use dev")
		s.guards("tool x", "[x]", "7")
		s.guards("tool x", "[x]", "7")
		if k.name == "powershell" {
			return // a prompt is between any two lines there
		}
		s.ok("vault off")
		s.cd(w.Home)
		s.cd(dir)
		s.typed(k.then("cd "+quoted(k.name, w.Home)+"; tool x", 9002) + "\r")
		s.expect(`vault: dev belongs to ~/project/.awsprofile, and you are not in that directory. Type dev to run tool: `)
		s.typed("dev\r")
		if text, groups := s.expect(`<<([0-9]*):9002>>`); groups[1] != "7" || !strings.Contains(text, "[x]") {
			t.Errorf("status %s: %s", groups[1], text)
		}
	})
}

// Too little time is a reason to ask. A function of one's own runs behind the guard, and is
// back without it. Names that are no programs are refused.
func TestGuardsOfShortLivesAndFunctions(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		s, _ := guarded(t, k)
		s.ok("vault guard --off")
		own := map[string]string{
			"bash": "tool() { echo mine; command tool \"$@\"; }", "zsh": "tool() { echo mine; command tool \"$@\"; }",
			"fish": "function tool; echo mine; command tool $argv; end", "powershell": "function global:tool { 'mine'; & (Get-Command -CommandType Application tool) @args }",
		}[k.name]
		s.ok(own)
		s.ok("vault guard --min=30m tool")
		s.ok("vault use dev -d 15m")
		s.typed(k.then("tool x", 9001) + "\r")
		s.expect(`vault: dev ends in less than 30m. Type dev to run tool`)
		s.typed("dev\r")
		if text, groups := s.expect(`<<([0-9]*):9001>>`); groups[1] != "7" || !strings.Contains(text, "mine") || !strings.Contains(text, "[x]") {
			t.Errorf("status %s: %s", groups[1], text)
		}
		s.ok("vault guard --off")
		s.guards("tool x", "mine", "7")
		for _, name := range []string{"if", "a;b", "--", "__vault_x"} {
			if text, status := s.run("vault guard " + quoted(k.name, name)); name != "--" && (status != "2" || !strings.Contains(text, "cannot guard") && !strings.Contains(text, "cannot be guarded")) {
				t.Errorf("%s: status %s: %s", name, status, text)
			}
		}
	})
}
