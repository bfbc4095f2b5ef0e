package front

import (
	"os"
	"testing"
)

func TestWhatIsSaidOnATerminal(t *testing.T) {
	colour, plainly := ink{colour: true, width: 40}, ink{width: 40}
	for _, test := range []struct {
		name string
		ink  ink
		text string
		want string
	}{
		{"what is active", colour, "✓  dev  role/reader  111122223333", "\x1b[32m✓\x1b[0m  \x1b[1mdev\x1b[0m  role/reader  111122223333"},
		{"a mark and a sentence", colour, "✓  left dev", "\x1b[32m✓\x1b[0m  left dev"},
		{"without colour", plainly, "✓  dev  role/reader", "✓  dev  role/reader"},
		{"a warning", colour, "vault: warning: the clock is off", "vault: \x1b[33mwarning:\x1b[0m the clock is off"},
		{"an error", colour, "vault: error: no", "vault: \x1b[31merror:\x1b[0m no"},
		{"another name of the program", colour, "aws-vault: error: no", "aws-vault: \x1b[31merror:\x1b[0m no"},
		{"a hint has no colour", colour, "vault: hint: vault list", "vault: hint: vault list"},
		{"a word that is not the program's", colour, "my: profile: error: no", "my: profile: error: no"},
		{"wide, wrapped under its beginning", plainly, "✓  dev  role/reader  111122223333  expires 22:48", "✓  dev  role/reader  111122223333\n   expires 22:48"},
		{"an address stays whole", plainly, "  https://example.com/0123456789012345678901234567890123456789", "  https://example.com/0123456789012345678901234567890123456789"},
		{"on a pipe, one line", ink{}, "vault: error: 0123456789 0123456789 0123456789 0123456789", "vault: error: 0123456789 0123456789 0123456789 0123456789"},
	} {
		if got := test.ink.said(test.text); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

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
		if got := w.ink(null).colour; got != test.want {
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
