package pick

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	mostRows     = 10
	previewWidth = 100 // columns from which the preview has room beside the list
	prompt       = "profile: "
)

// Begin and End go around what Frame draws. Lines are not wrapped meanwhile, and
// pasted text has marks around it. The cursor is always in the first line, so End
// needs to know nothing to clear it all.
const (
	Begin = "\x1b[?7l\x1b[?2004h"
	End   = "\r\x1b[0m\x1b[J\x1b[?2004l\x1b[?7h\x1b[?25h"
)

// Frame is the text that draws the state in a terminal of that size, from the
// line of the cursor on, which it returns to.
func (s *State) Frame(width, height int) string {
	lines, cursor := s.view(width, height)
	b := &strings.Builder{}
	b.WriteString("\x1b[?25l\r")
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString("\x1b[K" + line)
	}
	b.WriteString("\x1b[J\r")
	if n := len(lines) - 1; n > 0 {
		fmt.Fprintf(b, "\x1b[%dA", n)
	}
	if cursor > 0 {
		fmt.Fprintf(b, "\x1b[%dC", cursor)
	}
	b.WriteString("\x1b[?25h")
	return b.String()
}

// view is the lines of the screen, and the cursor's column in the first.
func (s *State) view(width, height int) (lines []string, cursor int) {
	width = max(width-1, 1) // the last column is where terminals differ
	rows := max(min(mostRows, height/2), 1)
	s.page = rows
	s.scroll(rows)

	head, room := prompt, width-len(prompt)
	if room < 8 {
		head, room = "", width
	}
	query := tail(clean(string(s.query)), max(room-1, 0))
	cursor = len(head) + cells(query)
	line := head + query
	if count := fmt.Sprintf("%d/%d", len(s.matches), len(s.all)); width-cursor >= len(count)+2 {
		line += strings.Repeat(" ", width-cursor-len(count)) + count
	}
	lines = append(lines, line)
	if height < 2 {
		return lines, cursor
	}

	name, highlighted := s.highlighted()
	if highlighted && s.options.Preview != nil && name != s.previewed {
		s.previewed, s.preview = name, s.options.Preview(name)
	}
	list, beside := width, width >= previewWidth-1 && highlighted && len(s.preview) > 0
	if beside {
		list = width * 55 / 100
	}
	shown := s.matches[s.top:min(s.top+rows, len(s.matches))]
	table := s.table(shown, list)
	if beside {
		for i, p := range s.preview[:min(len(s.preview), rows)] {
			if i == len(table) {
				table = append(table, row{})
			}
			table[i].text += strings.Repeat(" ", list-table[i].width) + " | " + cut(clean(p), width-list-3)
		}
	}
	for _, r := range table {
		lines = append(lines, r.text)
	}
	if len(shown) == 0 {
		lines = append(lines, cut("  nothing matches; Ctrl-U clears", width))
	} else if !beside && highlighted && len(s.preview) > 0 && len(lines) < height {
		lines = append(lines, s.style("2", cut("  "+clean(strings.Join(s.preview, ", ")), width)))
	}
	return lines, cursor
}

// scroll has the highlighted one among those that are shown.
func (s *State) scroll(rows int) {
	s.top = min(s.top, s.at)
	s.top = max(s.top, s.at-rows+1, 0)
	s.top = max(min(s.top, len(s.matches)-rows), 0)
}

// row is a line of the list, and how many columns it takes.
type row struct {
	text  string
	width int
}

// table lays the shown ones out in columns. Where there is no room, first the
// role goes, then the account, then the time left.
func (s *State) table(shown []int, width int) []row {
	const columns = 4
	drop := [...]int{2, 1, 3}
	var widths [columns]int
	fields := make([][columns]string, len(shown))
	for i, m := range shown {
		e := &s.all[m]
		fields[i] = [columns]string{clean(e.Name), clean(e.Account), clean(e.Role), clean(e.Left)}
		if e.Name == s.options.Active {
			fields[i][0] += " *"
		}
		for c, f := range fields[i] {
			widths[c] = max(widths[c], cells(f))
		}
	}
	total := func() int {
		n := 2
		for c, w := range widths {
			if w > 0 && c > 0 {
				n += 2
			}
			n += w
		}
		return n
	}
	for _, c := range drop {
		if total() > width {
			widths[c] = 0
		}
	}
	if over := total() - width; over > 0 {
		widths[0] = max(widths[0]-over, 1)
	}
	const label = "protected"
	rows := make([]row, len(shown))
	for i, m := range shown {
		mark, chosen := "  ", s.top+i == s.at
		if chosen {
			mark = "> "
		}
		line := mark
		for c, f := range fields[i] {
			if widths[c] == 0 {
				continue
			}
			if c > 0 {
				line += "  "
			}
			f = cut(f, widths[c])
			line += f + strings.Repeat(" ", widths[c]-cells(f))
		}
		line = cut(strings.TrimRight(line, " "), width)
		w := cells(line)
		if chosen {
			line = s.style("1", line)
		}
		if s.all[m].Protected {
			if w+2+len(label) <= width {
				line, w = line+"  "+s.style("7", label), w+2+len(label)
			} else if w+2 <= width {
				line, w = line+" "+s.style("7", "!"), w+2
			}
		}
		rows[i] = row{line, w}
	}
	return rows
}

func (s *State) style(code, text string) string {
	if !s.options.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// clean shows what could do something to a terminal, or change the order of
// what is read, as a question mark.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) || unicode.Is(unicode.M, r) {
			return '?'
		}
		return r
	}, s)
}

// cut leaves out the middle of a text that is too wide: names differ at both ends.
func cut(s string, width int) string {
	if cells(s) <= width {
		return s
	}
	if width < 8 {
		return head(s, width)
	}
	first := head(s, (width-2)/2)
	return first + ".." + tail(s, width-2-cells(first))
}

func head(s string, width int) string {
	for i, r := range s {
		if width -= wide(r); width < 0 {
			return s[:i]
		}
	}
	return s
}

func tail(s string, width int) string {
	for i := len(s); i > 0; {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if width -= wide(r); width < 0 {
			return s[i:]
		}
		i -= n
	}
	return s
}

// cells is how many columns a clean text takes.
func cells(s string) (n int) {
	for _, r := range s {
		n += wide(r)
	}
	return n
}

// wide is 2 for what East Asian scripts and emoji take: Unicode's East_Asian_Width
// W and F, in whole blocks. Where it is wrong, a line is a little too short.
func wide(r rune) int {
	switch {
	case r < 0x1100:
	case r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f,
		r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
