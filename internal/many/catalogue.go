package many

import (
	"cmp"
	"slices"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// Catalogue reads the profiles from the AWS files. stored are the names of stored keys; nil
// means that they are unknown.
func Catalogue(config *awsconf.Config, s *vault.Session, stored []string) Config {
	var has func(string) bool
	if stored != nil {
		has = func(name string) bool { return slices.Contains(stored, name) }
	}
	d := s.Describer(config, has)
	return Config{Names: config.Names(), Near: config.Near, Describe: func(name string) Profile {
		about := d.Describe(name)
		p := Profile{Name: name, Account: about.Account, Role: about.Role, Protected: about.Protected, Problem: cmp.Or(env.CheckProfile(name), about.Problem)}
		if section, err := config.Profile(name); err == nil {
			tags, _ := section.Get("vault_tags")
			p.Tags = tags.Text
		}
		if plan, err := d.Plan(name); err == nil {
			p.Question = question(plan)
		}
		return p
	}}
}

// keystore is the question for a passphrase that opens the stored keys.
const keystore = "keystore"

// question identifies what a person may be asked for before the plan is carried out. Profiles
// with the same identifier share the answer: a sign-in, the session that an MFA code gives, or
// an open keystore.
func question(p *resolve.Plan) string {
	first := p.Steps[0]
	switch {
	case first.SignIn != nil:
		return "sso " + first.SignIn.Session + " " + first.SignIn.StartURL
	case first.Kind == resolve.Login:
		return "login " + first.LoginSession
	}
	for _, s := range p.Steps {
		if s.MFASerial != "" && s.MFAProcess == "" {
			return "mfa " + first.Profile + " " + s.MFASerial
		}
	}
	if first.Kind == resolve.StoredKeys {
		return keystore
	}
	return ""
}

// Table lists the chosen profiles, for --dry-run.
func (c Choice) Table() string {
	t := line.Table{Columns: make([]line.Column, 3)}
	for _, p := range c.Profiles {
		t.Rows = append(t.Rows, []string{line.Printable(p.Name), p.Account, line.Printable(p.Role)})
	}
	return strings.Join(append(t.Lines(0), ""), "\n")
}

// LeftOut describes the profiles that match the patterns but are not chosen.
func (c Choice) LeftOut() (lines []string) {
	if n := len(c.Protected); n > 0 {
		lines = append(lines, "vault: note: left out "+line.Count(n, "protected profile")+", which need their full name: "+line.Printable(shortened(c.Protected)))
	}
	for i, p := range c.Broken {
		if i == shownNames {
			return append(lines, "vault: warning: "+line.Count(len(c.Broken)-i, "more profile")+" left out; vault list shows them")
		}
		lines = append(lines, "vault: warning: left out "+line.Printable(p.Name)+": "+line.Printable(p.Problem.Error()))
	}
	return lines
}
