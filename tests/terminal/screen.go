package terminal

import (
	"regexp"
	"strconv"
	"strings"
)

// Screen is what stands on a terminal after it was sent a text. It knows what vault and
// line editors send: letters, line ends, cursor movements, erasing, wrapping on and off,
// and how letters look. All else is left out.
type Screen struct {
	columns     int
	row, column int
	wraps       bool
	look        string // of the letters that come, as in "bold green"
	lines       [][]cell
}

type cell struct {
	letter rune
	look   string
}

// Draw sends a text to a new terminal with that many columns, and of any height.
func Draw(sent string, columns int) *Screen {
	s := &Screen{columns: columns, wraps: true}
	for sent != "" {
		if m := escapes.FindStringSubmatchIndex(sent); m != nil && m[0] == 0 {
			s.order(sent[:m[1]])
			sent = sent[m[1]:]
			continue
		}
		for _, r := range sent {
			s.letter(r)
			sent = sent[len(string(r)):]
			break
		}
	}
	return s
}

func (s *Screen) letter(r rune) {
	switch r {
	case '\r':
		s.column = 0
	case '\n':
		s.row++
	case '\b':
		s.column = max(s.column-1, 0)
	case '\a':
	default:
		if s.column == s.columns {
			if s.column--; s.wraps {
				s.row, s.column = s.row+1, 0
			}
		}
		s.at(s.row, s.column)
		s.lines[s.row][s.column] = cell{r, s.look}
		s.column++
	}
}

// at makes the lines long enough for a cell.
func (s *Screen) at(row, column int) {
	for len(s.lines) <= row {
		s.lines = append(s.lines, nil)
	}
	for len(s.lines[row]) <= column {
		s.lines[row] = append(s.lines[row], cell{' ', ""})
	}
}

var control = regexp.MustCompile("^\x1b\\[([0-9;?]*)([A-Za-z])$")

func (s *Screen) order(text string) {
	m := control.FindStringSubmatch(text)
	if m == nil {
		return
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		n = 1
	}
	s.at(s.row, 0)
	switch m[2] {
	case "A":
		s.row = max(s.row-n, 0)
	case "B":
		s.row += n
	case "C":
		s.column = min(s.column+n, s.columns-1)
	case "D":
		s.column = max(s.column-n, 0)
	case "K":
		s.lines[s.row] = s.lines[s.row][:min(s.column, len(s.lines[s.row]))]
	case "J":
		s.lines[s.row] = s.lines[s.row][:min(s.column, len(s.lines[s.row]))]
		s.lines = s.lines[:s.row+1]
	case "m":
		s.render(m[1])
	case "h", "l":
		if m[1] == "?7" {
			s.wraps = m[2] == "h"
		}
	}
}

// looks are select-graphic-rendition parameters (ECMA-48, 8.3.117).
var looks = map[string]string{"1": "bold", "2": "dim", "4": "underlined", "7": "reversed", "31": "red", "32": "green", "33": "yellow", "34": "blue", "35": "magenta", "36": "cyan"}

func (s *Screen) render(parameters string) {
	for _, p := range strings.Split(parameters, ";") {
		switch look := looks[p]; {
		case p == "" || p == "0":
			s.look = ""
		case look == "":
			s.look = strings.TrimSpace(s.look + " " + p) // a test sees that it is not known
		default:
			s.look = strings.TrimSpace(s.look + " " + look)
		}
	}
}

// Text is the screen, its lines without blanks at their ends. Letters that look otherwise
// than others stand between marks: «bold:PROFILE».
func (s *Screen) Text() string {
	var b strings.Builder
	for _, cells := range s.lines {
		end := len(cells)
		for end > 0 && cells[end-1] == (cell{' ', ""}) {
			end--
		}
		look := ""
		for _, c := range cells[:end] {
			if c.look != look {
				if look != "" {
					b.WriteString("»")
				}
				if look = c.look; look != "" {
					b.WriteString("«" + look + ":")
				}
			}
			b.WriteRune(c.letter)
		}
		if look != "" {
			b.WriteString("»")
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
