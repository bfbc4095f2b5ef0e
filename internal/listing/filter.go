package listing

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/line"
	"awsvault/internal/near"
	"awsvault/internal/pick"
	"awsvault/internal/vault"
)

// matcher selects the profiles that match every term. A term with *, ? or [ is a pattern for
// the whole name, as in `exec`. The other terms are words for the picker's filter.
type matcher struct {
	patterns []string
	words    pick.Filter
}

func newMatcher(terms []string) (m matcher, err error) {
	var words []string
	for _, term := range terms {
		if !strings.ContainsAny(term, "*?[") {
			words = append(words, term)
			continue
		}
		if _, err := near.Fits(term, ""); err != nil {
			return m, fault.NewUsage(fmt.Sprintf("%q is not a pattern", line.Printable(term)), "patterns look like 'prod-*'")
		}
		m.patterns = append(m.patterns, term)
	}
	m.words = pick.NewFilter(strings.Join(words, " "))
	return m, nil
}

func (m matcher) fits(c pick.Candidate) bool {
	for _, p := range m.patterns {
		if ok, _ := near.Fits(p, c.Name); !ok {
			return false
		}
	}
	return m.words.Fits(c)
}

// narrow keeps only what matches the terms. It does not narrow the list of stored keys,
// because the description of profiles needs it.
func (l *Listing) narrow(terms []string, s *vault.Session) error {
	m, err := newMatcher(terms)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for p := range l.profiles(s, "") {
		if m.fits(pick.Candidate{Name: p.Name, Account: p.Account, Role: p.Role, Region: p.Region}) {
			wanted[p.Name] = true
		}
	}
	if len(wanted) == 0 && l.Config.Unread() == "" {
		return fault.Hinted(fmt.Errorf("no profile matches %q", line.Printable(strings.Join(terms, " "))), "vault list   shows them all")
	}
	l.only = func(name string) bool { return wanted[name] }
	l.Unfinished = l.wanted(l.Unfinished)
	l.Tokens = nil // a sign-in belongs to no profile
	l.Sessions = slices.DeleteFunc(slices.Clone(l.Sessions), func(i items.Session) bool { return !wanted[i.Key.Profile] })
	return nil
}

// wanted returns the names that match the filter.
func (l *Listing) wanted(names []string) []string {
	if l.only == nil {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !l.only(name) })
}
