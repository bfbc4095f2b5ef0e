package env

import (
	"fmt"
	"strings"
)

// posix spells for bash 3.2 and later and for zsh, with $'...': it keeps every
// byte 1-255 in any locale, and survives even an eval without quotes.
// Bash manual 3.1.2.4 "ANSI-C Quoting"; zshmisc(1) "QUOTING".
type posix struct {
	// hook: among a user's functions, one called `export` must not get between.
	hook bool
}

func (p posix) builtin() string {
	if p.hook {
		return `\builtin ` // nor an alias
	}
	return ""
}

func (p posix) set(name, value string) (string, error) {
	q, err := quoteANSI(value)
	line := p.builtin() + "export " + name + "=" + q
	if p.hook {
		// Attributes such as `declare -i` or `typeset -u` would change the value.
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
			// Octal: always three digits, so that a digit may follow. A space too:
			// an eval without quotes makes one of several.
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	b.WriteByte('\'')
	return b.String(), nil
}

// sh spells for any POSIX shell, where $'...' is not known: '...' as it stands,
// newlines included.
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
