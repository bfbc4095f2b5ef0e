//go:build unix

package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// page is a Markdown file of the documentation, cut into lines.
type page struct {
	path  string // from the root of the tree
	lines []string
}

// block is a fenced code block. Its text is lines[from:to] of the page.
type block struct {
	lang     string
	from, to int
	file     string   // the block is what this file should hold
	more     bool     // the file has something before it
	answers  []string // what is typed at the questions of the block's commands
}

func root(t testing.TB) string {
	t.Helper()
	dir, err := world.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// pages are all pages that the project is documented with.
func pages(t testing.TB) []*page {
	t.Helper()
	dir := root(t)
	var list []*page
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(dir, path)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, &page{path: name, lines: strings.Split(string(text), "\n")})
		}
	}
	if len(list) < 10 {
		t.Fatalf("only %d pages are found", len(list))
	}
	return list
}

func (p *page) text(b block) string {
	if b.from == b.to {
		return ""
	}
	return strings.Join(p.lines[b.from:b.to], "\n") + "\n"
}

// directive is the value of a comment like <!-- answers: y, $code -->.
func directive(line, name string) (string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "<!-- "+name+":")
	if !ok {
		return "", false
	}
	value, ok := strings.CutSuffix(rest, "-->")
	return strings.TrimSpace(value), ok
}

// world is the home that the page is played in; empty if it has nothing to play.
func (p *page) world() string {
	for _, line := range p.lines {
		if value, ok := directive(line, "played in"); ok {
			return value
		}
	}
	return ""
}

func (p *page) blocks() []block {
	var list []block
	var b block
	inside := false
	for i, line := range p.lines {
		switch lang, fence := strings.CutPrefix(line, "```"); {
		case fence && inside:
			b.to = i
			list = append(list, b)
			b, inside = block{}, false
		case fence:
			b.lang, b.from, inside = lang, i+1, true
		case !inside:
			if value, ok := directive(line, "file"); ok {
				b.file = value
			} else if value, ok := directive(line, "append"); ok {
				b.file, b.more = value, true
			} else if value, ok := directive(line, "answers"); ok {
				for _, answer := range strings.Split(value, ",") {
					b.answers = append(b.answers, strings.TrimSpace(answer))
				}
			} else if strings.TrimSpace(line) != "" {
				b.file, b.more, b.answers = "", false, nil
			}
		}
	}
	return list
}
