package doctor

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Scrubber removes from a text what strangers should not read.
type Scrubber struct {
	Home  string
	Names []string // of profiles, sessions, people and machines
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

// known matches the paths below the home directory that everyone has.
var known = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^~[/\\](\.aws([/\\](config|credentials|sso([/\\]cache)?|login([/\\]cache)?))?|\.bashrc|\.zshrc|\.config[/\\]fish[/\\](config\.fish|fish_variables)|\.awsvault([/\\]keys)?)[/\\]?$`)
})

// Scrub replaces names, IDs, addresses and paths below the home directory.
func (s Scrubber) Scrub(text string) string {
	if s.Home != "" {
		text = strings.ReplaceAll(text, s.Home, "~")
	}
	text = quoted().ReplaceAllStringFunc(text, func(q string) string {
		if strings.HasPrefix(q, `"$(`) { // a command in a hint
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
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) }) // a name may be part of another
	for _, name := range names {
		switch {
		case name == "" || name == "default":
		case ownWords()[name]:
			text = replaceNamed(text, name)
		default:
			text = replaceWord(text, name, "<name>")
		}
	}
	return text
}

// ownWords are words in doctor's own texts that a profile may have as its name, too. The
// report would be unreadable if they were replaced everywhere.
var ownWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(`a account active add address all allow an and answers any aws backend bash be belongs browser bus by calls can changed
		clock code config credentials default directory doctor edit empty exec expires file files fish for has hint home hook host http https import in is it
		kernel key keychain keyctl keyring keys keystore keystores kwallet leave leftovers line list login machine mail message mfa mode modes name network new no not
		of off ok on one op others passage pass path plain powershell process profile profiles program proc proxy read refresh region role rotate server
		session sessions shell sign-in sso start-up state stored system terminal text that the this to tool tools use used user users variable variables
		vault version warning was with words write zsh`) {
		words[w] = true
	}
	return words
})

// replaceNamed replaces a name that is one of our own words only where a name is expected:
// after certain words, or at the beginning of a sentence about an activation.
func replaceNamed(text, name string) string {
	q := regexp.QuoteMeta(name)
	for _, form := range []string{
		`(\b(?:key of|credentials of|signed in to|vault use|vault add|vault refresh|vault rotate|vault remove|vault sso login|vault sso logout|vault import credentials|vault explain|profile|section) )` + q + `($|[\s,;:.])`,
		`^()` + q + `( is active| was activated)`,
	} {
		text = regexp.MustCompile(form).ReplaceAllString(text, "${1}<name>${2}")
	}
	return text
}

// replaceWord replaces a word that stands by itself.
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
		version := i > 1 && text[i-1] == '-' && text[i-2] >= '0' && text[i-2] <= '9' // 0.1.0-dev
		inside := version || i > 0 && letter(text[i-1]) && letter(word[0]) || end < len(text) && letter(text[end]) && letter(word[len(word)-1])
		if inside {
			b.WriteString(text[:i+1])
			text = text[i+1:]
			continue
		}
		b.WriteString(text[:i] + by)
		text = text[end:]
	}
}
