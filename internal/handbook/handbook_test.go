package handbook_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/internal/grammar"
	"awsvault/internal/handbook"
)

func TestHandbookIsOfItsTable(t *testing.T) {
	table := []grammar.Command{
		{Flags: []grammar.Flag{{Name: "color", Help: "Colours.", Value: "WHEN"}}},
		{Name: "use", Group: "shell", Help: "Activate a profile.", Args: []grammar.Arg{{Name: "profile", Optional: true}}, Flags: []grammar.Flag{{Name: "region", Short: "r", Help: "Region.", Value: "REGION"}}},
		{Name: "no page", Group: "shell", Help: "Run.", Args: []grammar.Arg{{Name: "cmd", Many: true}}},
		{Name: "prompt", Hidden: true},
	}
	p := handbook.Of(table)
	if len(p.Commands) != 2 || len(p.Flags) != 1 || p.Flags[0].Name != "color" {
		t.Fatalf("commands %+v, flags %+v", p.Commands, p.Flags)
	}
	use, bare := p.Commands[0], p.Commands[1]
	if use.Synopsis != "use [PROFILE]" || use.Detail != handbook.Detail("use") || use.Detail == "" || use.Help != "Activate a profile." || use.Flags[0].Short != "r" || use.Flags[0].Value != "REGION" {
		t.Errorf("use is %+v", use)
	}
	if bare.Synopsis != "no page CMD..." || bare.Detail != "Run." {
		t.Errorf("no page is %+v", bare)
	}
}

// Nobody would see a page for a command that does not exist.
func TestPagesAreOfCommands(t *testing.T) {
	files, err := filepath.Glob("commands/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".txt"), "_", " ")
		if grammar.Find(name) == nil {
			t.Errorf("%s: there is no command %q", file, name)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := handbook.Detail(name); got+"\n" != string(text) || strings.TrimSpace(got) != got || got == "" {
			t.Errorf("%s: the page of %s is %q", file, name, got)
		}
	}
	if got := handbook.Detail("no such command"); got != "" {
		t.Errorf("the page of none is %q", got)
	}
}

func TestTopicsFitAScreen(t *testing.T) {
	p := handbook.Of(grammar.Commands())
	for _, name := range []string{"environment", "exit-codes", "config"} {
		text, ok := p.Topic(name)
		if !ok {
			t.Errorf("there is no topic %s", name)
		}
		for i, line := range strings.Split(text, "\n") {
			if len([]rune(line)) > 90 {
				t.Errorf("%s:%d is too long: %s", name, i+1, line)
			}
		}
	}
	if _, ok := p.Topic("nope"); ok {
		t.Error("a topic that does not exist")
	}
}
