// Package pick is the logic of the picker: which of many profiles match what the user
// typed, in which order, and what the screen shows. It is pure: typed bytes go in, and text
// for a terminal comes out.
//
// Everything that it shows may come from a file that other people wrote, so no control
// character may reach the screen.
package pick

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"awsvault/internal/line"
)

// Candidate is one profile. At the beginning, only Name must be known.
type Candidate struct {
	Name      string
	Account   string
	Role      string
	Region    string
	Described bool    // a missing region is then known to be missing
	Left      string  // the remaining time of a cached session, such as 42m
	Recent    float64 // how much it was used; higher values come first
	Protected bool
}

// Options do not change during a choice.
type Options struct {
	What     string // the kind of item, shown before the query; empty for a profile
	Active   string // the active profile: marked, and never what Enter takes at once
	Previous string // the previous profile: first, so that Enter returns to it
	Colour   bool
	// Preview returns lines about how a profile gets its credentials, or nil if unknown.
	Preview func(name string) []string
}

// State is the state of a choice.
type State struct {
	options Options
	all     []entry // in the order for an empty query
	query   []rune
	matches []int // indexes in all, best first
	at      int   // the highlighted item, an index in matches
	top     int   // the first visible item, an index in matches
	page    int   // the number of visible items

	keys   decoder
	chosen bool

	previewed string // the name to which preview belongs
	preview   []string
}

// entry is a candidate with its texts for the search.
type entry struct {
	Candidate
	folded          string // the name in lower case
	details, lesser string // account, role and region; the same in lower case
}

func newEntry(c Candidate) entry {
	e := entry{Candidate: c, folded: strings.ToLower(c.Name)}
	e.describe()
	return e
}

const longestQuery = 256 // runes

// New begins a choice.
func New(candidates []Candidate, options Options) *State {
	s := &State{options: options, page: mostRows, all: make([]entry, len(candidates))}
	for i, c := range candidates {
		s.all[i] = newEntry(c)
	}
	slices.SortStableFunc(s.all, func(a, b entry) int {
		if (a.Name == options.Previous) != (b.Name == options.Previous) && options.Previous != "" {
			return sign(a.Name == options.Previous)
		}
		if a.Recent != b.Recent {
			return sign(a.Recent > b.Recent)
		}
		return strings.Compare(a.Name, b.Name)
	})
	// A person who presses Enter at once wants to go somewhere else.
	if len(s.all) > 1 && s.all[0].Name == options.Active {
		s.all[0], s.all[1] = s.all[1], s.all[0]
	}
	s.filter()
	return s
}

// Update sets what has become known about the candidates, except their names and Recent. The
// highlighted item stays highlighted if it still matches.
func (s *State) Update(describe func(*Candidate)) {
	for i := range s.all {
		e := &s.all[i]
		describe(&e.Candidate)
		e.describe()
	}
	if len(s.query) == 0 {
		return
	}
	held, at, top := -1, s.at, s.top
	if at < len(s.matches) {
		held = s.matches[at]
	}
	s.filter()
	if i := slices.Index(s.matches, held); i > 0 && at > 0 {
		s.at, s.top = i, top
	}
}

// region returns the text that is shown for the region.
func (e *entry) region() string {
	if e.Region == "" && e.Described {
		return "no region"
	}
	return e.Region
}

func (e *entry) describe() {
	if e.Account != "" || e.Role != "" || e.Region != "" {
		e.details = e.Account + " " + e.Role + " " + e.Region
		e.lesser = strings.ToLower(e.details)
	}
}

func sign(first bool) int {
	if first {
		return -1
	}
	return 1
}

// Chosen returns the chosen name. ok is false if nothing was chosen.
func (s *State) Chosen() (name string, ok bool) {
	if !s.chosen {
		return "", false
	}
	return s.highlighted()
}

func (s *State) highlighted() (string, bool) {
	if s.at >= len(s.matches) {
		return "", false
	}
	return s.all[s.matches[s.at]].Name, true
}

// Matches returns the names that match the query, best first.
func (s *State) Matches() []string {
	names := make([]string, len(s.matches))
	for i, m := range s.matches {
		names[i] = s.all[m].Name
	}
	return names
}

// Lines returns the matches as lines for a program or a person: the name and the known
// details.
func (s *State) Lines() []string {
	lines := make([]string, len(s.matches))
	for i, m := range s.matches {
		e := &s.all[m]
		text := line.Printable(e.Name)
		for _, f := range []string{e.Account, e.Role, e.region(), e.Left} {
			if f != "" {
				text += "  " + line.Printable(f)
			}
		}
		if e.Name == s.options.Active {
			text += "  (active)"
		}
		if e.Protected {
			text += "  (protected)"
		}
		lines[i] = text
	}
	return lines
}

// Choose chooses match i. It returns false if there are fewer matches.
func (s *State) Choose(i int) bool {
	if i < 0 || i >= len(s.matches) {
		return false
	}
	s.at, s.chosen = i, true
	return true
}

// Search replaces the query.
func (s *State) Search(query string) {
	s.query = s.query[:0]
	s.insert(query)
	s.filter()
}

func (s *State) insert(text string) {
	for _, r := range text {
		if len(s.query) < longestQuery && unicode.IsPrint(r) && r != utf8.RuneError {
			s.query = append(s.query, r)
		}
	}
}

// filter updates the matches and highlights the best.
func (s *State) filter() {
	terms := parse(string(s.query))
	s.matches, s.at, s.top = s.matches[:0], 0, 0
	if len(terms) == 0 {
		for i := range s.all {
			s.matches = append(s.matches, i)
		}
		return
	}
	scores := make(map[int]int, 64)
	for i := range s.all {
		if score, ok := terms.score(&s.all[i]); ok {
			s.matches = append(s.matches, i)
			scores[i] = score
		}
	}
	slices.SortFunc(s.matches, func(a, b int) int {
		if d := scores[b] - scores[a]; d != 0 {
			return d
		}
		// Used profiles come first, then shorter names, of which more was typed. The rest is
		// already in order.
		x, y := &s.all[a], &s.all[b]
		if x.Recent != y.Recent {
			return sign(x.Recent > y.Recent)
		}
		if d := len(x.Name) - len(y.Name); d != 0 {
			return d
		}
		return a - b
	})
}

// press applies a key. done reports that the choice has ended.
func (s *State) press(k key) (done bool) {
	last := max(len(s.matches)-1, 0)
	edited := true
	switch k.kind {
	case enter:
		s.chosen = len(s.matches) > 0
		return s.chosen
	case cancel:
		return true
	case text:
		s.insert(string(k.rune))
	case rubout:
		s.query = s.query[:max(len(s.query)-1, 0)]
	case ruboutLine:
		s.query = s.query[:0]
	case ruboutWord:
		words := strings.TrimRight(string(s.query), " ")
		s.query = []rune(words[:strings.LastIndexByte(words, ' ')+1])
	case complete:
		if name, ok := s.highlighted(); ok {
			s.query = s.query[:0]
			s.insert(name)
		}
	default:
		edited = false
	}
	if edited {
		s.filter()
		return false
	}
	switch k.kind {
	case up:
		s.at--
	case down:
		s.at++
	case pageUp:
		s.at -= s.page
	case pageDown:
		s.at += s.page
	case home:
		s.at = 0
	case end:
		s.at = last
	}
	s.at = min(max(s.at, 0), last)
	return false
}

// Typed handles the next byte from the terminal. done reports that the choice has ended, with
// or without a chosen item.
func (s *State) Typed(b byte) (done bool) {
	k := s.keys.next(b)
	return k.kind != none && s.press(k)
}

// Pending reports whether the last byte may begin a longer key. If nothing follows, the caller
// calls Idle.
func (s *State) Pending() bool { return s.keys.pending() }

// Idle handles a pending key that turned out to be complete.
func (s *State) Idle() (done bool) { return s.press(s.keys.idle()) }
