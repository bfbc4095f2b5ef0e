package cmd

import (
	"awsvault/internal/keyage"
	"awsvault/internal/listing"
)

// ListCmd lists profiles.
type ListCmd struct {
	Filter      []string `arg:"" optional:"" help:"Only matching profiles: part of a name, account, role or region, or 'prod-*'."`
	Long        bool     `help:"Cut nothing, even on a narrow terminal."`
	JSON        bool     `name:"json" help:"Print one JSON object."`
	Profiles    bool     `help:"Print only the names of profiles."`
	Sessions    bool     `help:"Print only the sessions, with what they have left."`
	Credentials bool     `help:"Print only the names of stored keys."`
}

// Run prints the list.
func (c *ListCmd) Run(a *App) error {
	config, err := a.Config()
	if err != nil {
		return err
	}
	s, l := a.store(), listing.Listing{Config: config}
	known := false
	if l.Stored, l.Unfinished, known = s.KnownNames(a.ctx); !known {
		l.Stored, l.Unfinished, err = s.List(a.ctx)
	}
	switch {
	case err != nil && c.Credentials: // a script would conclude that there are no keys
		return err
	case err != nil:
		a.Say("vault: warning: stored keys are not listed: " + err.Error())
	case l.Stored == nil:
		l.Stored = []string{} // we know that there are none
	}
	l.Ages = func() func(string) keyage.Since { return s.Ages(a.ctx) }
	l.Tokens = s.Tokens(a.ctx)
	if l.Sessions, err = s.Sessions(a.ctx); err != nil && c.Sessions && !c.Credentials && !c.Profiles {
		return err
	} else if err != nil {
		l.Trouble = "vault: warning: sessions are not listed: " + err.Error()
	}
	return a.List(listing.Form{Filter: c.Filter, Long: c.Long, JSON: c.JSON, Profiles: c.Profiles, Sessions: c.Sessions, Credentials: c.Credentials}, l, a.session().As(a.nobody()))
}
