package cmd

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"awsvault/internal/awsconf"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/store"
)

// ListCmd lists profiles.
type ListCmd struct {
	JSON        bool `name:"json" help:"Print one JSON object."`
	Profiles    bool `help:"Print only the names of profiles."`
	Sessions    bool `help:"Print only the sessions, with what they have left."`
	Credentials bool `help:"Print only the names of stored keys."`
}

// Help is the second part of `vault list --help`.
func (ListCmd) Help() string {
	return `Reads names only: no key is decrypted and nobody is asked for a passphrase.

To a pipe it prints aws-vault's table.

  vault list
  vault list --sessions
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

	Protected bool    `json:"protected"`
	Problem   *string `json:"problem"`

	settings bool // it has only settings, for others to inherit or include
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
	stored, unfinished, known := s.KnownNames(a.ctx)
	if !known {
		if stored, unfinished, err = s.List(a.ctx); err != nil {
			a.say("vault: warning: stored keys are not listed: " + err.Error())
		}
	}
	for _, name := range unfinished {
		a.say("vault: the rotation of the key of " + name + " is not finished; vault rotate " + name + " goes on")
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
			labels = append(labels, a.label(s))
		}
		return a.printLines(labels)
	}
	rows, err := a.profiles(config, stored, sessions)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.printJSON(listJSON{1, rows})
	}
	return a.printTable(config, rows, sessions)
}

func (a *App) printLines(lines []string) error {
	for _, l := range lines {
		if _, err := fmt.Fprintln(a.stdout, oneLine(l)); err != nil {
			return err
		}
	}
	return nil
}

// profiles joins what the files, the keystore and the cache know. stored is nil if
// it is not known which keys are stored.
func (a *App) profiles(config *awsconf.Config, stored []string, sessions []store.SessionInfo) ([]profile, error) {
	hasKey := map[string]bool{}
	for _, n := range stored {
		hasKey[n] = true
	}
	isStored := func(name string) bool { return hasKey[name] }
	if stored == nil {
		isStored = nil
	}
	describer, err := a.session().As(a.nobody()).Describer(isStored)
	if err != nil {
		return nil, err
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
	rows := make([]profile, 0, len(names))
	for _, n := range names {
		row := rowOf(describer.Describe(n))
		row.Active, row.Key = n == active, hasKey[n]
		if t, ok := longest[n]; ok {
			row.Session = &session{t.UTC()}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// rowOf is the row of a profile.
func rowOf(d resolve.Description) profile {
	row := profile{
		Name: d.Name, Account: optional(d.Account), Role: optional(d.Role), Region: optional(d.Region),
		Source: optional(d.Source), MFA: d.MFA, Protected: d.Protected,
	}
	if d.Problem != nil {
		row.Problem = optional(d.Problem.Error())
		row.settings = errors.Is(d.Problem, resolve.ErrNoCredentials) && d.Role == ""
	}
	return row
}

// printTable writes our table for a person, and aws-vault's for a program.
func (a *App) printTable(config *awsconf.Config, rows []profile, sessions []store.SessionInfo) error {
	text := a.awsVaultTable(config, rows, sessions)
	if isTerminal(a.stdout) {
		if len(rows) == 0 {
			a.say("No profiles yet.")
			a.say("    next: vault add NAME")
			return nil
		}
		text = a.ownTable(rows, screenWidth(a.stdout))
	}
	_, err := a.stdout.WriteString(text)
	return err
}

// awsVaultTable is what `aws-vault list` prints: the same columns, widths and order.
func (a *App) awsVaultTable(config *awsconf.Config, rows []profile, sessions []store.SessionInfo) string {
	labels := map[string][]string{}
	for _, s := range sessions {
		labels[s.Key.Profile] = append(labels[s.Key.Profile], oneLine(a.label(s)))
	}
	text := &strings.Builder{}
	w := tabwriter.NewWriter(text, 25, 4, 2, ' ', 0)
	line := func(name, key, sessions string) {
		fmt.Fprintf(w, "%s\t%s\t%s\t\n", or(optional(oneLine(name)), "-"), or(optional(oneLine(key)), "-"), or(optional(sessions), "-"))
	}
	line("Profile", "Credentials", "Sessions")
	line("=======", "===========", "========")
	for _, r := range rows {
		key := ""
		if r.Key {
			key = r.Name
		}
		if !config.Has(r.Name) {
			line("", key, "")
			continue
		}
		line(r.Name, key, strings.Join(labels[r.Name], ", "))
		delete(labels, r.Name)
	}
	for _, s := range sessions {
		if labels[s.Key.Profile] != nil {
			line("", "", oneLine(a.label(s)))
		}
	}
	w.Flush() // to memory
	return text.String()
}

// label names a session as aws-vault does: how it was got, and what is left.
func (a *App) label(s store.SessionInfo) string {
	return s.Key.Type + ":" + s.Expires.Sub(a.now()).Truncate(time.Second).String()
}

// columns are those of our table.
func columns() []line.Column {
	return []line.Column{
		{Head: "PROFILE", Least: 8}, {Head: "ACCOUNT", Drop: 4}, {Head: "ROLE", Drop: 3}, {Head: "REGION", Drop: 2}, {Head: "SESSION"},
		{Head: "SOURCE", Drop: 1, Least: 16, End: true}, // where it is broken stands at the beginning
	}
}

// ownTable fits into that many columns; 0 is as many as it takes.
func (a *App) ownTable(rows []profile, screen int) string {
	table := line.Table{Columns: columns()}
	for _, r := range rows {
		left := "-"
		if r.Session != nil {
			left = brief(r.Session.Expires.Sub(a.now()))
		}
		source := or(r.Source, "-")
		if r.MFA && r.Key {
			source += " + MFA"
		}
		if r.Protected {
			source += "   protected"
		}
		if r.Problem != nil && !r.settings {
			source = "broken: " + *r.Problem
		}
		fields := []string{r.Name, or(r.Account, "-"), or(r.Role, "-"), or(r.Region, "-"), left, source}
		for i := range fields {
			fields[i] = oneLine(fields[i])
		}
		table.Rows = append(table.Rows, fields)
	}
	const mark = "* "
	if screen > 0 {
		screen = max(screen-len(mark), 1)
	}
	text := &strings.Builder{}
	for n, l := range table.Lines(screen) {
		if n > 0 && rows[n-1].Active {
			l = mark + l
		} else {
			l = "  " + l
		}
		text.WriteString(strings.TrimRight(l, " ") + "\n")
	}
	return text.String()
}

// screenWidth is how many columns a terminal has; 0: not known.
func screenWidth(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

func or(s *string, other string) string {
	if s == nil {
		return other
	}
	return *s
}
