package person_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"awsvault/internal/browser"
	"awsvault/internal/mfa"
	"awsvault/internal/person"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// asker answers questions in turn, and records what is shown.
type asker struct{ answers, shown []string }

func (a *asker) Ask(_ context.Context, prompt string) (string, error) {
	a.shown = append(a.shown, prompt)
	if len(a.answers) == 0 {
		return "", errors.New("there are no more answers")
	}
	answer := a.answers[0]
	a.answers = a.answers[1:]
	return answer, nil
}

func (a *asker) AskSecret(ctx context.Context, prompt string) (string, error) {
	return a.Ask(ctx, prompt+"(hidden) ")
}

func (a *asker) Confirm(ctx context.Context, prompt string, yes bool) (bool, error) {
	answer, err := a.Ask(ctx, prompt)
	return answer == "y" || answer == "" && yes, err
}

func (a *asker) Print(text string) { a.shown = append(a.shown, strings.TrimSuffix(text, "\n")) }

var errNone, errUnasked = errors.New("there is no terminal"), errors.New("run it in a terminal")

// at returns a person with the given answers, and the messages for them. A nil asker means
// that there is no terminal.
func at(a *asker, settings mfa.Settings) (person.Terminal, *[]string) {
	told := &[]string{}
	return person.Terminal{
		Open: func() (person.Asker, error) {
			if a == nil {
				return nil, errNone
			}
			return a, nil
		},
		Tell: func(text string) { *told = append(*told, text) }, OK: "ok", Stderr: io.Discard,
		MFA:      func() mfa.Settings { return settings },
		NextCode: func(context.Context, error) error { *told = append(*told, "waits for the next code"); return nil },
		Browsers: browser.World{GOOS: "linux", Getenv: func(string) string { return "" }, Look: func(string) (string, error) { return "", errNone }},
	}, told
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s:\n%s\nwant\n%s", what, g, w)
	}
}

func TestASecretIsAskedForTwiceWhereItIsNew(t *testing.T) {
	a := &asker{answers: []string{"one", "two", "three", "three"}}
	p, _ := at(a, mfa.Settings{})
	got, err := p.Secret(t.Context(), vault.SecretQuestion{Prompt: "Passphrase", Twice: true, Unasked: errUnasked})
	if got != "three" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	equal(t, "shown", a.shown, "Passphrase: (hidden) ", "Once more: (hidden) ", "They do not match. Try again.", "Passphrase: (hidden) ", "Once more: (hidden) ")
	if got, err := p.Secret(t.Context(), vault.SecretQuestion{Prompt: "Passphrase"}); err == nil {
		t.Errorf("an answer that was not given: %q", got)
	}
}

func TestWithoutATerminalEachQuestionSaysSo(t *testing.T) {
	p, told := at(nil, mfa.Settings{Env: func(string) string { return "" }})
	if !p.Asks() || p.CanAsk() || p.Streams().Together {
		t.Error("a terminal is thought to be there")
	}
	if _, err := p.Secret(t.Context(), vault.SecretQuestion{Unasked: errUnasked}); err != errUnasked {
		t.Errorf("a secret: %v", err)
	}
	if _, err := p.Confirm(t.Context(), vault.Question{Unasked: errUnasked}); err != errUnasked {
		t.Errorf("a yes: %v", err)
	}
	q := vault.MFARequest{Profile: "dev", Serial: "arn:aws:iam::111122223333:mfa/jon"}
	if _, err := p.Code(t.Context(), q); err == nil || err.Error() != vault.NeedsCode(q).Error() {
		t.Errorf("a code: %v", err)
	}
	if p.SignIn(resolve.AtTerminal) != nil || p.SignIn(resolve.Never) != nil {
		t.Error("a sign-in at a terminal that is not there")
	}
	in := p.SignIn(resolve.InBrowser)
	if in == nil || !in.DeviceCode || in.Open != nil {
		t.Fatalf("a sign-in without a browser: %+v", in)
	}
	in.Show("corp", "https://page", "ABCD")
	equal(t, "told", *told, "Sign in to corp:", "  https://page", "Check that the page shows  ABCD")
}

func TestConfirm(t *testing.T) {
	for _, test := range []struct {
		q      vault.Question
		answer string
		want   bool
	}{
		{vault.Question{Text: "Store it?"}, "y", true},
		{vault.Question{Text: "Store it?"}, "", false},
		{vault.Question{Text: "Store it?", Yes: true}, "", true},
		{vault.Question{Text: "Type prod", Word: "prod"}, " prod ", true},
		{vault.Question{Text: "Type prod", Word: "prod"}, "y", false},
	} {
		p, _ := at(&asker{answers: []string{test.answer}}, mfa.Settings{})
		if got, err := p.Confirm(t.Context(), test.q); got != test.want || err != nil {
			t.Errorf("%+v, %q: %v, %v", test.q, test.answer, got, err)
		}
	}
}

func TestACodeIsAskedForAgainWithTheReason(t *testing.T) {
	a := &asker{answers: []string{"123456"}}
	p, _ := at(a, mfa.Settings{})
	code, err := p.Code(t.Context(), vault.MFARequest{Profile: "dev", Serial: "arn:aws:iam::111122223333:mfa/jon", Refused: vault.ErrCodeRefused})
	if code != (vault.MFACode{Text: "123456", Retry: true}) || err != nil {
		t.Errorf("%+v, %v", code, err)
	}
	equal(t, "shown", a.shown[:1], "  Code not accepted. Wait for the next code and try again.")
	for name, refuses := range map[string]string{"nope": `MFA prompt "nope" is not one of `, "zenity": `MFA prompt "zenity": the program is not on PATH`} {
		p, _ := at(a, mfa.Settings{Name: name, Look: func(string) (string, error) { return "", errNone }})
		if _, err := p.Code(t.Context(), vault.MFARequest{}); err == nil || !strings.HasPrefix(err.Error(), refuses) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// answers is a person who supplies secrets.
type answers struct {
	vault.Nobody
	secret string
	asked  *[]vault.SecretQuestion
}

func (a answers) Secret(_ context.Context, q vault.SecretQuestion) (string, error) {
	*a.asked = append(*a.asked, q)
	return a.secret, nil
}

func TestThePassphraseIsAskedForOnlyWhereItIsNotGiven(t *testing.T) {
	const command = "AWS_VAULT_FILE_PASSPHRASE_COMMAND"
	for _, test := range []struct {
		name  string
		vars  map[string]string
		want  string
		says  string
		asked int
	}{
		{"a variable", map[string]string{"AWS_VAULT_FILE_PASSPHRASE": "v", command: "echo p"}, "v", "", 0},
		{"a variable that is empty", map[string]string{"AWS_VAULT_FILE_PASSPHRASE": ""}, "", "", 0},
		{"a program", map[string]string{command: "echo p"}, "p", "", 0},
		{"a program that prints two lines", map[string]string{command: `printf 'a\nb\n'`}, "", command + " must print the passphrase and nothing else, on one line", 0},
		{"no command line", map[string]string{command: `"`}, "", command + " is not a command line", 0},
		{"neither", nil, "typed", "", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := []vault.SecretQuestion{}
			q := person.Passphrases{
				Person: answers{secret: "typed", asked: &asked}, GOOS: "linux",
				Lookup:  func(name string) (string, bool) { v, ok := test.vars[name]; return v, ok },
				Environ: func(string) []string { return []string{} },
			}
			for twice, get := range map[bool]func(context.Context, string) (string, error){false: q.Stored, true: q.Chosen} {
				asked = asked[:0]
				got, err := get(t.Context(), "Passphrase")
				says := ""
				if err != nil {
					says = err.Error()
				}
				if got != test.want || says != test.says || len(asked) != test.asked || len(asked) > 0 && (asked[0].Twice != twice || asked[0].Prompt != "Passphrase") {
					t.Errorf("%q, %q, asked %+v; want %q, %q", got, says, asked, test.want, test.says)
				}
			}
		})
	}
}

func TestATokenIsAskedForOnce(t *testing.T) {
	asked := []vault.SecretQuestion{}
	p := answers{secret: "typed", asked: &asked}
	vars := map[string]string{}
	token := person.Token(p, func(name string) string { return vars[name] }, "Connect token", "MINE", "THEIRS")
	if got, err := token(t.Context(), false); err == nil || err.Error() != "the keystore wants the Connect token, and there is no terminal to ask on" {
		t.Errorf("not to be asked: %q, %v", got, err)
	}
	for range 2 {
		if got, err := token(t.Context(), true); got != "typed" || err != nil || len(asked) != 1 {
			t.Errorf("%q, %v; asked %d times", got, err, len(asked))
		}
	}
	for _, name := range []string{"THEIRS", "MINE"} {
		vars[name] = name
		if got, _ := token(t.Context(), true); got != name {
			t.Errorf("%s is set: %q", name, got)
		}
	}
}
