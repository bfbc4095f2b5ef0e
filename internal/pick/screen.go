package pick

import (
	"cmp"
	"fmt"
	"strings"

	"awsvault/internal/line"
)

const (
	mostRows     = 10
	previewWidth = 100 // the width from which the preview fits beside the list
	keysLine     = "  Enter picks, Esc cancels, arrows move"
)

// Begin and End surround the output of Frame. Between them, the terminal does not wrap lines,
// and puts marks around pasted text. The cursor is always in the first line, so End can clear
// everything without further knowledge.
const (
	Begin = "\x1b[?7l\x1b[?2004h"
	End   = "\r\x1b[0m\x1b[J\x1b[?2004l\x1b[?7h\x1b[?25h"
)

// Frame returns the text that draws the state in a terminal of the given size. It draws from
// the cursor's line on, and returns the cursor there.
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

// view returns the lines of the screen, and the cursor's column in the first line.
func (s *State) view(width, height int) (lines []string, cursor int) {
	width = max(width-1, 1) // terminals differ in the last column
	rows := max(min(mostRows, height/2), 1)
	s.page = rows
	s.scroll(rows)

	head := cmp.Or(s.options.What, "profile") + ": "
	room := width - len(head)
	if room < 8 {
		head, room = "", width
	}
	query := line.CutStart(line.Clean(string(s.query)), max(room-1, 0))
	cursor = len(head) + line.Width(query)
	first := head + query
	if count := fmt.Sprintf("%d/%d", len(s.matches), len(s.all)); width-cursor >= len(count)+2 {
		first += strings.Repeat(" ", width-cursor-len(count)) + count
	}
	lines = append(lines, first)
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
			table[i].text += strings.Repeat(" ", list-table[i].width) + " | " + line.Cut(line.Printable(p), width-list-3)
		}
	}
	for _, r := range table {
		lines = append(lines, r.text)
	}
	if len(shown) == 0 {
		lines = append(lines, line.CutEnd("  nothing matches; Ctrl-U clears", width))
	} else if !beside && highlighted && len(s.preview) > 0 && len(lines) < height {
		lines = append(lines, line.Cut("  "+line.Printable(strings.Join(s.preview, ", ")), width))
	}
	if len(lines)+1 < height && line.Width(keysLine) <= width {
		lines = append(lines, keysLine)
	}
	return lines, cursor
}

// scroll moves the visible part so that it contains the highlighted item.
func (s *State) scroll(rows int) {
	s.top = min(s.top, s.at)
	s.top = max(s.top, s.at-rows+1, 0)
	s.top = max(min(s.top, len(s.matches)-rows), 0)
}

// row is a line of the list, with its width in columns.
type row struct {
	text  string
	width int
}

// table arranges the shown items in columns. If there is too little room, it drops the region
// first, then the role, the account and the time left.
func (s *State) table(shown []int, width int) []row {
	table := line.Table{Columns: []line.Column{{Least: 1}, {Drop: 3}, {Drop: 2}, {Drop: 1}, {Drop: 4}}}
	for _, m := range shown {
		e := &s.all[m]
		name := line.Printable(e.Name)
		if e.Name == s.options.Active {
			name += " *"
		}
		table.Rows = append(table.Rows, []string{name, line.Printable(e.Account), line.Printable(e.Role), line.Printable(e.region()), line.Printable(e.Left)})
	}
	const label = "protected"
	rows := make([]row, len(shown))
	for i, text := range table.Lines(max(width-2, 1)) {
		mark, chosen := "  ", s.top+i == s.at
		if chosen {
			mark = "> "
		}
		text = line.CutEnd(mark+text, width)
		w := line.Width(text)
		if chosen {
			text = s.style("1", text)
		}
		if s.all[shown[i]].Protected {
			if w+2+len(label) <= width {
				text, w = text+"  "+s.style("7", label), w+2+len(label)
			} else if w+2 <= width {
				text, w = text+" "+s.style("7", "!"), w+2
			}
		}
		rows[i] = row{text, w}
	}
	return rows
}

func (s *State) style(code, text string) string {
	if !s.options.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
