package listing

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/line"
	"awsvault/internal/near"
	"awsvault/internal/vault"
)

// matcher tells which profiles are wanted: those that every term fits. A term with *, ? or [
// is a pattern of the whole name, as `exec` takes it; another one is looked for in the name,
// the account, the role and the region, as the picker does.
type matcher struct{ patterns, words []string }

func newMatcher(terms []string) (m matcher, err error) {
	for _, term := range terms {
		if !strings.ContainsAny(term, "*?[") {
			m.words = append(m.words, strings.ToLower(term))
			continue
		}
		if _, err := near.Fits(term, ""); err != nil {
			return m, fault.NewUsage(fmt.Sprintf("%q is not a pattern", term), "patterns look like 'prod-*'")
		}
		m.patterns = append(m.patterns, term)
	}
	return m, nil
}

func (m matcher) fits(name string, about ...string) bool {
	for _, p := range m.patterns {
		if ok, _ := near.Fits(p, name); !ok {
			return false
		}
	}
	about = append(about, name)
	for i := range about {
		about[i] = strings.ToLower(about[i])
	}
	for _, w := range m.words {
		if !slices.ContainsFunc(about, func(text string) bool { return strings.Contains(text, w) }) {
			return false
		}
	}
	return true
}

// narrow leaves only what the terms fit. The list of stored keys stays whole for profiles,
// which are described by it.
func (l *Listing) narrow(terms []string, s *vault.Session) error {
	m, err := newMatcher(terms)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for p := range l.profiles(s, "") {
		if m.fits(p.Name, p.Account, p.Role, p.Region) {
			wanted[p.Name] = true
		}
	}
	if len(wanted) == 0 && l.Config.Unread() == "" {
		return fault.Hinted(fmt.Errorf("no profile matches %q", line.Printable(strings.Join(terms, " "))), "vault list   shows them all")
	}
	l.only = func(name string) bool { return wanted[name] }
	l.Unfinished = l.wanted(l.Unfinished)
	l.Tokens = nil // a sign-in is of no profile
	l.Sessions = slices.DeleteFunc(slices.Clone(l.Sessions), func(i items.Session) bool { return !wanted[i.Key.Profile] })
	return nil
}

// wanted are those of the names that are.
func (l *Listing) wanted(names []string) []string {
	if l.only == nil {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !l.only(name) })
}
