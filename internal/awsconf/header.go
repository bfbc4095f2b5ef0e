package awsconf

import (
	"math/bits"
	"strings"
)

// plainHeader reads by far the commonest header: [profile NAME], in the
// credentials file [NAME], with a name that everything that reads it takes as it
// stands. size is that of the line; 0 if it is another header, or none.
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
	for end+8 < len(text) { // eight at once: among many profiles, half of the time goes here
		if odd := oddBytes(eight(text[end:])); odd != 0 {
			end += bits.TrailingZeros64(odd) / 8
			break
		}
		end += 8
	}
	if end+2 > len(text) || text[end] != ']' || text[end+1] != '\n' {
		return "", 0
	}
	if name = text[from:end]; name == "" || name == "DEFAULT" && kind == CredentialsFile {
		return "", 0
	}
	return name, end + len("]\n")
}

// oddBytes has a bit in the first of eight bytes that is not a plain character of a
// name: below "(", which quotes and spaces are, a bracket, a backslash, or beyond ASCII.
// There may be bits in bytes after it, too.
func oddBytes(eight uint64) uint64 {
	const ones, low, tops = 0x0101010101010101, 0x7f * 0x0101010101010101, 0x8080808080808080
	ascii := eight & low
	brackets := (ascii + ones*(0x7f-'Z')) & (ones*(0x7f+'^') - ascii)
	return (eight | (eight - ones*'(') | brackets) & tops
}

// splitHeader takes a header line apart, leading space gone: the text between
// the brackets, and what follows them. The tools disagree about "]" within a
// line; this takes the last one before the end of the line or a comment.
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

// isComment says that nothing, or nothing but a comment, follows a header.
func isComment(rest string) bool { return rest == "" || rest[0] == '#' || rest[0] == ';' }

// declares tells what a header declares: what the AWS CLI says, and where the
// CLI passes over a header that other SDKs read, what they say.
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

// credentialsName reads a header of the credentials file: it is the name, quotes and all.
func credentialsName(inner string) (SectionType, string) {
	name := trim(inner)
	if name == "DEFAULT" {
		return otherSection, name // configparser's own section, never a profile
	}
	return ProfileSection, name
}

// cliName reads a header of the config file as the AWS CLI does: split as a
// shell splits, it must be two words, of which the first only has to begin with
// the type.
func cliName(inner string) (SectionType, string, bool) {
	if name, ok := strings.CutPrefix(inner, "profile "); ok && isPlain(name) {
		return ProfileSection, name, true // by far the commonest, without splitting
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

// sdkName reads a header of the config file as the Go SDK does: the type, white
// space, and all the rest is the name.
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

// isPlain says that a shell would take the text as one word, as it stands.
func isPlain(name string) bool {
	for i := range len(name) {
		switch name[i] {
		case ' ', '\t', '\r', '"', '\'', '\\':
			return false
		}
	}
	return name != ""
}

// splitShell splits as Python's shlex.split does; not ok if a quote or a backslash is left hanging.
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

// unquoted is the name that a person means who writes it as it stands in a
// quoted header, quotes or backslashes included.
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
