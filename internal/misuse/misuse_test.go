package misuse

import (
	"errors"
	"strings"
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/grammar"
)

// Every row leads to an answer.
func TestWordsOfOtherToolsAreAnswered(t *testing.T) {
	for _, m := range meanings {
		words, said := []string{m.word, "dev"}, "unexpected argument "+m.word
		if m.command != "" {
			words, said = []string{"export", "dev", m.word}, "unknown flag "+m.word
		}
		err := Error(said, nil, grammar.Read(words, nil))
		if fault.KindOf(err) != fault.Usage || fault.HintOf(err) != m.hint || !strings.Contains(err.Error(), m.word) || m.text != "" && err.Error() != m.text {
			t.Errorf("%s: %v", m.word, err)
		}
	}
}

// A word that has become a command or a flag would never reach its row.
func TestWordsOfOtherToolsAreNoneOfOurs(t *testing.T) {
	for _, m := range meanings {
		if grammar.Find(m.word) != nil {
			t.Errorf("%s is a command: its row is not needed any more", m.word)
		}
		for _, c := range grammar.Commands() {
			for _, f := range c.Flags {
				if "--"+f.Name == m.word {
					t.Errorf("%s is a flag of %q: its row is not needed any more", m.word, c.Name)
				}
			}
		}
		words := strings.Fields(strings.Split(m.hint, "   ")[0])
		if words[0] == "vault" && words[1] != "help" && grammar.Find(words[1]) == nil {
			t.Errorf("%s: the hint names %q, which does not exist", m.word, words[1])
		}
	}
}

func TestWhatTheParserSaysIsReworded(t *testing.T) {
	for _, test := range []struct{ line, said, want, hint string }{
		{"use --min", "--min: expected duration value but got \"EOL\" (<EOL>)", "--min needs a value", "vault use --help"},
		{"add", `expected "<profile>"`, "add needs a profile", "vault add --help"},
		{"use x y", "unexpected argument y", `unexpected argument "y"`, "vault use --help"},
		{"use --regoin x", "unknown flag --regoin, did you mean \"--region\"?", "unknown flag --regoin", `did you mean "--region"?`},
		{"use -q", "unknown flag -q, did you mean one of \"-r\", \"-d\"?", "unknown flag -q", "vault use --help"},
		{"use x", `--duration: not one (from envar AWS_VAULT_DURATION="1x")`, "AWS_VAULT_DURATION: not one", "vault use --help"},
		{"use --min -1h", `--min: expected duration value but got "-1h" (long flag)`, `--min is "-1h": it cannot be negative`, "vault use --help"},
		{"sso loginn", "unexpected argument loginn, did you mean \"login\"?", `there is no command "sso loginn"`, `did you mean "sso login"?`},
		{"sso frob", "unexpected argument frob", `there is no command "sso frob"`, "vault sso --help"},
		{"swich", "unexpected argument swich", `there is no command "swich"`, "vault use PROFILE"},
		{"frob", "unexpected argument frob", `there is no command "frob"`, "vault --help"},
	} {
		err := Error(test.said, nil, grammar.Read(strings.Fields(test.line), nil))
		if fault.KindOf(err) != fault.Usage || err.Error() != test.want || fault.HintOf(err) != test.hint {
			t.Errorf("%s: %q, hint %q", test.line, err, fault.HintOf(err))
		}
	}
	cause := fault.Hinted(errors.New("x"), "like 1h30m")
	if err := Error("--min: x", cause, grammar.Read([]string{"use", "--min", "x"}, nil)); fault.HintOf(err) != "like 1h30m" {
		t.Errorf("the hint of the value is lost: %q", fault.HintOf(err))
	}
}
