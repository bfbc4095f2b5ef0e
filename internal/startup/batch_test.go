package startup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/internal/fault"
)

func TestTheBatchFileOfCmd(t *testing.T) {
	dir := t.TempDir()
	var said []string
	tell := func(text string) { said = append(said, text) }
	b := Batch{StateDir: dir, Tilde: func(path string) string { return strings.Replace(path, dir, "~", 1) }, Say: tell, Done: tell}
	if err := b.Write("@echo off\r\n"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "cmd", "vault.cmd")
	if text, err := os.ReadFile(path); string(text) != "@echo off\r\n" {
		t.Errorf("%q, %v", text, err)
	}
	if len(said) != 4 || said[0] != "wrote "+filepath.Join("~", "cmd", "vault.cmd") || !strings.Contains(said[1], `doskey vault="`+path+`" $*`) {
		t.Errorf("%q", said)
	}
	b.StateDir = path // a file
	if err := b.Write(""); err == nil || !strings.HasPrefix(err.Error(), "write "+b.Tilde(path)) {
		t.Errorf("where it cannot be written: %v", err)
	}
}

func TestWhatCmdCanDoWithoutAHook(t *testing.T) {
	for command, words := range map[string]string{"use": "use PROFILE", "off": "off"} {
		err := NeedCmd(command)
		if fault.KindOf(err) != fault.Usage || !strings.Contains(fault.HintOf(err), "('vault __shell cmd -- "+words+"')") {
			t.Errorf("%s: %v, %s", command, err, fault.HintOf(err))
		}
	}
}
