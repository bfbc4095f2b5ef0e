package tests

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/need"
)

// make install puts the program, its manual and its completions where systems look
// for them, below DESTDIR, and make uninstall takes all of it away.
func TestMakeInstall(t *testing.T) {
	dir := t.TempDir()
	run := func(target string) {
		t.Helper()
		cmd := exec.Command(need.Program(t, "make", "make"), "-s", target, "DESTDIR="+dir, "PREFIX=/usr")
		cmd.Dir = ".."
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	run("install")
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
	run("uninstall")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("make uninstall leaves %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
