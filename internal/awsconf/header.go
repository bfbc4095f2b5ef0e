package awsconf

import (
	"math/bits"
	"strings"
)

// plainHeader reads the most common form of header: [profile NAME], or [NAME] in the
// credentials file, with a name that every tool reads as it is written. size is the size of
// the line; 0: another kind of header, or none.
func plainHeader(kind Kind, text string) (name string, size int) {
	from := 1
	if kind == ConfigFile {
		const word = "[profile "
		if len(text) < len(word) || text[:8] != word[:8] || text[8] != word[8] {
			return "", 0
		}
		from = len(word)
	}
	end := from
	for end+8 < len(text) { // eight at once: with many profiles, half of the time is spent here
		if odd := oddBytes(eight(text[end:])); odd != 0 {
			end += bits.TrailingZeros64(odd) / 8
			break
		}
		end += 8
	}
	if end+2 > len(text) || text[end] != ']' || text[end+1] != '\n' {
		return "", 0
	}
	if name = text[from:end]; name == "" || kind == CredentialsFile && name == "DEFAULT" {
		return "", 0
	}
	return name, end + len("]\n")
}

// oddBytes sets a bit in the first of eight bytes that is not a plain character of a name: one
// below "(", such as quotes and spaces, a bracket, a backslash, or a byte beyond ASCII. It may
// also set bits in later bytes.
func oddBytes(eight uint64) uint64 {
	const ones, low, tops = 0x0101010101010101, 0x7f * 0x0101010101010101, 0x8080808080808080
	ascii := eight & low
	brackets := (ascii + ones*(0x7f-'Z')) & (ones*(0x7f+'^') - ascii)
	return (eight | (eight - ones*'(') | brackets) & tops
}

// splitHeader splits a header line without leading space: the text between the brackets, and
// the rest. The tools disagree about "]" within a line. This uses the last one before the end
// of the line or a comment.
func splitHeader(line string) (inner, rest string, ok bool) {
	end := strings.IndexByte(line, ']')
	if end < 0 {
		return "", "", false
	}
	for {
		rest = trim(line[end+1:])
		if isComment(rest) {
			return line[1:end], rest, true
		}
		more := strings.IndexByte(line[end+1:], ']')
		if more < 0 {
			return line[1:end], rest, true
		}
		end += 1 + more
	}
}

// isComment reports whether only a comment, or nothing, follows a header.
func isComment(rest string) bool { return rest == "" || rest[0] == '#' || rest[0] == ';' }

// declares returns what a header declares for the AWS CLI. If the CLI ignores a header that
// other SDKs read, their result counts.
func declares(kind Kind, inner string) (SectionType, string) {
	if kind == CredentialsFile {
		return credentialsName(inner)
	}
	if typ, name, ok := cliName(inner); ok {
		return typ, name
	}
	inner = trim(inner)
	if typ, name, ok := cliName(inner); ok {
		return typ, name
	}
	return sdkName(inner)
}

// credentialsName reads a header of the credentials file: the whole text is the name, with any
// quotes.
func credentialsName(inner string) (SectionType, string) {
	name := trim(inner)
	if name == "DEFAULT" {
		return otherSection, name // a section of configparser itself, never a profile
	}
	return ProfileSection, name
}

// cliName reads a header of the config file as the AWS CLI does. It splits the text as a shell
// would, and expects two words. The first one only has to begin with the type.
func cliName(inner string) (SectionType, string, bool) {
	if name, ok := strings.CutPrefix(inner, "profile "); ok && isPlain(name) {
		return ProfileSection, name, true // the most common case, without splitting
	}
	if inner == "default" {
		return ProfileSection, inner, true
	}
	for typ := ProfileSection; typ < otherSection; typ++ {
		if !strings.HasPrefix(inner, typ.String()) {
			continue
		}
		words, ok := splitShell(inner)
		if ok && len(words) == 2 {
			return typ, words[1], true
		}
	}
	return otherSection, inner, false
}

// sdkName reads a header of the config file as the Go SDK does: the type, white space, and the
// rest is the name.
func sdkName(inner string) (SectionType, string) {
	inner = strings.TrimSpace(inner)
	space := strings.IndexAny(inner, " \t")
	if space < 0 {
		if inner == "default" {
			return ProfileSection, inner
		}
		return otherSection, inner
	}
	word, name := inner[:space], strings.TrimLeft(inner[space:], " \t")
	for typ := ProfileSection; typ < otherSection; typ++ {
		if word == typ.String() {
			return typ, name
		}
	}
	return otherSection, inner
}

// isPlain reports whether a shell would read the text as one unchanged word.
func isPlain(name string) bool {
	for i := range len(name) {
		switch name[i] {
		case ' ', '\t', '\r', '"', '\'', '\\':
			return false
		}
	}
	return name != ""
}

// splitShell splits as Python's shlex.split does. ok is false for an open quote or a final
// backslash.
func splitShell(text string) (words []string, ok bool) {
	var word strings.Builder
	started := false // an empty pair of quotes is a word too
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == '\'':
			word.WriteByte(c)
		case c == '\\':
			i++
			if i == len(text) {
				return nil, false
			}
			if quote == '"' && text[i] != '"' && text[i] != '\\' {
				word.WriteByte(c)
			}
			word.WriteByte(text[i])
			started = true
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, started = c, true
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if started {
				words = append(words, word.String())
				word.Reset()
				started = false
			}
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if quote != 0 {
		return nil, false
	}
	if started {
		words = append(words, word.String())
	}
	return words, true
}

// unquoted returns the name that a quoted header declares, if a person types that header's
// text with its quotes or backslashes.
func unquoted(name string) (string, bool) {
	if !strings.ContainsAny(name, `"'\`) {
		return "", false
	}
	words, ok := splitShell(name)
	if !ok || len(words) != 1 {
		return "", false
	}
	return words[0], true
}
