package cmd

import (
	"bufio"
	"errors"
	"os"
	"time"

	"golang.org/x/term"

	"awsvault/cmd/front"
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
	config, err := a.Config()
	if err != nil {
		return err
	}
	s := a.store()
	stored, unfinished, known := s.KnownNames(a.ctx)
	if !known {
		stored, unfinished, err = s.List(a.ctx)
	}
	switch {
	case err != nil:
		a.Say("vault: warning: stored keys are not listed: " + err.Error())
	case stored == nil:
		stored = []string{} // it is known that there are none
	}
	for _, name := range unfinished {
		a.Say("vault: the rotation of the key of " + name + " is not finished; vault rotate " + line.Word(name) + " goes on")
	}
	sessions, err := s.Sessions(a.ctx)
	if err != nil {
		a.Say("vault: warning: sessions are not listed: " + err.Error())
	}
	switch {
	case c.Credentials:
		return a.printNames(stored)
	case c.Profiles:
		return a.printNames(config.Names())
	case c.Sessions:
		var labels []string
		for _, s := range sessions {
			labels = append(labels, a.label(s))
		}
		return a.printNames(labels)
	}
	if !c.JSON && !front.IsTerminal(a.Stdout) {
		table := awsVaultTable{profiles: config.Names(), stored: stored}
		for _, s := range sessions {
			table.sessions = append(table.sessions, sessionLabel{s.Key.Profile, front.Printable(a.label(s))})
		}
		return a.print(table.write)
	}
	rows := a.profiles(config, stored, sessions)
	switch {
	case c.JSON:
		return a.PrintJSON(listJSON{1, rows})
	case len(rows) == 0:
		a.Say("No profiles yet.")
		a.Say("    next: vault add NAME")
		return nil
	}
	return a.printLines(a.ownTable(rows, screenWidth(a.Stdout)))
}

func (a *App) printLines(lines []string) error {
	return a.print(func(w *bufio.Writer) {
		for _, l := range lines {
			w.WriteString(l)
			w.WriteByte('\n')
		}
	})
}

// print writes what may be ten thousand lines: neither with a call of the system
// for each, nor from memory for all of them.
func (a *App) print(write func(w *bufio.Writer)) error {
	w := bufio.NewWriterSize(a.Stdout, 32<<10)
	write(w)
	return w.Flush() // has the first error
}

// printNames prints names, which may hold anything.
func (a *App) printNames(names []string) error {
	return a.print(func(w *bufio.Writer) {
		for _, name := range names {
			w.WriteString(front.Printable(name))
			w.WriteByte('\n')
		}
	})
}

// profiles joins what the files, the keystore and the cache know. stored is nil if
// it is not known which keys are stored.
func (a *App) profiles(config *awsconf.Config, stored []string, sessions []store.SessionInfo) []profile {
	hasKey := map[string]bool{}
	for _, n := range stored {
		hasKey[n] = true
	}
	isStored := func(name string) bool { return hasKey[name] }
	if stored == nil {
		isStored = nil
	}
	describer := a.session().As(a.nobody()).Describer(config, isStored)
	longest := store.Longest(sessions)
	names := config.Names()
	for _, n := range stored {
		if !config.Has(n) {
			names = append(names, n)
		}
	}
	active := a.Active().Profile
	rows := make([]profile, 0, len(names))
	for _, n := range names {
		row := rowOf(describer.Describe(n))
		row.Active, row.Key = n == active, hasKey[n]
		if t, ok := longest[n]; ok && t.After(a.Now()) {
			row.Session = &session{t.UTC()}
		}
		rows = append(rows, row)
	}
	return rows
}

// rowOf is the row of a profile.
func rowOf(d resolve.Description) profile {
	row := profile{
		Name: d.Name, Account: front.Optional(d.Account), Role: front.Optional(d.Role), Region: front.Optional(d.Region),
		Source: front.Optional(d.Source), MFA: d.MFA, Protected: d.Protected,
	}
	if d.Problem != nil {
		row.Problem = front.Optional(d.Problem.Error())
		row.settings = errors.Is(d.Problem, resolve.ErrNoCredentials) && d.Role == ""
	}
	return row
}

// label names a session as aws-vault does: how it was got, and what is left.
func (a *App) label(s store.SessionInfo) string {
	return s.Key.Type + ":" + s.Expires.Sub(a.Now()).Truncate(time.Second).String()
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
