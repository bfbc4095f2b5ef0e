package tests

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/grammar"
)

// call matches vault and the words after it that users may type.
var call = regexp.MustCompile(`\bvault((?: (?:--?[a-zA-Z][\w-]*(?:=[^\s;,)]*)?|[A-Za-z][\w-]*|--))+)`)

// typed reports whether the text before a call shows that users should type the call: the call
// begins the hint, or follows a separator of commands.
func typed(before string) bool {
	before = strings.TrimSuffix(before, "or ")
	for _, mark := range []string{": ", "   ", ", ", "; ", "`", "\t", "\n"} {
		if strings.HasSuffix(before, mark) {
			return true
		}
	}
	return before == ""
}

// notKnown returns the part of a call that the grammar does not know, or "". The words may
// continue as a sentence: "vault list shows the profiles". A call at the beginning of a command
// must name a command. Elsewhere only a call with a flag must.
func notKnown(words []string, begins bool) string {
	if words[0] == "help" && len(words) > 1 {
		words = words[1:]
		if map[string]bool{"config": true, "environment": true, "exit-codes": true}[words[0]] {
			return ""
		}
	}
	flagged := ""
	for i, word := range words {
		if word == "--" {
			words = words[:i] // what follows is another program's
			break
		}
		if strings.HasPrefix(word, "-") && flagged == "" {
			flagged = word
		}
	}
	if len(words) == 0 || !begins && flagged == "" {
		return ""
	}
	name := words[0]
	if strings.HasPrefix(name, "-") {
		name = ""
	} else if len(words) > 1 && grammar.Find(name+" "+words[1]) != nil {
		name += " " + words[1]
	}
	c := grammar.Find(name)
	if name != "" && c == nil && len(grammar.Children(name)) == 0 {
		return name
	}
	for _, word := range words {
		if !strings.HasPrefix(word, "-") || word == "--help" || word == "-h" {
			continue
		}
		flag, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if !hasFlag(c, flag) {
			return strings.TrimSpace(name + " " + word)
		}
	}
	return ""
}

func hasFlag(c *grammar.Command, name string) bool {
	flags := grammar.Globals()
	if c != nil {
		flags = append(flags[:len(flags):len(flags)], c.Flags...)
	}
	for _, f := range flags {
		if f.Name == name || f.Short == name || slices.Contains(f.Aliases, name) || f.Negatable && "no-"+f.Name == name {
			return true
		}
	}
	return false
}

// prose lists the words after vault where vault is the subject of a sentence, and the word
// that stands for any command.
var prose = map[string]bool{
	"and": true, "cannot": true, "checks": true, "corrected": true, "could": true, "forgot": true, "found": true, "has": true, "knows": true, "put": true,
	"records": true, "remembers": true, "sees": true, "shows": true, "takes": true, "tells": true, "unless": true, "uses": true, "will": true, "COMMAND": true,
}

func TestNoHintNamesWhatTheGrammarDoesNotKnow(t *testing.T) {
	for _, wrong := range []string{"sync --help", "nosuch", "use --nosuch", "sso nosuch --all"} {
		if notKnown(strings.Fields(wrong), true) == "" {
			t.Errorf("%q passes: the test is blind", wrong)
		}
	}
	seen := 0
	said(t, func(at, text string) {
		for _, m := range call.FindAllStringSubmatchIndex(text, -1) {
			words := strings.Fields(text[m[2]:m[3]])
			begins := typed(text[:m[0]])
			if begins {
				seen++
			}
			if what := notKnown(words, begins); what != "" && !prose[words[0]] {
				t.Errorf("%s: vault has no %q: %s", at, what, text)
			}
		}
	})
	if seen < 100 {
		t.Errorf("only %d calls are found: they are read wrongly", seen)
	}
}
