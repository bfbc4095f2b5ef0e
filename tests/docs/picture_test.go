//go:build unix

package docs

import (
	"awsvault/tests/terminal"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// scene is what the README's picture shows: lines and the answers to what they ask.
var scene = []struct {
	line    string
	answers []string
}{
	{"vault use dev", nil},
	{"aws sts get-caller-identity --query Arn --output text", nil},
	{"vault use prod", []string{"prod", "$code"}},
	{"vault off", nil},
}

// The pictures are made of a real session, and show what a session shows today.
func TestThePictures(t *testing.T) {
	s := open(t, "team")
	config := filepath.Join(s.world.Home, ".aws", "config")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	s.write(config, strings.Replace(string(text), "[profile prod]\n", "[profile prod]\nvault_protected = true\n", 1), false)
	var sent strings.Builder
	for _, act := range scene {
		answers := act.answers
		sent.WriteString(s.prompt())
		s.typed(act.line)
		sent.WriteString(s.until(&answers))
	}
	sent.WriteString(s.prompt())
	for _, theme := range themes {
		path := filepath.Join(root(t), "docs", "session-"+theme.name+".svg")
		want := theme.draw(sent.String())
		have, err := os.ReadFile(path)
		switch {
		case err == nil && plain(string(have)) == plain(want):
		case *update:
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("%s is not what a session shows (%v): make pictures", path, err)
		}
	}
}

// theme is the colours of a terminal.
type theme struct {
	name, background, text string
	colours                map[string]string // by the number of a select-graphic-rendition sequence (ECMA-48, 8.3.117)
}

var themes = []theme{
	{"dark", "#0d1117", "#e6edf3", map[string]string{"31": "#ff7b72", "32": "#3fb950", "33": "#d29922"}},
	{"light", "#ffffff", "#1f2328", map[string]string{"31": "#cf222e", "32": "#1a7f37", "33": "#9a6700"}},
}

const (
	width, lineHeight, margin = 8.4, 20, 16 // of a character and of a line, in pixels
	columns                   = 88
)

var rendition = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// draw makes a picture of what a terminal was sent.
func (th theme) draw(sent string) string {
	lines := strings.Split(strings.ReplaceAll(sent, "\r\n", "\n"), "\n")
	var b strings.Builder
	w, h := float64(columns)*width+2*margin, len(lines)*lineHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" width="%.0f" height="%d" role="img">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", th.background)
	fmt.Fprintf(&b, `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14" fill="%s">`+"\n", th.text)
	for i, line := range lines {
		th.line(&b, line, margin+(i+1)*lineHeight-5)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// line draws a line, a text for each stretch of one colour.
func (th theme) line(b *strings.Builder, line string, y int) {
	line = line[strings.LastIndexByte(line, '\r')+1:]
	colour, bold, reversed, column := th.text, false, false, 0
	stretch := func(text string) {
		text = terminal.Visible(text)
		n := len([]rune(text))
		if strings.TrimSpace(text) != "" {
			x, fill, weight := margin+float64(column)*width, colour, ""
			if bold {
				weight = ` font-weight="bold"`
			}
			if reversed {
				fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", x, y-15, float64(n)*width, lineHeight, fill)
				fill = th.background
			}
			fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f" fill="%s"%s>%s</text>`+"\n", x, y, float64(n)*width, fill, weight, strings.ReplaceAll(html.EscapeString(text), " ", "\u00a0"))
		}
		column += n
	}
	at := 0
	for _, m := range rendition.FindAllStringSubmatchIndex(line, -1) {
		stretch(line[at:m[0]])
		at = m[1]
		for _, code := range strings.Split(line[m[2]:m[3]], ";") {
			switch code {
			case "", "0":
				colour, bold, reversed = th.text, false, false
			case "1":
				bold = true
			case "7":
				reversed = true
			case "27":
				reversed = false
			case "22":
				bold = false
			case "39":
				colour = th.text
			default:
				if c := th.colours[code]; c != "" {
					colour = c
				}
			}
		}
	}
	stretch(line[at:])
}
