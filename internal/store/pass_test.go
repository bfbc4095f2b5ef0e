//go:build unix

package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/99designs/keyring"
	"github.com/google/go-cmp/cmp"

	"awsvault/internal/fault"
	"awsvault/internal/store"
	"awsvault/tests/need"
)

// passwordStore makes a password store in its own home, with a key that has the given
// passphrase, and returns the settings for it.
func passwordStore(t *testing.T, phrase string) store.Settings {
	t.Helper()
	needs(t, "pass", "gpg", "gpgconf")
	home, err := os.MkdirTemp("/tmp", "gpg") // the paths of gpg's sockets have to be short
	if err != nil {
		t.Fatal(err)
	}
	// Otherwise the agent spends seconds on measuring the speed of the machine.
	if err := os.WriteFile(filepath.Join(home, "gpg-agent.conf"), []byte("s2k-count 65536\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := fileSettings(t.TempDir())
	settings.Backend, settings.SessionBackend = "pass", "pass"
	settings.PassDir = filepath.Join(t.TempDir(), "store")
	settings.Environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GNUPGHOME=" + home, "LC_ALL=C.UTF-8",
		"GIT_AUTHOR_NAME=T", "GIT_AUTHOR_EMAIL=t@example.invalid", "GIT_COMMITTER_NAME=T", "GIT_COMMITTER_EMAIL=t@example.invalid",
	}
	t.Cleanup(func() {
		command(t, settings, "gpgconf", "--kill", "gpg-agent")
		os.RemoveAll(home)
	})
	command(t, settings, "gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", phrase,
		"--quick-gen-key", "T <t@example.invalid>", "future-default", "default", "never")
	command(t, settings, "pass", "init", "t@example.invalid")
	return settings
}

// command runs a program as the owner of the password store would.
func command(t *testing.T, settings store.Settings, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(settings.Environ, "PASSWORD_STORE_DIR="+settings.PassDir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func TestPass(t *testing.T) {
	settings := passwordStore(t, "")
	conform(t, func(t *testing.T) (store.Settings, *native) {
		fresh := settings
		fresh.StateDir = t.TempDir()
		fresh.PassPrefix = strings.NewReplacer("/", "_", " ", "_").Replace(t.Name())
		return fresh, viaLibrary(t, fresh)
	})
}

// passageStore makes a store for passage with an identity of its own.
func passageStore(t *testing.T) store.Settings {
	t.Helper()
	need.Program(t, "age", "age")
	keygen := need.Program(t, "age-keygen", "age")
	home := t.TempDir()
	standIn, err := filepath.Abs("../../tests/passage/passage")
	if err != nil {
		t.Fatal(err)
	}
	settings := fileSettings(t.TempDir())
	settings.Backend, settings.SessionBackend = "passage", "passage"
	settings.PassCmd = standIn
	settings.PassageDir = filepath.Join(home, ".passage", "store")
	settings.Environ = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	if err := os.MkdirAll(settings.PassageDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(keygen, "-o", filepath.Join(home, ".passage", "identities")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return settings
}

func TestPassage(t *testing.T) {
	settings := passageStore(t)
	conform(t, func(t *testing.T) (store.Settings, *native) {
		fresh := settings
		fresh.StateDir = t.TempDir()
		fresh.PassPrefix = strings.NewReplacer("/", "_", " ", "_").Replace(t.Name())
		run := func(t *testing.T, input []byte, args ...string) []byte {
			t.Helper()
			cmd := exec.Command(settings.PassCmd, args...)
			cmd.Env = settings.Environ
			cmd.Stdin = bytes.NewReader(input)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("passage %q: %v", args, err)
			}
			return out
		}
		return fresh, &native{
			put: func(t *testing.T, key string, item []byte) {
				run(t, item, "insert", "-m", "-f", fresh.PassPrefix+"/"+key)
			},
			get: func(t *testing.T, key string) []byte { return run(t, nil, "show", fresh.PassPrefix+"/"+key) },
		}
	})
}

func TestPassItemsAreThoseOfAWSVault(t *testing.T) {
	settings := passwordStore(t, "")
	s := store.Open(settings)
	put(t, s, "team/prod", keys(1))
	put(t, s, "team", keys(2)) // a name that is a folder too
	put(t, s, "team", keys(3))

	for _, entry := range append(settings.Environ, "PASSWORD_STORE_DIR="+settings.PassDir) {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	ring, err := keyring.Open(keyring.Config{AllowedBackends: []keyring.BackendType{keyring.PassBackend}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ring.Get("team/prod")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(awsVaultItem(t, "team/prod", sdk(keys(1))), got); diff != "" {
		t.Errorf("item (-aws-vault +ours):\n%s", diff)
	}
	if err := ring.Set(awsVaultItem(t, "theirs", sdk(keys(4)))); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, s, "theirs", keys(4))
	wantKeys(t, s, "team", keys(3))
	wantNames(t, s, "team", "team/prod", "theirs")

	var left []string
	filepath.WalkDir(settings.PassDir, func(path string, entry fs.DirEntry, err error) error {
		left = append(left, strings.TrimPrefix(path, settings.PassDir))
		return err
	})
	if diff := cmp.Diff([]string{"", "/.gpg-id", "/team", "/team/prod.gpg", "/team.gpg", "/theirs.gpg"}, left); diff != "" {
		t.Errorf("in the password store (-want +got):\n%s", diff)
	}
}

// If a process is killed while pass encrypts, the files that it leaves are not listed as keys.
func TestPassLeftoversAreNoKeys(t *testing.T) {
	settings := passwordStore(t, "")
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	small := filepath.Join(settings.PassDir, "session,dmF1bHQ,123456789")
	if err := errors.Join(os.Mkdir(small, 0o700), os.WriteFile(filepath.Join(small, "item,10.gpg"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	wantNames(t, s, "dev")
	if n, err := s.RemoveSessions(t.Context(), ""); n != 1 || err != nil {
		t.Errorf("RemoveSessions() = %d, %v; want 1", n, err)
	}
}

func TestPassInGitIsCommitted(t *testing.T) {
	needs(t, "git")
	settings := passwordStore(t, "")
	command(t, settings, "pass", "git", "init", "-q")
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	put(t, s, "dev", keys(2))
	if err := s.RemoveKeys(t.Context(), "dev"); err != nil {
		t.Fatal(err)
	}
	if status := command(t, settings, "pass", "git", "status", "--porcelain"); status != "" {
		t.Errorf("not committed: %s", status)
	}
	want := []string{"Remove dev from store.", "Add given password for dev to store.", "Add given password for dev to store."}
	log := strings.Split(command(t, settings, "pass", "git", "log", "--format=%s"), "\n")
	if diff := cmp.Diff(want, log[:3]); diff != "" {
		t.Errorf("commits (-want +got):\n%s", diff)
	}
}

func TestPassThatWouldAskIsALock(t *testing.T) {
	settings := passwordStore(t, "secret")
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	command(t, settings, "gpgconf", "--kill", "gpg-agent")
	if _, err := s.Keys(t.Context(), "dev"); !errors.Is(err, store.ErrLocked) || fault.HintOf(err) == "" {
		t.Errorf("got %v, want ErrLocked with a hint", err)
	}
	if has, err := s.Has(t.Context(), "dev"); !has || err != nil {
		t.Errorf("Has(dev) = %v, %v", has, err)
	}
}

func TestPassThatDoesNotAnswer(t *testing.T) {
	settings := fileSettings(t.TempDir())
	settings.Backend = "pass"
	settings.PassDir = t.TempDir()
	settings.PassCmd = filepath.Join(t.TempDir(), "pass")
	settings.Timeout = 50 * time.Millisecond
	err := errors.Join(
		os.WriteFile(filepath.Join(settings.PassDir, ".gpg-id"), nil, 0o600),
		os.WriteFile(filepath.Join(settings.PassDir, "dev.gpg"), nil, 0o600),
		os.WriteFile(settings.PassCmd, []byte("#!/bin/sh\nexec /bin/sleep 20\n"), 0o700),
	)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(settings).Keys(t.Context(), "dev")
	if want := `keys of "dev": the keystore does not answer`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// needs skips a test if a program is missing. On CI, where .ci/run has installed it, the test
// fails.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			need.Missing(t, "apt-get install "+map[string]string{
				"pass": "pass", "gpg": "gnupg", "gpgconf": "gnupg", "git": "git",
				"dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring",
			}[program])
		}
	}
}

// The output of a program is limited in size and in time.
func TestAProgramThatPrintsTooMuch(t *testing.T) {
	settings := fileSettings(t.TempDir())
	settings.Backend, settings.SessionBackend = "pass", "pass"
	settings.PassDir, settings.PassCmd = t.TempDir(), filepath.Join(t.TempDir(), "pass")
	err := errors.Join(
		os.WriteFile(filepath.Join(settings.PassDir, ".gpg-id"), nil, 0o600),
		os.WriteFile(filepath.Join(settings.PassDir, "dev.gpg"), nil, 0o600),
		os.WriteFile(settings.PassCmd, []byte("#!/bin/sh\nexec head -c 20000000 /dev/zero\n"), 0o700),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("keys of \"dev\": %s printed more than 8388608 bytes", settings.PassCmd)
	if _, err := store.Open(settings).Keys(t.Context(), "dev"); err == nil || err.Error() != want {
		t.Errorf("20 MB: got %v, want %s", err, want)
	}
}
