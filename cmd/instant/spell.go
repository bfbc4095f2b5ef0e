package instant

import (
	"strings"

	"awsvault/internal/line"
)

// maxDescribed is the largest number of candidates that get descriptions.
const maxDescribed = 200

// spell writes the candidates that fit, in the form that the shell inserts.
func spell(shell string, found []candidate, current string, opened byte, about func(profile string) string) string {
	fits := fitting(shell)
	fit := found[:0]
	for _, c := range found {
		if (c.profile != "" || fits(c.value, current)) && spellable(c.value) && !(opened == '"' && strings.Contains(c.value, "!")) { // profiles fit already
			fit = append(fit, c)
		}
	}
	// A flag's value is quoted after the =, so that the shell still sees the flag.
	var b strings.Builder
	b.Grow(24 * len(fit))
	for _, c := range fit {
		switch {
		case shell == "bash":
			b.WriteString(quote(c.value, opened))
		case len(fit) > maxDescribed:
			b.WriteString(inserted(shell, c.value))
		default:
			if c.profile != "" {
				c.help = about(c.profile)
			}
			b.WriteString(inserted(shell, c.value))
			if c.help != "" {
				b.WriteString("\t" + line.Printable(c.help))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// spellable reports whether vault may offer a word. It refuses words that look like a
// directive, and words with control sequences or with characters that hide other text.
// Users can still type such a name.
func spellable(word string) bool {
	return isPlain(word) || line.Printable(word) == word && !strings.HasPrefix(word, ":")
}

// isPlain reports whether a word is plain text to every shell and every terminal.
func isPlain(word string) bool {
	for i := range len(word) {
		c := word[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '-' <= c && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}

// inserted returns a word in the form for a shell other than bash. nushell inserts words
// without quoting them. The other shells quote them.
func inserted(shell, word string) string {
	switch {
	case shell != "nushell" || isPlain(word):
		return word
	case !strings.Contains(word, "'"):
		return "'" + word + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

// unquote removes the quotes and backslashes from a word. If the last quote is still open,
// opened is that quote.
func unquote(word string) (text string, opened byte) {
	if !strings.ContainsAny(word, `'"\`) {
		return word, 0
	}
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		c := word[i]
		switch {
		case opened == 0 && (c == '\'' || c == '"'):
			opened = c
		case c == opened && c != 0:
			opened = 0
		case c == '\\' && opened != '\'' && i+1 < len(word):
			i++
			b.WriteByte(word[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), opened
}

// quote quotes a word for bash. opened is the quote that the user has already typed, or 0.
func quote(word string, opened byte) string {
	if opened == '\'' {
		return strings.ReplaceAll(word, "'", `'\''`)
	}
	if isPlain(word) {
		return word
	}
	special := " \t!\"$&'()*;<>?[\\]^`{|}~#"
	if opened == '"' {
		special = "\"$\\`"
	}
	if !strings.ContainsAny(word, special) {
		return word
	}
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		if strings.IndexByte(special, word[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(word[i])
	}
	return b.String()
}
