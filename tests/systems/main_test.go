package main

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

func TestMistakesForOneSystemAreFound(t *testing.T) {
	for _, c := range []struct {
		target  string
		cgo     bool
		of      string
		mistake string // empty: none
	}{
		{"illumos/amd64", false, "elsewhere", "undefined: syscall.Getpgrp"},
		{"linux/arm", false, "elsewhere", ""},
		{"darwin/arm64", true, "withc", `cannot use "no number"`},
		{"darwin/arm64", false, "withc", ""},
	} {
		err := check(&sources{set: token.NewFileSet(), parsed: map[string]*ast.File{}}, c.target, c.cgo, []string{"./testdata/" + c.of})
		if c.mistake == "" && err != nil || c.mistake != "" && (err == nil || !strings.Contains(err.Error(), c.mistake)) {
			t.Errorf("%s of %s, with a C compiler %v: got %v, want %q", c.of, c.target, c.cgo, err, c.mistake)
		}
	}
}
