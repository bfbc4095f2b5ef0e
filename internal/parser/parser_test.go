package parser

import (
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"awsvault/internal/fault"
	"awsvault/internal/grammar"
)

type list struct {
	JSON     bool          `name:"json"`
	Duration time.Duration `env:"AWS_VAULT_DURATION"`
}

// The error for a wrong line is in vault's words. Help is shown without ending the process.
func TestWhatALineSays(t *testing.T) {
	vars := map[string]string{}
	for words, want := range map[string]string{
		"list --json":          "json",
		"list --nope":          "unknown flag --nope",
		"list more":            `unexpected argument "more"`,
		"list --help":          "helped",
		"--json":               "unknown flag --json",
		"list --duration=2d":   "2d",
		"list --duration=soon": `--duration: "soon" is not a duration`,
	} {
		p := Parser{Name: "vault", Stdout: &strings.Builder{}, Stderr: &strings.Builder{}, Getenv: func(name string) string { return vars[name] },
			Help: func(kong.HelpOptions, *kong.Context) error { return nil }}
		line := grammar.Read(strings.Fields(words), p.Getenv)
		var globals struct{}
		var command list
		helped, err := p.Read(line, &globals, &command)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
			if fault.KindOf(err) != fault.Usage {
				t.Errorf("%s: of kind %d", words, fault.KindOf(err))
			}
		case helped:
			got = "helped"
		case command.JSON:
			got = "json"
		case command.Duration == 48*time.Hour:
			got = "2d"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", words, got, want)
		}
	}
}
