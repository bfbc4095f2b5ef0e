package scripts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every error of the scripts says what to do: in its hint, or it stands in without-hint.list
// with the reason why it has none.
func TestEveryErrorHasAHintOrAReason(t *testing.T) {
	type exception struct {
		text, why string
		used      bool
	}
	list, err := os.ReadFile("without-hint.list")
	if err != nil {
		t.Fatal(err)
	}
	var exceptions []*exception
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, why, ok := strings.Cut(line, " | ")
		if !ok || len(why) < 10 {
			t.Errorf("without-hint.list: %q has no reason", line)
		}
		exceptions = append(exceptions, &exception{text: text, why: why})
	}
	scripts, err := filepath.Glob("*.txtar")
	if err != nil || len(scripts) < 80 {
		t.Fatal(err, len(scripts))
	}
	word := regexp.MustCompile(`(?:'(?:[^']|'')*'|[^' ])+`)
	errors, bare := 0, 0
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
	lines:
		for line := range strings.Lines(string(text)) {
			said, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "error ")
			if !ok {
				continue
			}
			errors++
			words := word.FindAllString(said, -1)
			if len(words) > 1 {
				continue
			}
			bare++
			said = strings.NewReplacer("''", "'", "'", "").Replace(words[0])
			for _, e := range exceptions {
				if strings.Contains(said, e.text) {
					e.used = true
					continue lines
				}
			}
			t.Errorf("%s: %s: has no hint, and is not in without-hint.list", script, said)
		}
	}
	if errors < 350 || bare < 30 {
		t.Errorf("%d errors, %d without a hint: they are read wrongly", errors, bare)
	}
	for _, e := range exceptions {
		if !e.used {
			t.Errorf("without-hint.list: nothing says %q", e.text)
		}
	}
}
