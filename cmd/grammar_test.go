package cmd

import (
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/browser"
	"awsvault/internal/grammar"
	"awsvault/internal/store"
)

var update = flag.Bool("update", false, "write what is made from the command line's grammar")

// model is what kong makes of the whole command line at once.
func model(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(&CLI{}, (&App{World: &front.World{}}).parser().Options()...)
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// tableOf is the grammar as data, from the command structs.
func tableOf(t *testing.T) []grammar.Command {
	t.Helper()
	app := model(t)
	table := []grammar.Command{{Flags: flagsOf(t, app.Flags)}}
	var walk func(prefix, group string, list []*kong.Node)
	walk = func(prefix, group string, list []*kong.Node) {
		for _, node := range list {
			if node.Group != nil {
				group = node.Group.Key
			}
			c := grammar.Command{Name: prefix + node.Name, Help: node.Help, Group: group, Aliases: node.Aliases, Hidden: node.Hidden, Flags: flagsOf(t, node.Flags)}
			for _, p := range node.Positional {
				c.Args = append(c.Args, grammar.Arg{Name: p.Name, Help: p.Help, Optional: !p.Required, Many: p.IsCumulative(), Runs: p.IsCumulative() && p.Name == "cmd"})
			}
			if len(node.Children) > 0 && len(node.Flags) > 0 {
				t.Errorf("the group %s has flags, which grammar.Read does not know", node.Name)
			}
			table = append(table, c)
			walk(prefix+node.Name+" ", group, node.Children)
		}
	}
	walk("", "", app.Children)
	return table
}

func flagsOf(t *testing.T, list []*kong.Flag) []grammar.Flag {
	t.Helper()
	var flags []grammar.Flag
	for _, f := range list {
		if f.Name == "help" {
			continue
		}
		g := grammar.Flag{Name: f.Name, Aliases: f.Aliases, Help: f.Help, Env: f.Envs, Default: f.Default, Hidden: f.Hidden, Negatable: f.Tag.Negatable != "", Many: f.IsCumulative(), Word: f.Tag.Get("word"), Required: f.Required}
		if f.Group != nil {
			g.Group = f.Group.Key
		}
		if f.Short != 0 {
			g.Short = string(f.Short)
		}
		if !f.IsBool() {
			g.Value = f.FormatPlaceHolder()
		}
		if f.Enum != "" || len(f.Xor)+len(f.And) > 0 || f.Short >= utf8.RuneSelf || f.IsCumulative() && f.Tag.Sep != -1 {
			t.Errorf("--%s has what grammar.Read does not know", f.Name)
		}
		flags = append(flags, g)
	}
	return flags
}

// sourceOf is the table as Go: only what is not empty.
func sourceOf(table []grammar.Command) string {
	b := &strings.Builder{}
	b.WriteString("// Code generated from the command structs by: go test ./cmd -run Grammar -update; DO NOT EDIT.\n\npackage grammar\n\nvar table = [...]Command")
	literal(b, reflect.ValueOf(table))
	source, err := format.Source([]byte(b.String() + "\n"))
	if err != nil {
		return err.Error()
	}
	return string(source)
}

// literal writes a value as what stands between braces. Commands and flags get a
// line each.
func literal(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.String, reflect.Bool:
		fmt.Fprintf(b, "%#v", v)
	case reflect.Slice:
		b.WriteString("{")
		long := v.Type().Elem().Kind() == reflect.Struct && v.Type().Elem() != reflect.TypeFor[grammar.Arg]()
		for i := range v.Len() {
			if long {
				b.WriteString("\n")
			}
			literal(b, v.Index(i))
			b.WriteString(", ")
		}
		if long {
			b.WriteString("\n")
		}
		b.WriteString("}")
	case reflect.Struct:
		b.WriteString("{")
		for i := range v.NumField() {
			field := v.Field(i)
			if field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0 {
				continue
			}
			b.WriteString(v.Type().Field(i).Name + ": ")
			if field.Kind() == reflect.Slice {
				b.WriteString(strings.ReplaceAll(field.Type().String(), "grammar.", ""))
			}
			literal(b, field)
			b.WriteString(", ")
		}
		b.WriteString("}")
	}
}

func TestTheGrammarIsOfThisCommandLine(t *testing.T) {
	path := filepath.Join("..", "internal", "grammar", "table.go")
	want := sourceOf(tableOf(t))
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("cmd/%s is not of this command line; make it with: go test ./cmd -run 'Grammar|Manual' -update\n(-want +got):\n%s", path, diff)
	}
}

// At run time a command struct is found by the command's name: see CLI.command.
func TestEveryCommandOfTheGrammarHasItsStruct(t *testing.T) {
	cli := &CLI{}
	for _, c := range grammar.Commands()[1:] {
		if cli.command(c.Name) == nil {
			t.Errorf("no field of CLI is for %s: name it like the command, or give it a name tag", c.Name)
		}
	}
}

// The hooks step over the values of these flags to find the command's word.
func TestTheHooksKnowTheFlagsThatHaveValues(t *testing.T) {
	flags := grammar.ValueFlags()
	if len(flags) < 10 || !slices.Contains(flags, "--secret-service-collection") || slices.Contains(flags, "--debug") {
		t.Errorf("they are %q", flags)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		hook, err := instant.Hook("/bin/vault", shell, "", hooks.Options{Name: "vault"}, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range flags {
			if !strings.Contains(hook, f) {
				t.Errorf("the hook of %s does not know %s", shell, f)
			}
		}
		if strings.Contains(hook, "@VALUE_FLAGS@") {
			t.Errorf("the hook of %s has the token still", shell)
		}
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
