package cmd

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"awsvault/cmd/front"
	"awsvault/internal/env"
	"awsvault/internal/grammar"
	"awsvault/internal/mfa"
	"awsvault/internal/misuse"
	"awsvault/internal/vault"
)

// Each call pays for what is found out by reflection. When kong was given all
// commands it was 14,547 allocations: the limits hold that it is given one, and that
// a line that is right does without it.
func TestParsingCostsOneCommand(t *testing.T) {
	for _, c := range []struct {
		line  string
		limit float64
	}{
		{"use dev", 80}, {"use dev --region=eu-west-1 -d 1h", 80}, {"list", 80}, {"status --json", 80},
		{"export dev --format=json", 100}, {"exec dev -d 1h -- aws s3 ls", 100}, {"credential-process dev", 100},
		{"sso login corp", 100}, {"--backend=file console dev -s s3", 100},
		{"use dev --nope", 3500}, {"credential-process dev more", 3500}, {"nope", 3500},
	} {
		words := strings.Fields(c.line)
		n := testing.AllocsPerRun(20, func() {
			_, err := parse(&App{World: &front.World{Environ: env.Vars{}}}, grammar.Read(words, nil))
			if wrong := c.limit > 1000; wrong != (err != nil) {
				t.Fatal(c.line, err)
			}
		})
		if n > c.limit {
			t.Errorf("%s: %v allocations, more than %v", c.line, n, c.limit)
		}
	}
}

// The reader alone is what a cached session is answered with.
func TestReadingCostsNextToNothing(t *testing.T) {
	words := strings.Fields("use dev --region eu-west-1 -d 1h")
	var name, region string
	n := testing.AllocsPerRun(100, func() {
		line := grammar.Read(words, os.Getenv)
		name, region = line.Args[0], line.Text("region")
	})
	if n > 8 || name != "dev" || region != "eu-west-1" {
		t.Errorf("%v allocations; %s in %s", n, name, region)
	}
}

func BenchmarkParse(b *testing.B) {
	b.Run("one command", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parse(&App{World: &front.World{Environ: env.Vars{}}}, grammar.Read([]string{"use", "dev"}, nil)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all commands", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			parser, err := kong.New(&CLI{}, (&App{World: &front.World{}}).parser().Options()...)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := parser.Parse([]string{"use", "dev"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// internal/misuse knows the names of the drivers without the drivers.
func TestPromptsAreTheDriversOfMFA(t *testing.T) {
	if d := cmp.Diff(mfa.Names(), misuse.Prompts()); d != "" {
		t.Errorf("(-drivers +names):\n%s", d)
	}
}

// The help of init has the programs that init knows.
func TestTheHelpOfInitNamesEachTool(t *testing.T) {
	field, _ := reflect.TypeFor[InitCmd]().FieldByName("From")
	for _, name := range vault.ToolNames() {
		if !strings.Contains(field.Tag.Get("help"), name) {
			t.Errorf("--from does not say %s", name)
		}
	}
}
