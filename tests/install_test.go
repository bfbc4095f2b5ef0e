package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/need"
)

// make install puts the program, its manual and its completions where systems look
// for them, below DESTDIR.
func TestMakeInstall(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(need.Program(t, "make", "make"), "-s", "install", "DESTDIR="+dir, "PREFIX=/usr")
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for path, says := range map[string]string{
		"bin/vault":              "ELF",
		"share/man/man1/vault.1": ".TH VAULT 1",
		"share/bash-completion/completions/vault":    "complete -F",
		"share/zsh/site-functions/_vault":            "#compdef vault",
		"share/fish/vendor_completions.d/vault.fish": "complete -c",
	} {
		text, err := os.ReadFile(filepath.Join(dir, "usr", path))
		if err != nil {
			t.Error(err)
		} else if says != "ELF" && !strings.Contains(string(text), says) {
			t.Errorf("%s does not say %s", path, says)
		}
	}
}
