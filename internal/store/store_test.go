package store_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/store"
)

func TestBackendsAreThoseOfAWSVaultInItsOrder(t *testing.T) {
	want := strings.Fields("wincred winhello keychain secret-service kwallet keyctl pass passage file op-connect op op-desktop")
	if diff := cmp.Diff(want, store.Backends()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestABackendThatCannotBeUsedSaysWhy(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems give other reasons")
	}
	if !withoutBus(t) {
		return
	}
	dir := t.TempDir()
	inTheWay := filepath.Join(dir, "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		settings store.Settings
		want     string
	}{
		{store.Settings{Backend: "passage"}, `backend "passage" cannot be used: it has no directory`},
		{store.Settings{Backend: "op"}, `backend "op" cannot be used: 1Password is not configured`},
		{store.Settings{Backend: "winhello"}, `backend "winhello" cannot be used: it needs Windows`},
		{store.Settings{Backend: "fiel"}, `backend "fiel" is unknown`},
		{store.Settings{Backend: "wincred"}, `backend "wincred" cannot be used: it needs Windows`},
		{store.Settings{Backend: "keychain"}, `backend "keychain" cannot be used: it needs macOS, and a build with cgo`},
		{store.Settings{Backend: "secret-service"}, `backend "secret-service" cannot be used: there is no D-Bus session bus`},
		{store.Settings{Backend: "kwallet"}, `backend "kwallet" cannot be used: there is no D-Bus session bus`},
		{store.Settings{Backend: "pass"}, `backend "pass" cannot be used: it has no directory`},
		{store.Settings{Backend: "pass", PassDir: dir, PassCmd: "no-such-pass"}, `backend "pass" cannot be used: there is no program "no-such-pass"`},
		{store.Settings{Backend: "pass", PassDir: dir, PassCmd: "sh"}, fmt.Sprintf(`backend "pass" cannot be used: there is no password store in %q`, dir)},
		{store.Settings{Backend: "file"}, `backend "file" cannot be used: it has no directory`},
		{store.Settings{Backend: "file", FileDir: inTheWay}, fmt.Sprintf(`backend "file" cannot be used: %q is not a directory`, inTheWay)},
		{store.Settings{PassCmd: "sh"}, `no keystore can be used: ` +
			`backend "secret-service" cannot be used: there is no D-Bus session bus; ` +
			`backend "kwallet" cannot be used: there is no D-Bus session bus; ` +
			`backend "pass" cannot be used: it has no directory; ` +
			`backend "passage" cannot be used: it has no directory; ` +
			`backend "file" cannot be used: it has no directory`},
	}
	for _, test := range tests {
		_, err := store.Open(test.settings).Names(t.Context())
		if !errors.Is(err, store.ErrUnavailable) || err.Error() != test.want {
			t.Errorf("\n got %v\nwant %s", err, test.want)
		}
	}
}

func TestTheFirstBackendThatOpensIsChosen(t *testing.T) {
	if runtime.GOOS == "windows" || !withoutBus(t) {
		return
	}
	settings := fileSettings(t.TempDir())
	settings.Backend, settings.SessionBackend = "", "file"
	settings.PassCmd, settings.PassDir = "sh", t.TempDir()
	// The choice is not keyctl, although aws-vault ranks it higher, because the kernel forgets
	// keys.
	if name, err := store.Open(settings).Backend(t.Context()); name != "file" || err != nil {
		t.Errorf("without a password store: got %q, %v; want file", name, err)
	}
	if _, err := os.Stat(settings.FileDir); err == nil {
		t.Error("choosing made the directory")
	}
	if err := os.WriteFile(filepath.Join(settings.PassDir, ".gpg-id"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if name, err := store.Open(settings).Backend(t.Context()); name != "pass" || err != nil {
		t.Errorf("with a password store: got %q, %v; want pass", name, err)
	}
}

// withoutBus runs the calling test in a process of its own without a message bus. It returns
// true in that process.
func withoutBus(t *testing.T) bool {
	t.Helper()
	if os.Getenv(onBus) != "" {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), onBus+"=none", "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent/bus")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

func TestCredentialsDoNotShowTheirSecrets(t *testing.T) {
	c := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI", SessionToken: "FwoGZXIvYXdz"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10s"} {
		for _, value := range []any{c, &c, []any{c}, struct{ C aws.Credentials }{c}} {
			got := fmt.Sprintf(format, value)
			if strings.Contains(got, "wJal") || strings.Contains(got, "Fwo") || strings.Contains(got, "FODNN7") || !strings.Contains(got, "AKIA…MPLE") {
				t.Errorf("%s of %T shows %s", format, value, got)
			}
		}
	}
	if got := fmt.Sprint(aws.Credentials{AccessKeyID: "short"}); got != "credentials …" {
		t.Errorf("a short id shows as %s", got)
	}
}
