package vault_test

import (
	"errors"
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// Nobody fails at once for every question, with the words of the question.
func TestNobodyAnswersNothing(t *testing.T) {
	unasked := errors.New("there is no terminal to ask on")
	if nobody.Asks() || nobody.SignIn(resolve.InBrowser) != nil || nobody.Streams() != (vault.Streams{}) {
		t.Error("questions are put to nobody")
	}
	if text, err := nobody.Secret(t.Context(), vault.SecretQuestion{Prompt: "Passphrase", Unasked: unasked}); text != "" || err != unasked {
		t.Errorf("a secret: %q, %v", text, err)
	}
	if yes, err := nobody.Confirm(t.Context(), vault.Question{Text: "Sure?", Yes: true, Unasked: unasked}); yes || err != unasked {
		t.Errorf("a question: %v, %v", yes, err)
	}
	if code, err := nobody.Code(t.Context(), vault.MFARequest{Serial: jonMFA}); code != (vault.MFACode{}) || fault.KindOf(err) != fault.Person {
		t.Errorf("a code: %v, %v", code, err)
	}
}
