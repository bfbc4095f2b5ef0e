// Package near finds the names that the user may have meant by a name that does not exist,
// and matches names against patterns. It does not know what the names stand for.
package near

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	maxNear     = 3
	maxNearName = 128 // a longer name was not typed by hand, and gets no suggestions
)

// Names returns the candidates that a person may have meant by name: those with one or two
// typing mistakes, those that begin with it or with which it begins, and those that contain
// it. The nearest come first; equally near ones keep the given order.
func Names(name string, candidates []string) []string {
	if name == "" || len(name) > maxNearName {
		return nil
	}
	type found struct {
		name string
		away int
	}
	var list []found
	m := newMeter(name)
	for _, c := range candidates {
		if away, ok := m.away(c); ok && c != name {
			list = append(list, found{c, away})
		}
	}
	slices.SortStableFunc(list, func(a, b found) int { return cmp.Compare(a.away, b.away) })
	var names []string
	for _, f := range list[:min(len(list), maxNear)] {
		names = append(names, f.name)
	}
	return names
}

// Hint asks whether the person meant one of the names. It is empty for no names.
func Hint(names []string) string {
	if len(names) == 0 {
		return ""
	}
	hint := "did you mean "
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			hint += " or "
		default:
			hint += ", "
		}
		hint += strconv.Quote(name)
	}
	return hint + "?"
}

// meter measures the distance of names from one name, ignoring case.
type meter struct {
	name  []rune
	limit int // the number of mistakes that are still likely in a name of this length
	rows  [3][]int
}

func newMeter(name string) *meter {
	m := &meter{name: []rune(strings.ToLower(name))}
	m.limit = 1 + len(m.name)/4
	for i := range m.rows {
		m.rows[i] = make([]int, maxNearName+1)
	}
	return m
}

// away returns the distance in typing mistakes. A common beginning counts as one mistake, and
// a contained name as two. The length of the rest adds a little, so that the shortest name
// comes first.
func (m *meter) away(candidate string) (int, bool) {
	if len(candidate) > maxNearName {
		return 0, false
	}
	const slip = 1000
	lower := strings.ToLower(candidate)
	other := []rune(lower)
	extra := len(other) - len(m.name)
	best, ok := 0, false
	offer := func(away int) {
		if !ok || away < best {
			best, ok = away, true
		}
	}
	if max(extra, -extra) <= m.limit {
		if slips := m.slips(other); slips <= m.limit {
			offer(slips * slip)
		}
	}
	name := string(m.name)
	switch short := min(len(m.name), len(other)); {
	case len(m.name) == 1 && strings.HasPrefix(lower, name): // Enter was pressed too early
		offer(2*slip + extra)
	case short < 2:
	case strings.HasPrefix(lower, name), strings.HasPrefix(name, lower):
		offer(slip + max(extra, -extra))
	case short > 2 && strings.Contains(lower, name):
		offer(2*slip + extra)
	}
	return best, ok
}

// slips returns the number of letters to insert, delete, replace or swap with their neighbour.
func (m *meter) slips(other []rune) int {
	before, last, row := m.rows[0], m.rows[1], m.rows[2]
	for j := range len(other) + 1 {
		last[j] = j
	}
	for i, a := range m.name {
		row[0] = i + 1
		for j, b := range other {
			cost := 1
			if a == b {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a == other[j-1] && b == m.name[i-1] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(other)]
}

// Fits reports whether a name matches a pattern, in which * is any text, ? any character and
// [a-z] one of these characters. Unlike in file names, * also matches a slash, so that *prod*
// matches payments-prod/Admin.
func Fits(pattern, name string) (bool, error) {
	flat := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
	return path.Match(flat(pattern), flat(name))
}
