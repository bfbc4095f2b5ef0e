package instant

import (
	"strings"

	"awsvault/internal/line"
)

// maxDescribed is how many candidates a person may want to read descriptions of.
const maxDescribed = 200

// spell writes the candidates that fit, as the shell inserts them.
func spell(shell string, found []candidate, current string, opened byte, about func(profile string) string) string {
	fits := fitting(shell)
	fit := found[:0]
	for _, c := range found {
		if (c.profile != "" || fits(c.value, current)) && spellable(c.value) && !(opened == '"' && strings.Contains(c.value, "!")) { // profiles have been chosen
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

// spellable says that a word can be offered: it holds nothing that a terminal
// might take for an order or that hides what is read, and is no directive. A name
// that is none of this can be typed all the same.
func spellable(word string) bool {
	return isPlain(word) || line.Printable(word) == word && !strings.HasPrefix(word, ":")
}

// isPlain says that no shell and no terminal sees anything but text in a word.
func isPlain(word string) bool {
	for i := range len(word) {
		c := word[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '-' <= c && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}

// inserted is a word as it has to be given to a shell other than bash. nushell puts
// what it is given on the line as it is; the others quote it themselves.
func inserted(shell, word string) string {
	switch {
	case shell != "nushell" || isPlain(word):
		return word
	case !strings.Contains(word, "'"):
		return "'" + word + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

// unquote takes the quotes and backslashes of a word away. The last quote may be
// open still: which one says opened.
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

// quote spells a word for bash, where the person may have opened a quote.
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
