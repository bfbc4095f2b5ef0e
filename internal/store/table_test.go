package store_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/store"
)

// docs/backends.md is generated from the lists of promises and trials: go test
// ./internal/store -run TestTheTableOfBackends -update
func TestTheTableOfBackendsIsCurrent(t *testing.T) {
	var page bytes.Buffer
	page.WriteString(`# Backends, and how each is tested

Made from the lists in internal/store/conformance_test.go by ` + "`go test ./internal/store -run TestTheTable -update`" + `.
Each backend is held to the same promises:

`)
	for i, p := range promises {
		fmt.Fprintf(&page, "%d. **%s**: %s.\n", i+1, p.name, p.about)
	}
	page.WriteString("\n| backend | system | tested against | test |")
	for i := range promises {
		fmt.Fprintf(&page, " %d |", i+1)
	}
	page.WriteString("\n|---|---|---|---|" + strings.Repeat("---|", len(promises)) + "\n")
	var notes []string
	for _, of := range trials {
		fmt.Fprintf(&page, "| `%s` | %s | %s | `%s` |", of.backend, of.system, of.against, of.test)
		for _, p := range promises {
			mark := "yes"
			if why := of.without[p.name]; why != "" {
				i := slices.Index(notes, why)
				if i < 0 {
					notes, i = append(notes, why), len(notes)
				}
				mark = fmt.Sprintf("(%c)", 'a'+i)
			}
			fmt.Fprintf(&page, " %s |", mark)
		}
		page.WriteString("\n")
	}
	page.WriteString("\n")
	for i, note := range notes {
		fmt.Fprintf(&page, "(%c) %s.\n", 'a'+i, note)
	}
	page.WriteString("\nWine 10 (`.ci/run suites`) holds `wincred` to all of them, with names of at most 255 characters. Wine 8 keeps a credential in\nseveral steps, so there `wincred` is held to 1 and 3 to 6.\n")

	file := filepath.Join("..", "..", "docs", "backends.md")
	if *update {
		if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, page.Bytes()) {
		t.Errorf("docs/backends.md is not current (%v): run this test with -update", err)
	}
}

// The test fails for a backend without a trial, and for a trial without a test that calls
// conform.
func TestEveryBackendHasATrial(t *testing.T) {
	var tried []string
	for _, of := range trials {
		tried = append(tried, of.backend)
	}
	if !slices.Equal(tried, store.Backends()) {
		t.Errorf("trials of %q, but backends are %q", tried, store.Backends())
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	conforming := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if name, ok := call.Fun.(*ast.Ident); ok && strings.HasPrefix(name.Name, "conform") {
						conforming[f.Name.Name] = true
					}
				}
				return true
			})
		}
	}
	for _, of := range trials {
		if !conforming[of.test] {
			t.Errorf("%s is held to nothing: %s does not conform", of.backend, of.test)
		}
	}
}
