package say

import "testing"

func TestWhatIsSaidOnATerminal(t *testing.T) {
	colour, plainly := Ink{Colour: true, Width: 40}, Ink{Width: 40}
	for _, test := range []struct {
		name string
		ink  Ink
		text string
		want string
	}{
		{"what is active", colour, "✓  dev  role/reader  111122223333", "\x1b[32m✓\x1b[0m  \x1b[1mdev\x1b[0m  role/reader  111122223333"},
		{"a mark and a sentence", colour, "✓  left dev", "\x1b[32m✓\x1b[0m  left dev"},
		{"without colour", plainly, "✓  dev  role/reader", "✓  dev  role/reader"},
		{"a warning", colour, "vault: warning: the clock is off", "vault: \x1b[33mwarning:\x1b[0m the clock is off"},
		{"another name of the program", colour, "aws-vault: warning: no", "aws-vault: \x1b[33mwarning:\x1b[0m no"},
		{"a word that is not the program's", colour, "my profile: warning: no", "my profile: warning: no"},
		{"wide, wrapped under its beginning", plainly, "✓  dev  role/reader  111122223333  expires 22:48", "✓  dev  role/reader  111122223333\n   expires 22:48"},
		{"an address stays whole", plainly, "  https://example.com/0123456789012345678901234567890123456789", "  https://example.com/0123456789012345678901234567890123456789"},
		{"on a pipe, one line", Ink{}, "vault: 0123456789 0123456789 0123456789 0123456789", "vault: 0123456789 0123456789 0123456789 0123456789"},
	} {
		if got := test.ink.Said(test.text); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAnErrorOnATerminal(t *testing.T) {
	for _, test := range []struct {
		name             string
		ink              Ink
		said, hint, want string
	}{
		{"in colour", Ink{Colour: true, Width: 40}, "no", "vault list", "\x1b[31mvault:\x1b[0m no\n  hint: vault list\n"},
		{"without a hint", Ink{Width: 40}, "no", "", "vault: no\n"},
		{"wrapped under its beginning", Ink{Width: 24}, "profile nope was not found", "vault list shows them all", "vault: profile nope was\n    not found\n  hint: vault list shows\n        them all\n"},
		{"on a pipe, one line each", Ink{}, "profile nope was not found", "vault list shows them all", "vault: profile nope was not found\n  hint: vault list shows them all\n"},
	} {
		if got := test.ink.Failed("vault", test.said, test.hint); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
