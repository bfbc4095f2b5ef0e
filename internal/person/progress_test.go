package person

import (
	"strings"
	"testing"
)

func TestProgressIsOneLineThatGoes(t *testing.T) {
	out := &strings.Builder{}
	tell := Progress(out, "accounts")
	tell(1, 2)
	tell(2, 2)
	if want := "\r1 of 2 accounts\r\r2 of 2 accounts\r\x1b[K"; out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}
