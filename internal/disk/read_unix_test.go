//go:build unix

package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileThatAPersonNamed(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct{ name, path, want, says string }{
		{"a file", file("a", "text"), "text", ""},
		{"as much as it may have", file("b", strings.Repeat("a", 1<<20)), strings.Repeat("a", 1<<20), ""},
		{"more", file("c", strings.Repeat("a", 1<<20+1)), "", "SHOWN is larger than 1 MiB"},
		{"a directory", dir, "", "SHOWN is not a regular file"},
		{"a device", os.DevNull, "", "SHOWN is not a regular file"},
		{"nothing", filepath.Join(dir, "missing"), "", "read SHOWN: no such file or directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadShown(test.path, "SHOWN", 1<<20)
			says := ""
			if err != nil {
				says = err.Error()
			}
			if string(got) != test.want || says != test.says {
				t.Errorf("%d bytes; it says %q, want %q", len(got), says, test.says)
			}
		})
	}
}
