//go:build unix

package browser

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLaunch(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	s, err := Launch([]string{"/bin/sh", "-c", `echo "$1 $SECRET" > "$0"`, out, "page"}, []string{"PATH=/bin"})
	if err != nil || s.Program != "sh" {
		t.Fatal(s.Program, err)
	}
	if err := <-s.Ended; err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(out); string(text) != "page \n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := Launch([]string{"/proc/nonexistent/firefox", "page"}, nil); err == nil || err.Error() != "start firefox: no such file or directory" {
		t.Errorf("one that is not there: %v", err)
	}
}
