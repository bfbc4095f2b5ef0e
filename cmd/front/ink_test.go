package front

import (
	"os"
	"testing"
)

func TestColours(t *testing.T) {
	for _, test := range []struct {
		flag, name, value string
		want              bool
	}{
		{"", "", "", false}, // stderr of a test is no terminal
		{"auto", "", "", false},
		{"always", "", "", true},
		{"always", "NO_COLOR", "1", true},
		{"never", "", "", false},
	} {
		w := &World{Colour: test.flag, Environ: map[string]string{test.name: test.value}}
		null := openNull(t)
		if got := w.Ink(null).Colour; got != test.want {
			t.Errorf("--color=%s %s=%s: %v", test.flag, test.name, test.value, got)
		}
	}
}

func openNull(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
