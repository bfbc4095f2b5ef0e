package cmd

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"awsvault/cmd/instant"
	"awsvault/internal/browser"
	"awsvault/internal/store"
)

var update = flag.Bool("update", false, "write what is made of the command line's grammar")

// grammarOf is the text that completions know the command line by.
func grammarOf(t *testing.T) string {
	t.Helper()
	app := model(t)
	text := &strings.Builder{}
	flags := func(list []*kong.Flag) {
		for _, f := range list {
			if f.Hidden || f.Name == "help" {
				continue
			}
			short, value := "", ""
			if f.Short != 0 {
				short = string(f.Short)
			}
			if !f.IsBool() {
				value = f.FormatPlaceHolder()
			}
			text.WriteString(strings.Join([]string{"flag", f.Name, short, value, f.Help}, "\t") + "\n")
		}
	}
	flags(app.Flags)
	var walk func(prefix string, list []*kong.Node)
	walk = func(prefix string, list []*kong.Node) {
		for _, c := range list {
			if c.Hidden {
				continue
			}
			var args []string
			for _, p := range c.Positional {
				name := p.Name
				if p.IsCumulative() {
					name += "..."
				}
				args = append(args, name)
			}
			text.WriteString(strings.Join([]string{"command", prefix + c.Name, c.Help, strings.Join(args, " ")}, "\t") + "\n")
			flags(c.Flags)
			walk(prefix+c.Name+" ", c.Children)
		}
	}
	walk("", app.Children)
	return text.String()
}

func model(t *testing.T) *kong.Application {
	t.Helper()
	var cli CLI
	parser, err := newParser(&App{}, &cli)
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

func TestCompletionsKnowTheCommandLine(t *testing.T) {
	want := grammarOf(t)
	if *update {
		if err := os.WriteFile(filepath.Join("instant", "grammar.txt"), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if instant.Grammar != want {
		t.Errorf("cmd/instant/grammar.txt is not of this command line; make it with: go test ./cmd -run CompletionsKnow -update\ngot:\n%s\nwant:\n%s", instant.Grammar, want)
	}
}

func TestCompletionsKnowTheBackends(t *testing.T) {
	if got, want := strings.Join(instant.Backends[:], " "), strings.Join(store.Backends(), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCompletionsKnowTheBrowsers(t *testing.T) {
	if got, want := strings.Join(instant.Browsers[:], " "), strings.Join(browser.Names(), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
