// Package tests holds the checks of the tree as a whole.
package tests

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// Direction: main -> cmd -> everything; leaves import nothing of ours;
// resolve -> awsconf is the one sideways import.
func TestImportsGoOneWay(t *testing.T) {
	allowed := map[string][]string{
		"awsvault":                  {"awsvault/cmd", "awsvault/internal/nodbus"},
		"awsvault/cmd":              {"awsvault/cmd/instant", "awsvault/hooks", "awsvault/internal/*"},
		"awsvault/cmd/instant":      {"awsvault/hooks", "awsvault/internal/env", "awsvault/internal/services"},
		"awsvault/internal/resolve": {"awsvault/internal/awsconf"},
		"awsvault/internal/awsfile": {"awsvault/internal/awsconf"},
	}
	must := map[string][]string{ // what a package must not know, by what it must not depend on
		"awsvault":                  {"github.com/aws/aws-sdk-go-v2/config", "github.com/aws/aws-sdk-go-v2/service/iam"}, // they are the tests' readers
		"awsvault/internal/env":     {"net", "github.com/99designs/keyring", "github.com/alecthomas/kong"},
		"awsvault/internal/resolve": {"github.com/99designs/keyring", "github.com/alecthomas/kong", "golang.org/x/term"},
		"awsvault/internal/store":   {"github.com/alecthomas/kong", "github.com/aws/aws-sdk-go-v2/service/sts"},
		"awsvault/internal/awsconf": {"net", "os/exec", "path/filepath", "github.com/gofrs/flock"}, // its own test is stricter
		"awsvault/internal/awsfile": {"net", "os/exec", "github.com/alecthomas/kong"},
		"awsvault/internal/sso":     {"os/exec", "github.com/alecthomas/kong", "golang.org/x/term", "github.com/aws/aws-sdk-go-v2/aws"},
		"awsvault/internal/signin":  {"os/exec", "github.com/alecthomas/kong", "golang.org/x/term", "github.com/aws/aws-sdk-go-v2/aws"},
		"awsvault/internal/process": {"net", "github.com/alecthomas/kong"},
		"awsvault/hooks":            {"os/exec", "net"},
		"awsvault/cmd/instant":      {"net", "net/http", "github.com/alecthomas/kong"},
	}
	for _, p := range list(t, "./...") {
		if strings.HasPrefix(p.ImportPath, "awsvault/tests") {
			continue
		}
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "awsvault") && !fits(imp, allowed[p.ImportPath]) {
				t.Errorf("%s imports %s", p.ImportPath, imp)
			}
		}
		for _, dep := range p.Deps {
			for _, bad := range must[p.ImportPath] {
				if dep == bad {
					t.Errorf("%s depends on %s", p.ImportPath, bad)
				}
			}
			if strings.HasPrefix(dep, "awsvault/tests") || dep == "testing" {
				t.Errorf("%s depends on %s", p.ImportPath, dep)
			}
		}
	}
}

func fits(path string, patterns []string) bool {
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "*"); p == path || ok && strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

func list(t *testing.T, pattern string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", pattern)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// main only calls cmd: nothing can be tested there.
func TestMainIsShort(t *testing.T) {
	text, err := os.ReadFile("../main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 15 {
		t.Errorf("main.go has %d lines", n)
	}
}

// Only cmd reads the environment, the clock, the directory and the streams, and
// only main ends the process (conventions 6 and 7).
func TestOnlyCmdReadsTheProcess(t *testing.T) {
	forbidden := regexp.MustCompile(`\bos\.(Getenv|LookupEnv|Environ|Exit|Getwd|Args|Stdin|Stdout|Stderr)\b|\btime\.(Now|Since|Until)\(|\bcontext\.TODO\b`)
	for _, dir := range []string{"../internal", "../hooks"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "nodbus") || strings.Contains(path, "testdata") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for i, line := range strings.Split(string(text), "\n") {
				code, _, _ := strings.Cut(line, "//")
				if m := forbidden.FindString(code); m != "" {
					t.Errorf("%s:%d: %s", path, i+1, m)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What a package does when it is initialised, every prompt and every `use` pays
// for: an expression is compiled where it is wanted, or by sync.OnceValue.
func TestNoExpressionIsCompiledAtEveryStart(t *testing.T) {
	eager := regexp.MustCompile(`^(var |\t)\w+\s*= regexp\.MustCompile`)
	for _, dir := range []string{"../internal", "../hooks", "../cmd"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for i, line := range strings.Split(string(text), "\n") {
				if eager.MatchString(line) {
					t.Errorf("%s:%d: %s", path, i+1, line)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
