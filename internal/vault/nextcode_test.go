package vault_test

import (
	"errors"
	"testing"

	"awsvault/internal/vault"
)

// When a program has printed a wrong code, one line says what vault waits for.
func TestNextCodeSaysWhatItWaitsFor(t *testing.T) {
	w := newWorld(t)
	for refused, want := range map[error]string{
		vault.ErrCodeRefused:                 "vault: the MFA code was not accepted; waiting for the next one",
		errors.New("the code has no digits"): "vault: the code has no digits; waiting for the next one",
	} {
		w.person.said = nil
		if err := w.session(w.person).NextCode(t.Context(), refused); err != nil {
			t.Fatal(err)
		}
		if len(w.person.said) != 1 || w.person.said[0] != want {
			t.Errorf("said %q, want %q", w.person.said, want)
		}
	}
}
