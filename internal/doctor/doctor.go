// Package doctor runs checks side by side, each for a limited time, and knows how
// what they found is shown: to a person, to a program, and to strangers.
//
// It knows also what can be checked without any other package: modes of files,
// what was left behind, other programs on PATH, the processes and key quota of
// Linux. It does not know keystores, profiles, variables or shells, asks nobody,
// and changes nothing but by a Fix that its caller calls.
package doctor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// State is how bad a finding is.
type State int

// A warning may be what somebody wants; a problem will not work.
const (
	OK State = iota
	Note
	Warning
	Problem
)

// String is the mark in front of a line.
func (s State) String() string { return [...]string{"ok", "-", "!", "x"}[s] }

// MarshalText is the word in JSON.
func (s State) MarshalText() ([]byte, error) {
	return []byte([...]string{"ok", "note", "warning", "problem"}[s]), nil
}

// Finding is one line of the answer.
type Finding struct {
	State State
	Text  string
	Hint  string // what can be done; may be empty
	// Fix mends it, where that is safe; nil: a person has to.
	Fix func() error
}

// Check looks at one thing.
type Check struct {
	Name string
	Look func(ctx context.Context) []Finding
}

// Result is what a check found.
type Result struct {
	Check    string
	Findings []Finding
}

// Run runs all checks at once, and returns what they found in their order. One
// that has not ended after limit is left behind, and that is what is found.
func Run(ctx context.Context, checks []Check, limit time.Duration) []Result {
	results := make([]Result, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() {
			limited, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			found := make(chan []Finding, 1)
			go func() { found <- c.Look(limited) }()
			results[i].Check = c.Name
			select {
			case results[i].Findings = <-found:
			case <-limited.Done():
				results[i].Findings = []Finding{{State: Warning, Text: fmt.Sprintf("%s: not known, it took longer than %v", c.Name, limit)}}
			}
		})
	}
	all.Wait()
	return results
}

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

// Few shows the first findings of a list, and says how many there are more: of
// 10,000 profiles, each could have one.
func Few(found []Finding, limit int) []Finding {
	if len(found) <= limit {
		return found
	}
	worst, more := Note, found[limit:]
	for _, f := range more {
		worst = max(worst, f.State)
	}
	return append(slices.Clip(found[:limit]), Finding{State: worst, Text: fmt.Sprintf("and %d more like these", len(more))})
}
