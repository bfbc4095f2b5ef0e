package clicache

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file that the AWS CLI is writing is read again twice, and then counts as broken.
func TestHalfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for after, want := range map[int]bool{1: true, 2: true, 3: false} {
		write(`{"a":`)
		pauses := 0
		o, err := (Files{}).patiently(path, func() {
			if pauses++; pauses == after {
				write(`{"a":"b"}`)
			}
		})
		got, _ := o.Text("a")
		if want != (got == "b" && err == nil) || !want && !errors.Is(err, ErrBroken) || pauses != min(after, 2) {
			t.Errorf("written after %d pauses: %q, %v after %d", after, got, err, pauses)
		}
	}
}
