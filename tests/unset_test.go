package tests

import (
	"awsvault/internal/doctor"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// emptyCounts lists the variables for which empty and unset differ.
var emptyCounts = map[string]string{
	"AWS_VAULT_FILE_PASSPHRASE": "the empty passphrase, which is that of a keystore without one, as in aws-vault",
}

var variableName = regexp.MustCompile(`^([A-Z][A-Z0-9]*(_[A-Z0-9]+)+|HOME|USER|LOGNAME|SHELL|TERM|PATH|PWD|EDITOR|VISUAL|BROWSER|DISPLAY|COMSPEC|LANG|ZDOTDIR|USERNAME|USERPROFILE|LOCALAPPDATA|APPDATA)$`)

// variables returns all possible names of variables in the source: every string of that form,
// and the env tag of every flag.
func variables(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{"AWS_ENDPOINT_URL_SSO": true, "AWS_ENDPOINT_URL_SIGNIN": true}
	take := func(text string) {
		for name := range strings.SplitSeq(text, ",") {
			if variableName.MatchString(name) {
				found[name] = true
			}
		}
	}
	for _, dir := range []string{"../cmd", "../internal"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value)
					take(text)
					take(reflect.StructTag(text).Get("env"))
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// doctor warns about settings that nothing reads, so it must know all other settings.
func TestDoctorKnowsEverySetting(t *testing.T) {
	mine := regexp.MustCompile(`^(AWS_VAULT_[A-Z_]+|vault_[a-z_]+)$`)
	found := map[string]bool{}
	for _, s := range program(t) {
		if s.path == "internal/doctor/spelling.go" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			l, ok := n.(*ast.BasicLit)
			if !ok || l.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(l.Value)
			if tag := reflect.StructTag(text).Get("env"); err == nil && tag != "" {
				text = tag
			}
			for name := range strings.SplitSeq(text, ",") {
				if mine.MatchString(name) {
					found[name] = true
				}
			}
			return true
		})
	}
	known := append(doctor.Variables(), doctor.Settings()...)
	if got := slices.Sorted(maps.Keys(found)); len(got) < 30 || !slices.Equal(got, slices.Sorted(slices.Values(known))) {
		t.Errorf("the source has\n%q\nand internal/doctor/spelling.go\n%q", got, known)
	}
}

// An empty variable has the same meaning as an unset one.
func TestAnEmptyVariableIsUnset(t *testing.T) {
	w := world.New(t)
	names := variables(t)
	for _, must := range []string{"AWS_VAULT_DURATION", "AWS_MIN_TTL", "AWS_CONFIG_FILE", "XDG_STATE_HOME", "AWS_CA_BUNDLE", "AWS_VAULT_STDOUT", "AWS_PROFILE", "NO_COLOR", "AWS_VAULT_PROTECTED"} {
		if !slices.Contains(names, must) {
			t.Fatalf("%s was not found in the source: then this test proves little. Found %v", must, names)
		}
	}
	ours := map[string]bool{}
	for _, pair := range w.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		ours[name] = true
	}
	if out, errs, status := w.Run(w.Environ(), "export", "dev"); status != 0 { // fills the cache
		t.Fatalf("%s%s", out, errs)
	}
	type answer struct {
		out, err string
		status   int
	}
	commands := [][]string{{"explain", "long", "--json"}, {"export", "dev"}, {"list"}, {"status", "--json"}, {"login", "dev", "--stdout", "--path=/x"}}
	ask := func(args []string, empty ...string) (a answer) {
		a.out, a.err, a.status = w.Run(w.Environ(empty...), args...)
		if args[0] == "login" {
			a.out = "" // a token of its own each time
		}
		a.out = regexp.MustCompile(`\d+m(\d+s)?|\d+s`).ReplaceAllString(a.out, "TIME")
		return a
	}
	want := map[string]answer{}
	for _, args := range commands {
		want[args[0]] = ask(args)
	}
	var all []string
	for _, name := range names {
		if ours[name] || emptyCounts[name] != "" || name == "AWS_EC2_METADATA_DISABLED" {
			continue
		}
		all = append(all, name+"=")
		for _, args := range commands[:1] {
			if got := ask(args, name+"="); got != want[args[0]] {
				t.Errorf("%s= vault %v: got %+v, want %+v", name, args, got, want[args[0]])
			}
		}
	}
	for _, args := range commands {
		if got := ask(args, all...); got != want[args[0]] {
			t.Errorf("all empty, vault %v: got %+v, want %+v", args, got, want[args[0]])
		}
	}
}
