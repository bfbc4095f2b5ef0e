package doctor

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Scrubber takes out of a text what strangers should not read.
type Scrubber struct {
	Home  string
	Names []string // of profiles, sessions, people, machines
}

var (
	quoted    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:[^"\\]|\\.)*"`) })
	bracketed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[[^\]]*\]`) })
	arns      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\barn:[^\s,;]+`) })
	keyIDs    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b[A-Z]{4}[A-Z0-9]{8,}\b`) })
	numbers   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b\d{12,}\b`) }) // accounts
	urls      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^\s,;]+`) })
	mail      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^\s<>"]+@[^\s<>"]+`) })
	hosts     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b(?::\d+)?`) })
	below     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`~[/\\][^\s,;:]*`) })
)

// known are the paths below home that everybody has.
var known = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^~[/\\](\.aws([/\\](config|credentials|sso([/\\]cache)?|login([/\\]cache)?))?|\.bashrc|\.zshrc|\.config[/\\]fish[/\\](config\.fish|fish_variables)|\.awsvault([/\\]keys)?)[/\\]?$`)
})

// Scrub replaces names, ids, addresses and the paths below the home directory.
func (s Scrubber) Scrub(text string) string {
	if s.Home != "" {
		text = strings.ReplaceAll(text, s.Home, "~")
	}
	text = quoted().ReplaceAllStringFunc(text, func(q string) string {
		if strings.HasPrefix(q, `"$(`) { // a command, in a hint
			return q
		}
		return `"..."`
	})
	text = bracketed().ReplaceAllString(text, "[...]")
	text = arns().ReplaceAllString(text, "<arn>")
	text = urls().ReplaceAllString(text, "<url>")
	text = mail().ReplaceAllString(text, "<mail>")
	text = hosts().ReplaceAllString(text, "<host>")
	text = keyIDs().ReplaceAllString(text, "<id>")
	text = numbers().ReplaceAllString(text, "<number>")
	text = below().ReplaceAllStringFunc(text, func(path string) string {
		if known().MatchString(path) {
			return path
		}
		return "~/..."
	})
	names := slices.Clone(s.Names)
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) }) // a name may be a part of another
	for _, name := range names {
		if name != "" && name != "default" {
			text = replaceWord(text, name, "<name>")
		}
	}
	return text
}

// replaceWord replaces a word where it stands by itself.
func replaceWord(text, word, by string) string {
	letter := func(b byte) bool {
		return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b >= 0x80
	}
	var b strings.Builder
	for {
		i := strings.Index(text, word)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := i + len(word)
		inside := i > 0 && letter(text[i-1]) && letter(word[0]) || end < len(text) && letter(text[end]) && letter(word[len(word)-1])
		if inside {
			b.WriteString(text[:i+1])
			text = text[i+1:]
			continue
		}
		b.WriteString(text[:i] + by)
		text = text[end:]
	}
}
