package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/fault"
	"awsvault/internal/store"
	"awsvault/internal/tty"
)

// RemoveCmd deletes stored keys.
type RemoveCmd struct {
	Profile      string `arg:"" help:"The profile."`
	Force        bool   `short:"f" help:"Answer yes to all questions."`
	SessionsOnly bool   `name:"sessions-only" short:"s" help:"Delete only its cached sessions, without asking."`
}

// Help is the second part of `vault remove --help`.
func (RemoveCmd) Help() string {
	return `Deletes the key of a profile from the keystore, after a question, and the
sessions that were got with it. The key is still valid at AWS, and the profile
still in ~/.aws/config.

  vault remove old
  vault remove old --force`
}

// Run asks and deletes.
func (c *RemoveCmd) Run(a *App) error {
	s := a.store()
	if c.SessionsOnly {
		n, err := s.RemoveSessions(a.ctx, c.Profile)
		if err != nil {
			return err
		}
		a.Say(fmt.Sprintf("%s  deleted %s of %s", a.OK(), front.Counted(n, "session"), c.Profile))
		return nil
	}
	stored, err := s.Has(a.ctx, c.Profile)
	switch {
	case err != nil:
		return err
	case !stored:
		return fault.Hinted(fmt.Errorf("there is no stored key of %q", c.Profile), a.nearKeys(s))
	}
	if !c.Force {
		t, err := a.terminal()
		if err != nil {
			return fault.NewPerson("remove asks before it deletes, and there is no terminal to ask on", "--force deletes without a question")
		}
		answer, err := t.Ask(a.ctx, fmt.Sprintf("Delete credentials for profile %q? (y|N) ", front.Printable(c.Profile)))
		if err != nil && !errors.Is(err, tty.ErrNoAnswer) {
			return err
		}
		if yes := strings.ToLower(strings.TrimSpace(answer)); yes != "y" && yes != "yes" {
			return nil
		}
	}
	if err := s.RemoveKeys(a.ctx, c.Profile); err != nil {
		return err
	}
	done := fmt.Sprintf("%s  deleted the key of %s", a.OK(), c.Profile)
	switch n, err := s.RemoveSessions(a.ctx, c.Profile); {
	case err != nil:
		a.Say("vault: warning: its sessions: " + err.Error())
	case n > 0:
		done += " and " + front.Counted(n, "session")
	}
	a.Say(done)
	if unfinished, err := s.Rotations(a.ctx); err == nil && slices.Contains(unfinished, c.Profile) {
		if err := s.RemoveRotation(a.ctx, c.Profile); err != nil {
			return err
		}
		a.Say("vault: warning: its rotation was not finished, and is forgotten: the user may have two keys at AWS")
	}
	return nil
}

// nearKeys says which keys there are.
func (a *App) nearKeys(s *store.Store) string {
	names, err := s.Names(a.ctx)
	if err != nil || len(names) == 0 || len(names) > 5 {
		return "vault list --credentials   shows the names"
	}
	return "stored are " + strings.Join(names, ", ")
}
