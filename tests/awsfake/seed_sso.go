package awsfake

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ssoLine reads a seed's lines about Identity Center.
func (l *loader) ssoLine(kind, name string, settings []string) error {
	if kind == "center" {
		return l.addCenter(name, settings)
	}
	if l.center == nil {
		return fmt.Errorf("%q before the first center", kind)
	}
	if kind == "person" {
		if len(settings) > 0 {
			return fmt.Errorf("unknown setting %q of a person", settings[0])
		}
		l.center.AddPerson(name)
		return nil
	}
	p := l.center.Person(name)
	if p == nil {
		return fmt.Errorf("nobody is called %q", name)
	}
	if kind == "fill" {
		return fill(p, l.server, settings)
	}
	return l.assign(p, settings)
}

func (l *loader) addCenter(startURL string, settings []string) error {
	region, session := "us-east-1", 8*time.Hour
	for _, setting := range settings {
		var err error
		switch word, value, _ := strings.Cut(setting, "="); word {
		case "region":
			region = value
		case "session":
			session, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("unknown setting %q of a center", setting)
		}
		if err != nil {
			return err
		}
	}
	l.center = l.server.AddCenter(startURL, region)
	l.center.SetSession(session)
	if l.example.SSOStartURL == "" {
		l.example.SSOStartURL, l.example.SSORegion = startURL, region
	}
	return nil
}

func (l *loader) assign(p *Person, words []string) error {
	if len(words) < 2 || !isAccountID(words[0]) {
		return fmt.Errorf("an assignment is a person, an account and permission sets")
	}
	var session time.Duration
	for _, setting := range words[2:] {
		value, ok := strings.CutPrefix(setting, "session=")
		if !ok {
			return fmt.Errorf("unknown setting %q of an assignment", setting)
		}
		var err error
		if session, err = time.ParseDuration(value); err != nil {
			return err
		}
	}
	for set := range strings.SplitSeq(words[1], ",") {
		p.Assign(l.server.Account(words[0]), set, session)
	}
	return nil
}

// fill gives a person many accounts, from 700000000000 on. In each account the person has the
// permission sets Set-01, Set-02...
func fill(p *Person, s *Server, settings []string) error {
	count := map[string]int{"accounts": 1, "roles": 1}
	for _, setting := range settings {
		word, value, _ := strings.Cut(setting, "=")
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || count[word] == 0 {
			return fmt.Errorf("unknown setting %q of a fill", setting)
		}
		count[word] = n
	}
	for i := range count["accounts"] {
		a := s.Account(strconv.FormatInt(700_000_000_000+int64(i), 10))
		a.SetAlias(fmt.Sprintf("team-%03d", i))
		for j := range count["roles"] {
			p.Assign(a, fmt.Sprintf("Set-%02d", j+1), 0)
		}
	}
	return nil
}
