package env

import (
	"fmt"
	"strings"
)

// posix is the dialect for bash 3.2 and later and for zsh. It uses $'...', which keeps every
// byte from 1 to 255 in any locale, and survives even an eval without quotes. See the bash
// manual, 3.1.2.4 "ANSI-C Quoting", and zshmisc(1) "QUOTING".
type posix struct {
	// hook means that a user's function called `export` must not be used instead.
	hook bool
}

func (p posix) builtin() string {
	if p.hook {
		return `\builtin ` // the backslash bypasses an alias
	}
	return ""
}

func (p posix) set(name, value string) (string, error) {
	q, err := quoteANSI(value)
	line := p.builtin() + "export " + name + "=" + q
	if p.hook {
		// Unset first: attributes such as `declare -i` or `typeset -u` would change the value.
		line = p.unset(name) + "; " + line
	}
	return line, err
}

func (p posix) unset(name string) string { return p.builtin() + "unset -v " + name }

func (posix) quote(value string) (string, error) { return quoteANSI(value) }

func (posix) local(name, value string) (string, error) {
	q, err := quoteANSI(value)
	return name + "=" + q, err
}

func (posix) call(function, name string) string { return function + " " + name }

func quoteANSI(s string) (string, error) {
	var b strings.Builder
	b.WriteString("$'")
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == 0:
			return "", errNUL
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case printable(c) && c != ' ':
			b.WriteByte(c)
		default:
			// Octal, which always has three digits, so a digit may follow. Spaces too, because
			// an eval without quotes would make one space of several.
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	b.WriteByte('\'')
	return b.String(), nil
}

// sh is the dialect for any POSIX shell, which may not know $'...'. It uses '...' with the
// value unchanged, newlines included.
type sh struct{ posix }

func (sh) set(name, value string) (string, error) {
	q, err := quoteSh(value)
	return "export " + name + "=" + q, err
}

func quoteSh(s string) (string, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return "", errNUL
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'", nil
}
