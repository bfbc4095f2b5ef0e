package env

import (
	"fmt"
	"strings"
)

// fish is the dialect for fish 3.1 and later: '...' with \\ and \' inside, and \XHH outside
// the quotes for every other byte. `source` and `eval` read it alike. See the fish manual,
// "Quotes" and "Escaping Characters".
type fish struct{}

func (fish) set(name, value string) (string, error) {
	q, err := quoteFish(value)
	return "set -gx " + name + " " + q, err
}

// -g: a universal variable of the user belongs to every fish.
func (fish) unset(name string) string { return "set -eg " + name }

func (fish) local(name, value string) (string, error) {
	q, err := quoteFish(value)
	return "set -g " + name + " " + q, err
}

func (fish) quote(value string) (string, error) { return quoteFish(value) }

func (fish) call(function, name string) string { return function + " " + name }

func quoteFish(s string) (string, error) {
	var b strings.Builder
	quoted := true
	b.WriteByte('\'')
	in := func(want bool) {
		if quoted != want {
			b.WriteByte('\'')
			quoted = want
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == 0:
			return "", errNUL
		case c == '\'' || c == '\\':
			in(true)
			b.WriteByte('\\')
			b.WriteByte(c)
		case printable(c):
			in(true)
			b.WriteByte(c)
		default:
			// \X, because \x stops at 7f before fish 3.6.
			in(false)
			fmt.Fprintf(&b, `\X%02x`, c)
		}
	}
	in(false)
	return b.String(), nil
}
