package tests

import (
	"encoding/base64"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/need"
)

// make install installs the program, its manual and its completions below DESTDIR, where systems
// look for them. make uninstall removes all of them.
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
	slowToGuess(t, filepath.Join(dir, "usr", "bin", "vault"))
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

// slowToGuess checks the number of rounds in an item of a program. The tests' program is linked
// with fewer rounds than make's.
func slowToGuess(t *testing.T, vault string) {
	t.Helper()
	home := t.TempDir()
	add := exec.Command(vault, "add", "dev", "--env")
	add.Env = []string{"HOME=" + home, "AWS_VAULT_BACKEND=file", "AWS_VAULT_FILE_PASSPHRASE=correct horse", "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent",
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1"}
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	item, err := os.ReadFile(filepath.Join(home, ".awsvault", "keys", "dev"))
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(item), ".")
	if header, err := base64.RawURLEncoding.DecodeString(head); err != nil || !strings.Contains(string(header), `"p2c":600000,`) {
		t.Errorf("the item begins with %s (%v)", header, err)
	}
}
