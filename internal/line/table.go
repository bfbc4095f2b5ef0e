package line

import "strings"

// Column describes a column of a table.
type Column struct {
	Head  string
	Right bool // right-aligned, for numbers
	// Drop is the order in which columns are dropped if the table is too wide: 1 is dropped
	// first, 0 never.
	Drop int
	// Least is the width to which the column may be cut; 0 means that it is not cut.
	Least int
	// End cuts off the end of a text instead of its middle.
	End bool
}

// Table holds rows of printable texts. A row may have fewer texts than there are columns.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// gap separates two columns.
const gap = "  "

// widest limits the width of a column when the table is not cut. A longer text extends beyond
// the column and widens no other row.
const widest = 120

// Lines lays the table out in at most width columns; zero means no limit. The first line holds
// the heads, unless no column has one. A column without a text is omitted.
//
// If the table is too wide, columns with only dashes are dropped first. If that is not enough,
// a column that can be dropped is cut; then columns are dropped in the order of Drop; then the
// others are cut, beginning with the last.
func (t Table) Lines(width int) []string {
	rows := t.Rows
	if heads, any := t.heads(); any {
		rows = append([][]string{heads}, rows...)
	}
	widths := t.widths(rows, width)
	lines := make([]string, len(rows))
	for n, row := range rows {
		var b strings.Builder
		for i, c := range t.Columns {
			if widths[i] == 0 {
				continue
			}
			text := ""
			if i < len(row) {
				text = row[i]
			}
			if c.End {
				text = CutEnd(text, widths[i])
			} else {
				text = Cut(text, widths[i])
			}
			if b.Len() > 0 {
				b.WriteString(gap)
			}
			pad := widths[i]
			if width <= 0 {
				pad = min(pad, widest)
			}
			if c.Right {
				b.WriteString(strings.Repeat(" ", max(pad-Width(text), 0)) + text)
			} else {
				b.WriteString(Pad(text, pad))
			}
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func (t Table) heads() (heads []string, any bool) {
	for _, c := range t.Columns {
		heads = append(heads, c.Head)
		any = any || c.Head != ""
	}
	return heads, any
}

// widths decides the width of each column; 0 means that the column is omitted.
func (t Table) widths(rows [][]string, most int) []int {
	widths := make([]int, len(t.Columns))
	for n, row := range rows {
		for i, text := range row[:min(len(row), len(widths))] {
			if n == 0 && len(rows) > len(t.Rows) && t.isEmpty(i) {
				continue // a head without texts makes no column
			}
			widths[i] = max(widths[i], Width(text))
		}
	}
	over := func() int {
		n := -len(gap)
		for _, w := range widths {
			if w > 0 {
				n += w + len(gap)
			}
		}
		return n - most
	}
	if most <= 0 || over() <= 0 {
		return widths
	}
	for i, c := range t.Columns {
		if c.Drop > 0 && over() > 0 && t.saysNothing(i) {
			widths[i] = 0
		}
	}
	for i := len(widths) - 1; i >= 0; i-- {
		if c := t.Columns[i]; c.Drop > 0 && c.Least > 0 && over() > 0 && widths[i]-over() >= c.Least {
			widths[i] -= over()
		}
	}
	for turn := 1; turn <= len(widths) && over() > 0; turn++ {
		for i, c := range t.Columns {
			if c.Drop == turn && over() > 0 {
				widths[i] = 0
			}
		}
	}
	for i := len(widths) - 1; i >= 0 && over() > 0; i-- {
		if c := t.Columns[i]; c.Least > 0 && widths[i] > c.Least {
			widths[i] = max(widths[i]-over(), c.Least)
		}
	}
	return widths
}

// saysNothing reports whether a column has a dash in every row.
func (t Table) saysNothing(i int) bool {
	for _, row := range t.Rows {
		if i < len(row) && row[i] != "-" {
			return false
		}
	}
	return true
}

// isEmpty reports whether a column has no text in any row.
func (t Table) isEmpty(i int) bool {
	for _, row := range t.Rows {
		if i < len(row) && row[i] != "" {
			return false
		}
	}
	return true
}
