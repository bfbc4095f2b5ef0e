package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestNamesThatWindowsCannotHave(t *testing.T) {
	for name, flawed := range map[string]bool{
		"dev": false, "a b": false, ".dot": false, "x..y": false, "console": false, "com": false, "com10": false, "lpt": false, "nully": false, "a.nul": false, "日本": false, "-x": false, "a,b": false,
		"dot.": true, "blank ": true, "nul": true, "NUL.txt": true, "con": true, "Com1": true, "lpt9.x.y": true, "aux ": true, "prn .x": true, "com\u00b2": true, "conin$": true,
		"a*b": true, "a:b": true, `a\b`: true, "a\tb": true, "a?b": true, `a"b`: true, "a<b": true, "a|b": true,
	} {
		if got := NameFlaw("windows", name); (got != "") != flawed {
			t.Errorf("%q: %q", name, got)
		}
		if got := NameFlaw("linux", name); got != "" {
			t.Errorf("on Linux, %q: %q", name, got)
		}
	}
}

// If names that differ in case mean the same file, Spelling finds the other spelling: under
// Wine, and on macOS.
func TestSpelling(t *testing.T) {
	root, err := os.MkdirTemp("", "spelling")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	if err := os.Mkdir(filepath.Join(root, "Team"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("Team", "Dev")
	if err := os.WriteFile(filepath.Join(root, file), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Spelling(root, file); got != file || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	got, err := Spelling(root, filepath.Join("team", "DEV"))
	_, blind := os.Stat(filepath.Join(root, "TEAM"))
	if blind == nil && (got != file || err != nil) || blind != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in another case (%v): %q, %v", blind, got, err)
	}
	if got, err := Spelling(root, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %q, %v", got, err)
	}
}
