package clicache_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"awsvault/internal/clicache"
	"awsvault/internal/disk"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every unknown field stays, byte for byte.
func TestFieldsStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sso", "cache", "x.json")
	if err := (clicache.Files{}).Write(path, clicache.Object{"a": clicache.Quote("<b>&")}); err != nil {
		t.Fatal(err)
	}
	for p, mode := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(p); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	write(t, path, `{"theirs": {"z":[1,2.50,"<"]}, "a":"b", "gone":"x", "none":null, "number":7}`)
	o, err := (clicache.Files{}).Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "b", "none": "", "missing": ""} {
		if got, ok := o.Text(name); got != want || !ok {
			t.Errorf("%s: %q, %t", name, got, ok)
		}
	}
	if _, ok := o.Text("number"); ok {
		t.Error("a number is a text")
	}
	o.Set("a", "c")
	o.Set("gone", "")
	if err := (clicache.Files{}).Write(path, o); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	if want := `{"a":"c","none":null,"number":7,"theirs":{"z":[1,2.50,"<"]}}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

func TestWhatIsNoSignIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	if _, err := (clicache.Files{}).Read(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for text, want := range map[string]error{
		"": clicache.ErrBroken, "{": clicache.ErrBroken, "[]": clicache.ErrBroken, "null": clicache.ErrBroken, `"x"`: clicache.ErrBroken, "{}": nil,
		"{}" + strings.Repeat(" ", 256<<10-2): nil, "{}" + strings.Repeat(" ", 256<<10-1): disk.ErrTooLarge,
	} {
		write(t, path, text)
		if _, err := (clicache.Files{}).Read(path); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%.10q of %d bytes: %v, want %v", text, len(text), err, want)
		}
	}
	_ = os.Remove(path)
	_ = os.Mkdir(path, 0o700)
	if _, err := (clicache.Files{}).Read(path); fmt.Sprint(err) != path+" is a directory: remove it, and sign in again" {
		t.Errorf("a directory: %v", err)
	}
}

// A file that others can write, or that another user owns, decides nothing.
func TestFilesOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes there")
	}
	path := filepath.Join(t.TempDir(), "x.json")
	write(t, path, "{}")
	for mode, flaw := range map[fs.FileMode]string{0o600: "", 0o644: "", 0o620: fmt.Sprintf("can be written by group %d", os.Getgid()), 0o602: "can be written by everybody", 0o666: "can be written by everybody"} {
		want := ""
		if flaw != "" {
			want = path + " " + flaw + ": remove it, and sign in again"
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := (clicache.Files{}).Read(path); want == "" && err != nil || want != "" && fmt.Sprint(err) != want {
			t.Errorf("%o: %v, want %s", mode, err, want)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("to run the rest of this test: be root")
	}
	_ = os.Chmod(path, 0o600)
	if err := os.Chown(path, 4242, 4242); err != nil {
		t.Fatal(err)
	}
	if _, err := (clicache.Files{}).Read(path); fmt.Sprint(err) != path+" belongs to user 4242: remove it, and sign in again" {
		t.Error(err)
	}
}

// Writable checks whether a file can be written without writing it.
func TestWritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	write(t, path, "{}")
	if err := (clicache.Files{}).Writable(path); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "{}" {
		t.Errorf("it was written: %s", text)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := (clicache.Files{}).Writable(filepath.Join(path, "y.json")); err == nil || !strings.HasPrefix(err.Error(), "keep the sign-in: ") {
		t.Errorf("in a file: %v", err)
	}
}
