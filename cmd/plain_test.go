package cmd

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"awsvault/internal/env"
)

// What kong makes of a call is what counts; the short way must not differ.
func TestPlainCallsAreReadAsKongReadsThem(t *testing.T) {
	environs := map[string]env.Vars{
		"nothing is set":              {},
		"a keystore is set":           {"AWS_VAULT_BACKEND": "file", "AWS_VAULT_FILE_DIR": "/a dir", "AWS_VAULT_PASS_PREFIX": "a/b"},
		"a default is set":            {"AWS_VAULT_KEYCHAIN_NAME": "mine"},
		"a default is set to nothing": {"AWS_VAULT_KEYCHAIN_NAME": ""},
	}
	calls := [][]string{{"use", "dev"}, {"use", "-"}, {"use", "a b"}, {"use", ""}, {"use"}, {"off"}, {"refresh"}}
	for name, environ := range environs {
		t.Run(name, func(t *testing.T) {
			for n, v := range environ {
				t.Setenv(n, v)
			}
			for _, call := range calls {
				app := &App{environ: environ}
				got, ok := plainCall(call)
				if !ok || !app.fill(got) || !app.fill(&app.globals) {
					t.Errorf("%q is not taken for a plain call", call)
					continue
				}
				want, globals := viaKong(t, call)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%q (-kong +plain):\n%s", call, diff)
				}
				if diff := cmp.Diff(globals, app.globals); diff != "" {
					t.Errorf("%q, flags of every command (-kong +plain):\n%s", call, diff)
				}
			}
		})
	}
}

func viaKong(t *testing.T, args []string) (command any, globals Globals) {
	t.Helper()
	var cli CLI
	parser, err := kong.New(&cli, kong.TypeMapper(reflect.TypeFor[time.Duration](), durationMapper{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return map[string]any{"use": &cli.Use, "off": &cli.Off, "refresh": &cli.Refresh}[args[0]], cli.Globals
}

func TestOtherCallsAreLeftToKong(t *testing.T) {
	for _, call := range []string{"", "help", "use --help", "use -h", "use dev --fresh", "use --fresh dev", "use -- dev", "use dev prod", "--backend=file use dev", "off --help", "off now", "refresh -t 123456", "list", "status"} {
		if _, ok := plainCall(strings.Fields(call)); ok {
			t.Errorf("%q is taken for a plain call", call)
		}
	}
	app := &App{environ: env.Vars{"AWS_VAULT_DURATION": "1h"}}
	if app.fill(&UseCmd{Profile: "dev"}) {
		t.Error("a duration in the environment is not left to kong, which reads it")
	}
}
