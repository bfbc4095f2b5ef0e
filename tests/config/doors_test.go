package config

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/cmd"
	_ "awsvault/internal/nodbus" // before anything that dials D-Bus
	"awsvault/tests/world"
)

// words are those of a vault that is to go the full way. As arguments they would be
// seen, and answered, before main.
const words = "VAULT_TEST_WORDS"

func TestMain(m *testing.M) {
	if line := os.Getenv(words); line != "" {
		os.Unsetenv(words)
		os.Args = append(os.Args[:1], strings.Split(line, "\n")...)
		os.Exit(cmd.Main())
	}
	os.Exit(m.Run())
}

// door is one of the two ways in which a line is answered.
type door struct{ stdout, stderr string }

// left is what a session has left, in seconds: it differs from run to run.
var left = regexp.MustCompile(`:([0-9]+h)?([0-9]+m)?[0-9]+s`)

// doors answers a line by both. early says that the first needed neither the parser
// nor the keystore library.
func doors(t *testing.T, environ []string, line ...string) (first, full door, early bool) {
	t.Helper()
	run := func(program string, environ []string, args ...string) door {
		c := exec.Command(program, args...)
		c.Env = environ
		var out, errs strings.Builder
		c.Stdout, c.Stderr = &out, &errs
		_ = c.Run() // what it fails with is on stderr
		return door{left.ReplaceAllString(out.String(), ":TIME"), errs.String()}
	}
	first = run(world.Program(t), append(environ, "GODEBUG=inittrace=1"), line...)
	var said strings.Builder
	early = true
	for text := range strings.Lines(first.stderr) {
		if strings.HasPrefix(text, "init ") {
			early = early && !strings.Contains(text, "alecthomas/kong") && !strings.Contains(text, "99designs/keyring")
			continue
		}
		said.WriteString(text)
	}
	first.stderr = said.String()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return first, run(self, append(environ, words+"="+strings.Join(line, "\n"))), early
}

// lists are the forms of list.
var lists = [][]string{{"list"}, {"list", "--json"}, {"list", "--profiles"}, {"list", "--credentials"}, {"ls", "--sessions"}}

// compare holds that both doors give the same list, and returns how many of them the
// first one gave.
func compareDoors(t *testing.T, name string, environ []string, forms [][]string) (early int) {
	t.Helper()
	for _, form := range forms {
		first, full, isEarly := doors(t, environ, form...)
		if first != full {
			t.Errorf("%s, %v: the two doors differ (-early +full):\n%s", name, form, cmp.Diff(full.stdout+full.stderr, first.stdout+first.stderr))
		}
		if isEarly {
			early++
		}
	}
	return early
}

// list says the same of every profile of the corpus, whether it is answered before the
// rest of the program is initialised or by all of it.
func TestListIsTheSameByBothDoors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux it is answered early")
	}
	early := 0
	for _, p := range corpus(t) {
		home := t.TempDir()
		storeKey(t, home, "plain")
		environ := []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "AWS_CONFIG_FILE=" + p.Config, "AWS_SHARED_CREDENTIALS_FILE=" + p.Credentials,
			"AWS_VAULT_BACKEND=file", "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent", "AWS_VAULT_PROTECTED=*prod*"}
		early += compareDoors(t, p.name, environ, [][]string{{"list"}, {"list", "--json"}})
	}
	if early < 100 {
		t.Errorf("only %d lists were answered early", early)
	}
}

// storeKey makes the file of a stored key. Nothing here opens it.
func storeKey(t *testing.T, home, name string) {
	t.Helper()
	keys := filepath.Join(home, ".awsvault", "keys")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(keys, name), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The same with sessions, in every keystore that is listed early, and where
// something is wrong with it.
func TestListIsTheSameByBothDoorsWithSessions(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux it is answered early")
	}
	w := world.New(t)
	for _, profile := range []string{"dev", "other", "long"} {
		if _, errs, status := w.Run(nil, "export", profile); status != 0 {
			t.Fatal(errs)
		}
	}
	storeKey(t, w.Home, "of no profile")
	storeKey(t, w.Home, "jon (vault rotate)")
	store, bin := filepath.Join(w.Dir, "store"), filepath.Join(w.Dir, "bin")
	for path, mode := range map[string]os.FileMode{store + "/.gpg-id": 0o600, store + "/aws/plain.gpg": 0o600, bin + "/pass": 0o700} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 1\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	pass := []string{"AWS_VAULT_BACKEND=pass", "AWS_VAULT_PASS_PASSWORD_STORE_DIR=" + store, "AWS_VAULT_PASS_PREFIX=aws"}
	for _, c := range []struct {
		name  string
		more  []string
		early bool
	}{
		{"file", nil, true},
		{"a region and a pattern around", []string{"AWS_REGION=eu-north-1", "AWS_VAULT_PROTECTED=o*"}, true},
		{"a pattern that cannot be read", []string{"AWS_VAULT_PROTECTED=[", "AWS_PROFILE=dev"}, true},
		{"an empty directory", []string{"AWS_VAULT_FILE_DIR=" + t.TempDir()}, false},
		{"a directory that is none", []string{"AWS_VAULT_FILE_DIR=/dev/null"}, false},
		{"sessions elsewhere", []string{"AWS_VAULT_SESSION_BACKEND=file"}, false},
		{"no keystore of that name", []string{"AWS_VAULT_BACKEND=shoebox"}, false},
		{"a state directory that cannot be made", []string{"XDG_STATE_HOME=/dev/null/x"}, false},
		{"pass", append(pass, "PATH="+bin+":/usr/bin:/bin"), true},
		{"pass without its program", append(pass, "PATH=/proc/nonexistent"), false},
		{"no config", []string{"AWS_CONFIG_FILE=/proc/nonexistent"}, true},
		{"a config that is a device", []string{"AWS_CONFIG_FILE=/dev/null"}, true},
	} {
		early := compareDoors(t, c.name, w.Environ(c.more...), lists)
		if want := map[bool]int{true: len(lists)}[c.early]; early != want {
			t.Errorf("%s: %d of %d lists were answered early", c.name, early, want)
		}
	}
}
