package tests

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write packages.txt anew")

// Besides its own packages, the program contains only the packages in packages.txt. Linked
// packages can be attacked, run before main, and add licences to a release. A new line in
// packages.txt is a decision that a review sees.
func TestTheProgramIsMadeOfThesePackages(t *testing.T) {
	systems := map[string][]string{
		"linux":   {"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"},
		"windows": {"GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0"},
		"darwin":  {"GOOS=darwin", "GOARCH=arm64", "CGO_ENABLED=1"}, // the keychain is reached through cgo
	}
	names := slices.Sorted(maps.Keys(systems))
	in := map[string][]string{}
	for _, system := range names {
		for _, p := range parts(t, systems[system]) {
			in[p] = append(in[p], system)
		}
	}
	var page bytes.Buffer
	page.WriteString("# What the program is made of, beside its own packages. Generated: go test ./tests -run ThesePackages -update\n# Behind a package: the systems it is for, if not all. Of Go's own library, what can be imported.\n")
	for _, p := range slices.Sorted(maps.Keys(in)) {
		if len(in[p]) < len(names) {
			p += "  " + strings.Join(in[p], " ")
		}
		fmt.Fprintln(&page, p)
	}
	const path = "packages.txt"
	if *update {
		if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, want := strings.Split(page.String(), "\n"), strings.Split(string(have), "\n")
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("new: %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("no more: %s", line)
		}
	}
	if t.Failed() {
		t.Error("if that is meant: go test ./tests -run ThesePackages -update")
	}
}

// parts returns the packages of the program on a system, without our own packages, which
// layering_test checks, and without those of Go's library alone.
func parts(t *testing.T, system []string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not (and .Module .Module.Main)}}{{.ImportPath}}{{end}}", "..")
	cmd.Env = append(os.Environ(), system...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list, %v: %v\n%s", system, err, errs.String())
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool {
		return strings.HasPrefix(p, "vendor/") || !strings.Contains(p, ".") && strings.Contains("/"+p+"/", "/internal/")
	})
}
