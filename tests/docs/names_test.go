//go:build unix

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"awsvault/internal/grammar"
)

// code is what a page shows as code: what stands between backticks, and the lines
// of its blocks that a shell is given.
func (p *page) code() map[int][]string {
	list := map[int][]string{}
	inside, lang := false, ""
	for i, line := range p.lines {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "```"); ok {
			inside, lang = !inside, rest
			continue
		}
		switch {
		case inside && lang == "console":
			if m := prompted.FindStringSubmatch(line); m != nil {
				list[i] = append(list[i], m[1])
			}
		case inside && (lang == "" || lang == "sh" || lang == "bash" || lang == "zsh" || lang == "fish" || lang == "powershell"), strings.HasPrefix(line, "    "):
			list[i] = append(list[i], comment.ReplaceAllString(strings.TrimSpace(line), ""))
		case !inside:
			for _, m := range span.FindAllStringSubmatch(line, -1) {
				if !strings.HasPrefix(m[0], "**") { // a message, and not a command
					list[i] = append(list[i], m[1])
				}
			}
		}
	}
	return list
}

var (
	span = regexp.MustCompile("(?:\\*\\*)?`([^`]+)`")
	// call is a call of vault in a line of a shell, up to where the shell ends it.
	call    = regexp.MustCompile(`(?:^|[\s($"'&|;])(vault(?: (?:"[^"]*"|'[^']*'|[^\s|;&)<>"'#]+))+)`)
	comment = regexp.MustCompile(`(^| +)#.*`)
	word    = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)
)

func TestThePagesNameCommandsThatExist(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		if strings.HasPrefix(p.path, "docs/contributing") || p.path == "docs/architecture.md" || p.path == "docs/commands.md" || p.path == "CHANGELOG.md" {
			continue
		}
		for i, codes := range p.code() {
			for _, text := range codes {
				for _, m := range call.FindAllStringSubmatch(strings.ReplaceAll(text, `\|`, "|"), -1) {
					words := word.FindAllString(m[1], -1)[1:]
					if len(words) == 0 || words[0] == "COMMAND" || strings.HasPrefix(words[0], "__") {
						continue
					}
					seen++
					if words[0] == "help" && len(words) == 2 && (topics[words[1]] || grammar.Find(words[1]) != nil) {
						continue
					}
					if l := grammar.Read(words, nil); l.Wrong && !unfinished(words) {
						t.Errorf("%s:%d: vault has no %q", p.path, i+1, strings.TrimSpace(m[1]))
					}
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d calls of vault are found", seen)
	}
}

// topics are what vault help knows beside the commands.
var topics = map[string]bool{"config": true, "environment": true, "exit-codes": true}

// unfinished: a command whose arguments are left out, as in "see `vault add`", or
// the value of its flag.
func unfinished(words []string) bool {
	if n := len(words) - 1; strings.HasPrefix(words[n], "--") && !grammar.Read(append(words, "x"), nil).Wrong {
		return true
	}
	name := words[0]
	if len(words) > 1 && grammar.Find(name+" "+words[1]) != nil {
		name, words = name+" "+words[1], words[1:]
	}
	return len(words) == 1 && (grammar.Find(name) != nil || len(grammar.Children(name)) > 0)
}

var variable = regexp.MustCompile(`\bAWS_[A-Z][A-Z0-9_]*\b`)

func TestThePagesNameVariablesThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, dir := range []string{"cmd", "internal", "hooks", "tests"} {
		err := filepath.WalkDir(filepath.Join(root(t), dir), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Base(filepath.Dir(path)) == "docs" {
				return err
			}
			text, err := os.ReadFile(path)
			for _, name := range variable.FindAllString(string(text), -1) {
				known[name] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range pages(t) {
		for i, line := range p.lines {
			for _, name := range variable.FindAllString(line, -1) {
				if !known[name] && !strings.HasSuffix(name, "_") {
					t.Errorf("%s:%d: %s is no variable of vault's or of AWS's that vault knows", p.path, i+1, name)
				}
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`^#+ (.*)`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names by which a page's headings are reached.
func (p *page) anchors() map[string]bool {
	found := map[string]bool{}
	for _, line := range p.lines {
		if m := heading.FindStringSubmatch(line); m != nil {
			found[strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
		}
	}
	return found
}

func TestThePagesLeadSomewhere(t *testing.T) {
	all := map[string]*page{}
	for _, p := range pages(t) {
		all[p.path] = p
	}
	for _, p := range all {
		inside := false
		for i, line := range p.lines {
			if strings.HasPrefix(line, "```") {
				inside = !inside
			}
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if inside {
					break
				}
				to, anchor, _ := strings.Cut(m[1], "#")
				if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
					continue
				}
				path := p.path
				if to != "" {
					path = filepath.Join(filepath.Dir(p.path), to)
				}
				if _, err := os.Stat(filepath.Join(root(t), path)); err != nil {
					t.Errorf("%s:%d: no %s", p.path, i+1, path)
				} else if anchor != "" && all[path] != nil && !all[path].anchors()[anchor] {
					t.Errorf("%s:%d: %s has no heading %q", p.path, i+1, path, anchor)
				}
			}
		}
	}
}

// Every page is reached from the README.
func TestThePagesAreReached(t *testing.T) {
	all := map[string]*page{}
	for _, p := range pages(t) {
		all[p.path] = p
	}
	reached := map[string]bool{}
	var follow func(path string)
	follow = func(path string) {
		if reached[path] || all[path] == nil {
			return
		}
		reached[path] = true
		for _, line := range all[path].lines {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				to, _, _ := strings.Cut(m[1], "#")
				follow(filepath.Join(filepath.Dir(path), to))
			}
		}
	}
	follow("README.md")
	for path := range all {
		if !reached[path] && path != "CHANGELOG.md" {
			t.Errorf("no page leads to %s", path)
		}
	}
}

// longest is how many characters a line of a page's source has at most. Tables, code
// and what is generated are as wide as they are.
const longest = 120

func TestTheSourcesOfPagesAreNarrow(t *testing.T) {
	for _, p := range pages(t) {
		inside := p.path == "docs/commands.md" || p.path == "docs/backends.md"
		for i, line := range p.lines {
			if strings.HasPrefix(line, "```") {
				inside = !inside
			}
			if n := len([]rune(line)); n > longest && !inside && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "    ") {
				t.Errorf("%s:%d has %d characters", p.path, i+1, n)
			}
		}
	}
}
