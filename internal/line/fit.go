package line

import "strings"

// Fit breaks a page that was laid out for 80 columns, or in rows of a label and a text, so
// that it fits into width columns. It first joins the lines of a paragraph, and then breaks
// between words. The continuation of a row stands below its text or, if that leaves too little
// room, slightly indented. Lines that fit stay unchanged. A width of zero means no limit.
func Fit(page string, width int) string {
	if width <= 0 || !anyWider(page, width) {
		return page
	}
	var b strings.Builder
	lines := strings.Split(strings.TrimSuffix(page, "\n"), "\n")
	hang := 0
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		for i+1 < len(lines) && goesOn(lines[i], lines[i+1]) {
			i++
			l += " " + lines[i]
		}
		if Width(l) > width {
			l, hang = broken(l, width, hang)
		}
		b.WriteString(l + "\n")
	}
	return b.String()
}

// broken breaks a row into lines, and returns the column of the second line. last is that
// column for the row before, which this line may continue.
func broken(l string, width, last int) (text string, hang int) {
	text = strings.TrimLeft(l, " ")
	indent := len(l) - len(text)
	if indent > width-leastText {
		return Wrap(strings.Repeat(" ", last)+text, width, last), last
	}
	if isProse(l) {
		return Wrap(l, width, 0), 0
	}
	hang = indent + 4
	label, rest, ok := strings.Cut(text, gap)
	rest = strings.TrimLeft(rest, " ")
	switch at := len(l) - len(rest); {
	case !ok:
	case width-at >= leastText:
		hang = at
	default: // the label gets a line of its own
		return l[:indent] + label + "\n" + Wrap(strings.Repeat(" ", hang)+rest, width, hang), hang
	}
	return Wrap(l, width, hang), hang
}

// goesOn reports whether two lines belong to one paragraph, because the first is full.
func goesOn(l, next string) bool {
	return isProse(l) && isProse(next) && Width(l) > 60 && !strings.HasSuffix(l, ":")
}

func anyWider(page string, width int) bool {
	for l := range strings.Lines(page) {
		if Width(strings.TrimSuffix(l, "\n")) > width {
			return true
		}
	}
	return false
}

// isProse reports whether a line belongs to a paragraph. Rows contain a gap, lists and
// examples are indented, and marks begin a new line.
func isProse(l string) bool {
	return len(l) > 1 && (l[1] >= 'a' && l[1] <= 'z' || l[1] == ' ' || l[0] == '"') && l[0] > ' ' && !strings.Contains(l, gap)
}

// leastText is the smallest number of columns for a text below its beginning.
const leastText = 24
