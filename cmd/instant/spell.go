package instant

import "strings"

// maxDescribed is how many candidates a person may want to read descriptions of.
const maxDescribed = 200

// spell writes the candidates that fit, as the shell inserts them.
func spell(shell string, found []candidate, current string, opened byte, about func(profile string) string) string {
	fits := fitting(shell)
	fit := found[:0]
	for _, c := range found {
		if fits(c.value, current) && printable(c.value) == c.value {
			fit = append(fit, c)
		}
	}
	// A flag's value is quoted after the =, so that the shell still sees the flag.
	var b strings.Builder
	b.Grow(32 * len(fit))
	for _, c := range fit {
		if shell == "bash" {
			b.WriteString(quote(c.value, opened) + "\n")
			continue
		}
		b.WriteString(c.value)
		if len(fit) <= maxDescribed {
			if c.profile != "" {
				c.help = about(c.profile)
			}
			if c.help != "" {
				b.WriteString("\t" + printable(c.help))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// printable replaces what a terminal might take for an order.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
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
