package cmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/store"
)

// ListCmd lists profiles.
type ListCmd struct {
	JSON        bool `name:"json" help:"Print one JSON object."`
	Profiles    bool `help:"Print only the names of profiles."`
	Sessions    bool `help:"Print only the sessions."`
	Credentials bool `help:"Print only the names of stored keys."`
}

// Help is the second part of `vault list --help`.
func (ListCmd) Help() string {
	return `Reads names only: no key is decrypted and nobody is asked for a passphrase.

  vault list
  vault list --json | jq -r '.profiles[].name'`
}

type listJSON struct {
	Schema   int       `json:"schema"`
	Profiles []profile `json:"profiles"`
}

// profile is one row. What is not known is absent.
type profile struct {
	Name    string   `json:"name"`
	Active  bool     `json:"active"`
	Account *string  `json:"account"`
	Role    *string  `json:"role"`
	Region  *string  `json:"region"`
	Source  *string  `json:"source"`
	Key     bool     `json:"key"`
	MFA     bool     `json:"mfa"`
	Session *session `json:"session"`
	Problem *string  `json:"problem"`
}

type session struct {
	Expires time.Time `json:"expires"`
}

// Run prints the list.
func (c *ListCmd) Run(a *App) error {
	config, err := a.config()
	if err != nil {
		return err
	}
	s := a.store()
	stored, err := s.Names(a.ctx)
	if err != nil {
		a.say("vault: warning: stored keys are not listed: " + err.Error())
	}
	sessions, err := s.Sessions(a.ctx)
	if err != nil {
		a.say("vault: warning: sessions are not listed: " + err.Error())
	}
	switch {
	case c.Credentials:
		return a.printLines(stored)
	case c.Profiles:
		return a.printLines(config.Names())
	case c.Sessions:
		var labels []string
		for _, s := range sessions {
			labels = append(labels, s.Key.Type+":"+s.Expires.Sub(a.now()).Truncate(time.Second).String())
		}
		return a.printLines(labels)
	}
	rows := a.profiles(config, stored, sessions)
	if c.JSON {
		return a.printJSON(listJSON{1, rows})
	}
	return a.printTable(rows)
}

func (a *App) printLines(lines []string) error {
	for _, l := range lines {
		if _, err := fmt.Fprintln(a.stdout, oneLine(l)); err != nil {
			return err
		}
	}
	return nil
}

// profiles joins what the files, the keystore and the cache know.
func (a *App) profiles(config *awsconf.Config, stored []string, sessions []store.SessionInfo) []profile {
	hasKey := map[string]bool{}
	for _, n := range stored {
		hasKey[n] = true
	}
	longest := map[string]time.Time{}
	for _, s := range sessions {
		if s.Expires.After(longest[s.Key.Profile]) && s.Expires.After(a.now()) {
			longest[s.Key.Profile] = s.Expires
		}
	}
	names := config.Names()
	for _, n := range stored {
		if !config.Has(n) {
			names = append(names, n)
		}
	}
	active := a.active().Profile
	rows := []profile{}
	for _, n := range names {
		row := profile{Name: n, Active: n == active, Key: hasKey[n]}
		if row.Key {
			row.Source = optional("key")
		}
		if config.Has(n) {
			describe(&row, config)
		}
		if t, ok := longest[n]; ok {
			row.Session = &session{t.UTC()}
		}
		rows = append(rows, row)
	}
	return rows
}

// describe fills in what the profile's section says.
func describe(row *profile, config *awsconf.Config) {
	p, err := config.Profile(row.Name)
	if err != nil {
		row.Problem = optional(err.Error())
		return
	}
	get := func(key string) string { v, _ := p.Get(key); return v.Text }
	row.Region = optional(get("region"))
	row.MFA = get("mfa_serial") != ""
	if arn := strings.SplitN(get("role_arn"), ":", 6); len(arn) == 6 {
		row.Account, row.Role = optional(arn[4]), optional(strings.TrimPrefix(arn[5], "role/"))
	} else {
		row.Account, row.Role = optional(get("sso_account_id")), optional(get("sso_role_name"))
	}
	if row.Source != nil {
		return
	}
	for _, source := range []struct{ key, word string }{
		{"source_profile", "profile "}, {"sso_session", "sso "}, {"sso_start_url", "sso "}, {"credential_source", ""},
		{"web_identity_token_file", "web identity"}, {"credential_process", "process"}, {"login_session", "login"}, {"include_profile", "includes "},
	} {
		if v := get(source.key); v != "" {
			if strings.HasSuffix(source.word, " ") || source.word == "" {
				v = source.word + v
			} else {
				v = source.word
			}
			row.Source = &v
			return
		}
	}
}

// printTable writes columns for a person, and tabs for a program.
func (a *App) printTable(rows []profile) error {
	person := isTerminal(a.stdout)
	if len(rows) == 0 {
		a.say("No profiles yet.")
		a.say("    next: vault add NAME")
		return nil
	}
	text := &strings.Builder{}
	w := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	if person {
		fmt.Fprintln(w, "  PROFILE\tACCOUNT\tROLE\tREGION\tSESSION\tSOURCE")
	}
	for _, r := range rows {
		mark := "  "
		switch {
		case !person:
			mark = ""
		case r.Active:
			mark = "* "
		}
		left := "-"
		if r.Session != nil {
			left = brief(r.Session.Expires.Sub(a.now()))
		}
		source := or(r.Source, "-")
		if r.MFA && r.Key {
			source += " + MFA"
		}
		if r.Problem != nil {
			source = "broken: " + *r.Problem
		}
		fields := []string{r.Name, or(r.Account, "-"), or(r.Role, "-"), or(r.Region, "-"), left, source}
		for i := range fields {
			fields[i] = oneLine(fields[i])
		}
		line := mark + strings.Join(fields, "\t") + "\n"
		if person {
			io.WriteString(w, line)
		} else {
			text.WriteString(line)
		}
	}
	w.Flush() // to memory
	_, err := a.stdout.WriteString(text.String())
	return err
}

func or(s *string, other string) string {
	if s == nil {
		return other
	}
	return *s
}
