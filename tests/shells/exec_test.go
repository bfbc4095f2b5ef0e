package shells

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// A subshell of `exec` is the shell that one types at; its hook knows what is
// active, shows it, and there is no other exec within; exit leaves it as it was.
func TestExecStartsASubshellOfTheSameKind(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		if k.name == "powershell" {
			t.Skip("pwsh is started with a script in these tests, so that it does not look like a shell in which a person types")
		}
		w := world.New(t)
		// Where there is none, fish has python write completions from all manuals.
		for _, dir := range []string{".local/share", ".cache"} {
			if err := os.MkdirAll(filepath.Join(w.Home, dir, "fish", "generated_completions"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		s := start(t, k, w, "SHELL="+map[string]string{"bash": "/bin/bash", "zsh": "/usr/bin/zsh", "fish": "/usr/bin/fish"}[k.name])
		before := s.exported()
		s.typed("vault exec plain\r")
		s.expect(`a subshell; exit leaves it`)
		// Its start-up file is the person's, who has none here.
		s.ok(strings.TrimSpace(k.rc(w.Vault)))
		s.ok("true")
		if got := strings.TrimSpace(s.output("echo $AWS_VAULT")); got != "plain" {
			t.Errorf("AWS_VAULT is %q", got)
		}
		s.typed("\r")
		s.expect(`\(plain 1?[0-9]*[mh]`)
		if text, status := s.run("vault exec dev -- true"); status != "1" || !strings.Contains(text, "inside an exec") {
			t.Errorf("an exec within: status %s\n%s", status, text)
		}
		if text := s.ok("vault use dev"); !strings.Contains(text, "dev") {
			t.Error(text)
		}
		s.ok("vault off")
		s.typed("exit\r")
		s.ok("true")
		if after := s.exported(); strings.Join(before, "\n") != strings.Join(after, "\n") {
			t.Errorf("before\n%s\nafter\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
	})
}

// The command is the shell's own job: Ctrl-C ends it and Ctrl-Z stops it, and its
// status is what the shell says. Beside a server, vault is the job with it.
func TestExecIsAJobOfTheShell(t *testing.T) {
	for _, flag := range []string{"", "--server "} {
		w := world.New(t)
		s := start(t, kinds[0], w)
		// It starts nothing: a shell that waits for its child in vfork is stopped only
		// when the child has gone on.
		s.typed("vault exec " + flag + "plain -- sh -c 'trap \"echo resu''med\" CONT; echo rea''dy; while :; do :; done'\r")
		s.expect(`ready`)
		s.typed("\x1a")
		s.expect(`Stopped`)
		for _, p := range left(t, w, s) { // it does nothing while the shell says so
			pid, _, _ := strings.Cut(p, " ")
			if stat, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil && !strings.Contains(string(stat), ") T ") {
				t.Errorf("%snot stopped: %s", flag, stat)
			}
		}
		s.typed("fg\r")
		s.expect(`resumed`)
		s.typed("\x03")
		if _, status := s.run("(exit $?)"); status != "130" {
			t.Errorf("%sstatus %s after Ctrl-C", flag, status)
		}
	}
}
