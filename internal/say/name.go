package say

import (
	"strings"

	"awsvault/internal/grammar"
)

// OwnName is the program's name in messages in the source. [Named] replaces it.
const OwnName = "vault"

// Callable reports whether a message may show a name as a word to type.
func Callable(name string) bool {
	if name == "" || len(name) > 64 || name[0] == '.' || name[0] == '-' || strings.HasSuffix(name, ".test") {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
	})
}

// Named replaces vault in a message by the name with which the program was called. It replaces
// the word where a command follows, as in `vault list`, and at the beginning of a message. The
// same letters in a path, a profile or a sentence stay.
func Named(text, name string) string {
	if name == OwnName || !strings.Contains(text, OwnName) {
		return text
	}
	var b strings.Builder
	begun := 0
	for at := 0; ; {
		i := strings.Index(text[at:], OwnName)
		if i < 0 {
			b.WriteString(text[begun:])
			return b.String()
		}
		i += at
		at = i + len(OwnName)
		if begins(text[:i]) && commands(text[at:]) || opens(text[:i]) && strings.HasPrefix(text[at:], ": ") {
			b.WriteString(text[begun:i])
			b.WriteString(name)
			begun = at
		}
	}
}

// opens reports whether a line begins after a text.
func opens(before string) bool {
	return before == "" || before[len(before)-1] == '\n'
}

// begins reports whether a word begins after a text.
func begins(before string) bool {
	return before == "" || strings.ContainsRune(" \n\t\"'`(|&;", rune(before[len(before)-1]))
}

// commands reports whether the text continues like a call of the program: with a space and a
// command or a flag.
func commands(after string) bool {
	rest, ok := strings.CutPrefix(after, " ")
	if !ok {
		return false
	}
	word := rest
	if end := strings.IndexFunc(rest, func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' && r != '_' && r != '\\' }); end >= 0 {
		word = rest[:end]
	}
	word = strings.ReplaceAll(word, `\`, "") // the manual's hyphens
	switch word {
	case "":
		return false
	case "help", "command", "__shell":
		return true
	}
	return strings.HasPrefix(word, "--") || grammar.Find(word) != nil
}
