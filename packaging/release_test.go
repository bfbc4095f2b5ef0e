package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An invalid version fails before anything is built or deleted. A tag is a valid version.
func TestVersions(t *testing.T) {
	for _, version := range []string{"", "1", "1.0", "01.0.0", "1.0.0.0", "c4fcab1", "vv1.0.0", "1.0.0-", "1.0.0 ", "../1.0.0", "1.0.0-a/b", "1.0.0-a\n"} {
		err := distCommand(t.Context(), []string{"-version", version, "-targets", "none/none"})
		if err == nil || !strings.Contains(err.Error(), "not a version") {
			t.Errorf("%q: %v", version, err)
		}
	}
	for _, version := range []string{"1.0.0", "v1.0.0", "10.20.30-rc.1", "v1.0.0-3-gabcdef0"} {
		err := distCommand(t.Context(), []string{"-version", version, "-targets", "none/none"})
		if err == nil || !strings.Contains(err.Error(), "no target") {
			t.Errorf("%q: %v", version, err)
		}
	}
}

// A directory with other files is not emptied.
func TestOnlyReleasesAreReplaced(t *testing.T) {
	out := t.TempDir()
	r := &release{out: out}
	for _, name := range []string{"SHA256SUMS.sig", "vault-1.0.0-linux-amd64.tar.gz", "awsvault_1.0.0-1_amd64.deb", "channels/nix/default.nix"} {
		write(t, filepath.Join(out, name), "")
	}
	if err := r.mayEmpty(); err != nil {
		t.Error(err)
	}
	letter := filepath.Join(out, "letter.txt")
	write(t, letter, "dear")
	err := distCommand(t.Context(), []string{"-version", "1.0.0", "-targets", "linux/amd64", "-out", out})
	if err == nil || !strings.Contains(err.Error(), "letter.txt") {
		t.Errorf("a letter: %v", err)
	}
	if _, err := os.Stat(letter); err != nil {
		t.Error(err)
	}
	if err := (&release{out: filepath.Join(out, "none")}).mayEmpty(); err != nil {
		t.Error(err)
	}
}
