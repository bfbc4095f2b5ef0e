//go:build unix

package proxy

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"awsvault/internal/fault"
	"awsvault/tests/need"
)

// A user becomes root with sudo, which returns the terminal once it has asked, or else with
// doas.
func TestAsRoot(t *testing.T) {
	need.User(t, "who has to become root")
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if _, err := AsRoot("/vault", "proxy"); err == nil || fault.HintOf(err) == "" {
		t.Errorf("without sudo: %v", err)
	}
	for _, name := range []string{"doas", "sudo"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		want := []string{path, "--", "/vault", "proxy", "--hand-over"}
		if name == "sudo" {
			want = slices.Insert(want, 1, "-b")
		}
		if got, err := AsRoot("/vault", "proxy", "--hand-over"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}
