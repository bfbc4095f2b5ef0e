package store_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"awsvault/internal/store"
)

func TestExamineTellsOfEveryBackendAndAsksNobody(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have others")
	}
	settings := fileSettings(t.TempDir())
	put(t, store.Open(settings), "dev", keys(1))
	putSession(t, store.Open(settings), lockKey, session(1, epoch.Add(time.Hour)))
	asked := func(context.Context, string) (string, error) {
		t.Error("a passphrase was asked for")
		return "", errors.New("no")
	}
	settings.Backend, settings.Passphrase, settings.NewPassphrase = "", asked, asked
	settings.Service = "vault test " + t.Name()
	settings.Timeout = time.Second
	// The program of this password store never ends, but nothing has to be decrypted.
	settings.PassDir, settings.PassCmd = t.TempDir(), filepath.Join(t.TempDir(), "pass")
	err := errors.Join(
		os.WriteFile(filepath.Join(settings.PassDir, ".gpg-id"), nil, 0o600),
		os.WriteFile(settings.PassCmd, []byte("#!/bin/sh\nexec /bin/sleep 20\n"), 0o700),
	)
	if err != nil {
		t.Fatal(err)
	}
	settings.OnePassword = store.OnePassword{Vault: "v", ConnectHost: "http://127.0.0.1:1", ConnectToken: func(context.Context, bool) (string, error) {
		t.Error("a token was asked for")
		return "", nil
	}}
	got := map[string]store.Finding{}
	var order []string
	for _, f := range store.Open(settings).Examine(t.Context()) {
		got[f.Backend] = f
		order = append(order, f.Backend)
	}
	want := strings.Fields("secret-service kwallet keyctl pass passage file op-connect op op-desktop")
	if !slices.Equal(order, want) {
		t.Errorf("backends %q, want %q", order, want)
	}
	if f := got["file"]; f.Err != nil || f.Keys != 1 || f.Chosen {
		t.Errorf("file: %+v", f)
	}
	if f := got["pass"]; f.Err != nil || !f.Chosen {
		t.Errorf("pass: %+v", f)
	}
	for _, name := range []string{"secret-service", "kwallet", "passage", "op-connect", "op", "op-desktop"} {
		if f := got[name]; !errors.Is(f.Err, store.ErrUnavailable) || f.Locked {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// Vault waits only once for two keystores on a bus that does not answer, and then chooses the
// next keystore.
func TestExamineWaitsOnceForKeystoresThatDoNotAnswer(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have others")
	}
	dir, err := os.MkdirTemp("", "bus") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	deaf, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	settings := fileSettings(t.TempDir())
	settings.Backend, settings.Bus, settings.Timeout = "", "unix:path="+path, 3*time.Second
	settings.PassDir, settings.PassageDir = t.TempDir(), t.TempDir()
	settings.Now = time.Now
	start := time.Now()
	for _, f := range store.Open(settings).Examine(t.Context()) {
		switch f.Backend {
		case "secret-service", "kwallet":
			if f.Err == nil || f.Chosen || f.Took < settings.Timeout/2 {
				t.Errorf("%+v", f)
			}
		case "file":
			if f.Err != nil || !f.Chosen {
				t.Errorf("%+v", f)
			}
		}
	}
	if took := time.Since(start); took > settings.Timeout*2 {
		t.Errorf("it took %v, with %v for each", took, settings.Timeout)
	}
}

func TestExamineNamesAnUnknownBackend(t *testing.T) {
	settings := fileSettings(t.TempDir())
	settings.Backend = "keychian"
	all := store.Open(settings).Examine(t.Context())
	if f := all[len(all)-1]; f.Backend != "keychian" || !f.Chosen || f.Err == nil {
		t.Errorf("%+v", f)
	}
}
