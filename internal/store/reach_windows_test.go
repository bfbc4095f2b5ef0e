package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"awsvault/internal/aws"
	"awsvault/internal/store"
)

func TestALogOnWithoutCredentials(t *testing.T) {
	if err := store.ManagerError(windows.ERROR_NO_SUCH_LOGON_SESSION); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v", err)
	}
}

// Vault asks for a passphrase once, and not for each command.
func TestSessionsOfFilesGoToTheCredentialManager(t *testing.T) {
	settings, _ := managerSettings(t, "file")
	settings.SessionBackend = ""
	key := aws.SessionKey{Type: "sts.AssumeRole", Profile: "dev", Hash: "hash"}
	want := session(1, epoch.Add(time.Hour))
	putSession(t, store.Open(settings), key, want)
	direct := settings
	direct.Backend, direct.SessionBackend = "wincred", "wincred"
	wantSession(t, store.Open(direct), key, &want)
	settings.Passphrase = func(context.Context, string) (string, error) {
		t.Error("a passphrase is asked for")
		return "", errors.New("no")
	}
	wantSession(t, store.Open(settings), key, &want)
	if n, err := store.Open(settings).RemoveSessions(t.Context(), "dev"); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
}
