package cmd

import (
	"strings"
	"testing"

	"awsvault/cmd/front"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/grammar"
)

// What another tool calls otherwise, or an earlier version, is answered by internal/misuse.
func TestWordsOfOtherToolsAreAnswered(t *testing.T) {
	for word, hint := range map[string]string{"assume": "vault use PROFILE", "flush": "vault clear", "--session-ttl": "--duration, or the variable AWS_SESSION_TOKEN_TTL"} {
		words := []string{word, "dev"}
		if word[0] == '-' {
			words = []string{"export", "dev", word}
		}
		_, err := parse(&App{World: &front.World{Environ: env.Vars{}}}, grammar.Read(words, nil))
		if fault.KindOf(err) != fault.Usage || fault.HintOf(err) != hint || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestAnUnknownCommandNamesTheNearestOnes(t *testing.T) {
	for word, want := range map[string]string{
		"us": `did you mean "use"?`, "lst": `did you mean "list"?`, "stat": `did you mean "status"?`, "exce": `did you mean "exec"?`,
		"migrate": `did you mean "migrate-backend"?`, "frobnicate": "vault --help", "": "vault --help", "__x": "vault --help",
	} {
		_, err := parse(&App{World: &front.World{Environ: env.Vars{}}}, grammar.Read([]string{word}, nil))
		if hint := fault.HintOf(err); fault.KindOf(err) != fault.Usage || hint != want {
			t.Errorf("%q: the hint is %q, want %q", word, hint, want)
		}
	}
}

// A variable that has no value is not set, and one of a flag that is given is
// not read: a setting that is not used cannot stop anything.
func TestVariablesThatDoNotCountStopNothing(t *testing.T) {
	environ := env.Vars{"AWS_VAULT_STDOUT": "", "AWS_VAULT_DURATION": "soon", "AWS_VAULT_KEYCHAIN_NAME": "", "AWS_VAULT_OP_VAULT_ID": "", "OP_VAULT_ID": "mine"}
	for name, value := range environ {
		t.Setenv(name, value)
	}
	for _, words := range [][]string{{"export", "dev", "-d", "1h"}, {"export", "dev", "-d", "1h", "-d", "2h"}} {
		app := &App{World: &front.World{Environ: environ}}
		if _, err := parse(app, grammar.Read(words, app.Getenv)); err != nil {
			t.Errorf("%q: %v", words, err)
		}
		if g := app.globals; g.Keychain != "aws-vault" || g.OPVaultID != "mine" {
			t.Errorf("keychain %q, 1Password vault %q", g.Keychain, g.OPVaultID)
		}
	}
	// Nor do they change what kong says of a line that is wrong otherwise.
	app := &App{World: &front.World{Environ: environ}}
	_, err := parse(app, grammar.Read([]string{"credential-process", "dev", "more", "-d", "1h"}, app.Getenv))
	if err == nil || err.Error() != `unexpected argument "more"` {
		t.Errorf("got %v", err)
	}
}
