//go:build unix

package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"awsvault/tests/awsfake"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// waitsWorld returns a world, and a function that runs vault on a terminal that shows waits.
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

// until waits until a terminal shows a text.
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

// gone is the sequence that removes the line of a wait from the terminal.
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
	// A cached session causes no wait, and a program that reads JSON gets no messages.
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

// script writes a program into the world.
func script(t *testing.T, w *world.World, name, text string) string {
	t.Helper()
	path := filepath.Join(w.Home, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// If a program itself asks on the terminal, vault says so before it starts, and does not draw
// over it.
func TestAProgramOfTheConfigIsNotDrawnOver(t *testing.T) {
	t.Parallel()
	w, run := waitsWorld(t)
	login := script(t, w, "corp-login", `printf 'Code: ' >/dev/tty
read code </dev/tty
test "$code" = 246810 && echo '{"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret", "SessionToken": "token"}'
`)
	if err := w.WriteConfig("[profile corp]\nregion = eu-west-1\ncredential_process = " + login + "\n"); err != nil {
		t.Fatal(err)
	}
	tty := run("exec", "corp", "--", "echo", "done")
	until(t, tty, "Code: ")
	if err := tty.Type("246810\r"); err != nil {
		t.Fatal(err)
	}
	const want = "Waiting for corp-login, which profile corp names… 10m at most. Ctrl-C cancels.\r\nCode: "
	if shown := until(t, tty, "done"); !strings.HasPrefix(shown, want) || strings.Count(shown, "Waiting") != 1 || strings.Contains(shown, gone) {
		t.Errorf("it shows %q", shown)
	}
}

// The keystore's program prints nothing while it decrypts. vault says once that it waits for it.
func TestASlowKeystoreProgramIsWaitedForInWords(t *testing.T) {
	t.Parallel()
	w, _ := waitsWorld(t)
	store, gate := filepath.Join(w.Home, "store"), filepath.Join(w.Home, "gate")
	if err := os.MkdirAll(filepath.Join(store, "plain"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".gpg-id", "plain.gpg"} {
		if err := os.WriteFile(filepath.Join(store, name), []byte("me\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	pass := script(t, w, "slow-pass", "read line <"+gate+"\necho 'the key is elsewhere' >&2\nexit 1\n")
	cmd := exec.Command(w.Vault, "exec", "plain", "--backend=pass", "--pass-cmd="+pass, "--pass-dir="+store, "--", "echo", "done")
	cmd.Env, cmd.Dir = w.Environ("AWS_VAULT_PROGRESS="), w.Home
	tty, err := terminal.Start(cmd, terminal.Size{Rows: 24, Columns: 80})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	until(t, tty, "Waiting for slow-pass… Ctrl-C cancels.\r\n")
	if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	if shown := until(t, tty, "the key is elsewhere"); strings.Count(shown, "Waiting") != 1 || strings.Contains(shown, gone) {
		t.Errorf("it shows %q", shown)
	}
}
