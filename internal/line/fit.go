package line

import "strings"

// Fit breaks a page that is laid out for 80 columns, or in rows of a label and a text, so
// that it fits into width columns: between words, and so that what goes on stands below the
// text, or where there is no room for that a little to the right. Lines of a paragraph are
// joined first. What fits stays as it is; zero is any width.
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

// broken is a row in lines, and where its second line begins. last is that of the row before,
// of which this may be the second line.
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
	default: // the label has a line of its own
		return l[:indent] + label + "\n" + Wrap(strings.Repeat(" ", hang)+rest, width, hang), hang
	}
	return Wrap(l, width, hang), hang
}

// goesOn tells whether two lines are of one paragraph: the first is full.
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

// isProse: a line of a paragraph. Rows have a gap in them, lists and examples stand further
// to the right, and marks begin a line of their own.
func isProse(l string) bool {
	return len(l) > 1 && (l[1] >= 'a' && l[1] <= 'z' || l[1] == ' ' || l[0] == '"') && l[0] > ' ' && !strings.Contains(l, gap)
}

// leastText is how many columns a text has at least below its beginning.
const leastText = 24
