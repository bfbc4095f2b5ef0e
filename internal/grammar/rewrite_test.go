package grammar_test

import (
	"slices"
	"strings"
	"testing"

	"awsvault/internal/grammar"
)

func TestRewritten(t *testing.T) {
	for line, want := range map[string]string{
		"help use":                "use --help",
		"help":                    "--help",
		"--help-man":              "__manual",
		"--help-long":             "__manual --markdown",
		"exec --help-long":        "exec --help",
		"exec --help-long dev":    "exec --help",
		"list --help-man":         "list --help",
		"sso login --help-man":    "sso login --help",
		"sso --help-long":         "sso --help",
		"exec dev x --help-long":  "exec dev x --help-long",
		"exec dev -- --help-long": "exec dev -- --help-long",
		"doctor -v":               "doctor --verbose",
		"doctor --fix -v":         "doctor --fix --verbose",
		"list -v":                 "list -v",
		"exec dev -- a -v":        "exec dev -- a -v",
		"sso":                     "sso --help",
		"sso login":               "sso login",
		"use dev":                 "use dev",
	} {
		words := strings.Fields(line)
		given := slices.Clone(words)
		if got := strings.Join(grammar.Rewritten(words), " "); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
		if !slices.Equal(words, given) {
			t.Errorf("%s: what was given became %q", line, words)
		}
	}
}

func TestWhetherAnErrorIsJSON(t *testing.T) {
	for _, c := range []struct {
		line   string
		byHook bool
		want   bool
	}{
		{"list --json", false, true},
		{"list", false, false},
		{"", false, false},
		{"export dev --json", false, true},
		{"exec dev --json", false, false},
		{"exec dev -- aws --json", false, false},
		{"whoami -- --json", false, false},
		{"zsh --readonly= -- status --json", true, true},
		{"nosuch --json", false, true},
	} {
		if got := grammar.AnswersJSON(strings.Fields(c.line), c.byHook); got != c.want {
			t.Errorf("%q: %v", c.line, got)
		}
	}
}
