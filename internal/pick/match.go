package pick

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// term is one word of a query. All terms must match.
type term struct {
	text    string
	cased   bool // it has a capital, so case counts
	exact   bool // 'text: must occur literally
	exclude bool // !text: must not occur
}

type terms []term

func parse(query string) terms {
	var list terms
	for _, word := range strings.Fields(query) {
		t := term{text: word}
		if rest, ok := strings.CutPrefix(word, "!"); ok {
			t.text, t.exclude = rest, true
		} else if rest, ok := strings.CutPrefix(word, "'"); ok {
			t.text, t.exact = rest, true
		}
		t.cased = strings.ContainsFunc(t.text, unicode.IsUpper)
		if t.text != "" {
			list = append(list, t)
		}
	}
	return list
}

// Filter narrows a list by the words of a query, like the picker, but no letters may be left
// out, because a list does not put the better matches first.
type Filter struct{ terms terms }

// NewFilter parses a query.
func NewFilter(query string) Filter {
	f := Filter{parse(query)}
	for i := range f.terms {
		f.terms[i].exact = true
	}
	return f
}

// Fits reports whether every word of the query matches.
func (f Filter) Fits(c Candidate) bool {
	e := newEntry(c)
	_, ok := f.terms.score(&e)
	return ok
}

// The values of a match. The name counts more than the details; in the name, the whole counts
// more than its beginning, and the beginning more than the beginning of another word.
const (
	tier       = 1 << 16
	wholeName  = 4 * tier
	beginning  = 3 * tier
	wordInName = 2 * tier
	inName     = 1 * tier
)

func (list terms) score(e *entry) (total int, ok bool) {
	for _, t := range list {
		name, details := e.folded, e.lesser
		if t.cased {
			name, details = e.Name, e.details
		}
		if t.exclude {
			if strings.Contains(name, t.text) || strings.Contains(details, t.text) {
				return 0, false
			}
			continue
		}
		n, found := t.score(name, details)
		if !found {
			return 0, false
		}
		total += n
	}
	return total, true
}

func (t term) score(name, details string) (int, bool) {
	switch at := strings.Index(name, t.text); {
	case at == 0 && len(name) == len(t.text):
		return wholeName, true
	case at == 0:
		return beginning, true
	case at > 0 && boundary(name, at) || at > 0 && wordBegins(name, t.text):
		return wordInName, true
	case at > 0 && t.exact:
		return inName, true
	}
	if !t.exact {
		if n, ok := subsequence(name, t.text); ok {
			return inName + n, true
		}
	}
	// Nobody leaves out digits of an account.
	return 0, strings.Contains(details, t.text)
}

// boundary reports whether a word begins at byte i.
func boundary(s string, i int) bool {
	if i == 0 {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// wordBegins reports whether text is at the beginning of any word.
func wordBegins(s, text string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], text)
		if i < 0 {
			return false
		}
		if boundary(s, from+i) {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[from+i:])
		from += i + size
	}
}

// The values of the letters in a subsequence.
const (
	perLetter  = 16
	atBoundary = 8 // at the beginning of a word, and after it without a gap
	inARow     = 4
	gap        = 3 // for its first letter; 1 for each other
)

// subsequence rates how well the letters of text occur in s in their order. It finds the
// position where they are complete, and from there the nearest beginning.
func subsequence(s, text string) (score int, ok bool) {
	last, rest := 0, text
	want, size := utf8.DecodeRuneInString(rest)
	for i, r := range s {
		if r != want {
			continue
		}
		if rest = rest[size:]; rest == "" {
			last, ok = i+utf8.RuneLen(r), true
			break
		}
		want, size = utf8.DecodeRuneInString(rest)
	}
	if !ok {
		return 0, false
	}
	first, rest := last, text
	for rest != "" {
		r, n := utf8.DecodeLastRuneInString(s[:first])
		first -= n
		if want, m := utf8.DecodeLastRuneInString(rest); r == want {
			rest = rest[:len(rest)-m]
		}
	}
	rest = text
	bonus, missed := 0, 0
	for i, r := range s[first:last] {
		want, size := utf8.DecodeRuneInString(rest)
		if r != want {
			if missed == 0 {
				score -= gap
			} else {
				score--
			}
			missed++
			continue
		}
		switch {
		case boundary(s, first+i):
			bonus = atBoundary
		case missed > 0 || i == 0:
			bonus = 0
		default:
			bonus = max(bonus, inARow)
		}
		score += perLetter + bonus
		missed, rest = 0, rest[size:]
	}
	// The first letter matters most.
	if boundary(s, first) {
		score += atBoundary
	}
	return max(score, 0), true
}
