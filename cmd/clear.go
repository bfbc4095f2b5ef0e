package cmd

import (
	"fmt"

	"awsvault/internal/line"
)

// ClearCmd deletes cached sessions.
type ClearCmd struct {
	Profile string `arg:"" optional:"" help:"Only those of this profile."`
}

// Help is the second part of `vault clear --help`.
func (ClearCmd) Help() string {
	return `Deletes cached sessions, without asking: all of them, or a profile's. Stored
keys stay, and so do the credentials in open shells. "vault sso logout" signs
out of IAM Identity Center.

  vault clear
  vault clear dev`
}

// Run deletes.
func (c *ClearCmd) Run(a *App) error {
	n, err := a.store().RemoveSessions(a.ctx, c.Profile)
	if err != nil {
		return err
	}
	a.Say(fmt.Sprintf("%s  cleared %s", a.OK(), line.Count(n, "session")))
	return nil
}
