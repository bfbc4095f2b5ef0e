package store_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/store"
)

// This applies to wincred over SSH: another keystore would not have the keys, and a person at
// the desk would not find what is stored there.
func TestAKeystoreOutOfReachIsNotPassedOver(t *testing.T) {
	settings := fileSettings(tempDir(t))
	settings.Backend, settings.SessionBackend = "", ""
	first := map[string]string{"windows": "wincred", "darwin": "keychain"}[runtime.GOOS]
	if first == "" {
		first = "secret-service"
	}
	s := store.OpenUnreachable(settings, first)
	_, err := s.Names(t.Context())
	for _, err := range []error{err, s.PutKeys(t.Context(), "dev", keys(1))} {
		if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), `"`+first+`" cannot be reached: it is too far`) || !strings.Contains(fault.HintOf(err), "--backend=file") || store.Reason(err) != "cannot be reached: it is too far" {
			t.Errorf("got %v, hint %q", err, fault.HintOf(err))
		}
	}
	settings.Backend = "file"
	put(t, store.OpenUnreachable(settings, first), "dev", keys(1))
}
