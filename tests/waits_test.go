//go:build unix

package tests

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"awsvault/tests/awsfake"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// waitsWorld is a world, and how to run vault on a terminal of it that shows waits.
func waitsWorld(t *testing.T) (*world.World, func(args ...string) *terminal.Terminal) {
	w := world.New(t)
	return w, func(args ...string) *terminal.Terminal {
		cmd := exec.Command(w.Vault, args...)
		cmd.Env, cmd.Dir = w.Environ("AWS_VAULT_PROGRESS="), w.Home
		tty, err := terminal.Start(cmd, terminal.Size{Rows: 24, Columns: 80})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tty.Close)
		return tty
	}
}

// until waits until a terminal has shown a text.
func until(t *testing.T, tty *terminal.Terminal, text string) string {
	t.Helper()
	patience := time.After(time.Minute)
	for {
		shown := tty.Shown()
		if strings.Contains(shown, text) {
			return shown
		}
		select {
		case <-tty.More():
		case <-patience:
			t.Fatalf("it never shows %q:\n%q", text, shown)
		}
	}
}

// gone takes the line of a wait away from its terminal.
const gone = "\r\x1b[K"

func TestASlowAnswerIsWaitedForInWords(t *testing.T) {
	t.Parallel()
	w, run := waitsWorld(t)
	w.Fake.Arm(awsfake.Fault{Kind: awsfake.None, Operation: "AssumeRole", Delay: 3 * time.Second})
	shown := until(t, run("exec", "dev", "--", "echo", "done"), "done")
	before, after, ok := strings.Cut(shown, gone)
	host := strings.TrimPrefix(w.Fake.URL, "http://")
	if !ok || !strings.Contains(before, "\rWaiting for "+host+"… ") || !strings.Contains(before, "Ctrl-C cancels.") || strings.Contains(after, "Waiting") {
		t.Errorf("it shows %q", shown)
	}
	// What is cached is not waited for, and a program that reads JSON is told nothing.
	if shown := until(t, run("exec", "dev", "--", "echo", "done"), "done"); strings.Contains(shown, "Waiting") || strings.Contains(shown, gone) {
		t.Errorf("a cached session shows %q", shown)
	}
	w.Fake.Arm(awsfake.Fault{Kind: awsfake.None, Operation: "AssumeRole", Delay: 3 * time.Second})
	if shown := until(t, run("credential-process", "other"), "SessionToken"); strings.Contains(shown, "Waiting") {
		t.Errorf("credential-process shows %q", shown)
	}
}

func TestCtrlCEndsAWait(t *testing.T) {
	t.Parallel()
	w, run := waitsWorld(t)
	w.Fake.Arm(awsfake.Fault{Kind: awsfake.None, Operation: "AssumeRole", Delay: time.Hour})
	tty := run("exec", "dev", "--", "echo", "done")
	until(t, tty, "Waiting for ")
	if err := tty.Type("\x03"); err != nil {
		t.Fatal(err)
	}
	until(t, tty, gone)
}
