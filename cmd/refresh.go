package cmd

import (
	"fmt"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/lead"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// RefreshCmd renews what is active.
type RefreshCmd struct {
	MFAToken string `name:"mfa-token" short:"t" help:"MFA code, to skip the question." placeholder:"CODE"`
}

// Run obtains new credentials for the active profile.
func (c *RefreshCmd) Run(a *App) error {
	if a.Shell == nil {
		return a.needHook("refresh")
	}
	s := a.Active()
	if !s.Active() {
		return fault.Hinted(fmt.Errorf("no profile is active in this shell"), "vault use PROFILE")
	}
	// Before AWS is asked: the answer could not be used.
	if err := env.Untouched(a.Shell.Vars(a.Environ), s); err != nil {
		return err
	}
	if s.About.Via == env.ViaProfile {
		return fault.Hinted(fmt.Errorf("%s is active by AWS_PROFILE: programs get their credentials themselves", s.Profile), "vault use "+line.Word(s.Profile)+" --via env")
	}
	w := vault.Again(s)
	w.MFAToken = c.MFAToken
	// Longer than what is here: a session that another shell has renewed will do,
	// and an MFA session that still lives spares the code.
	if expires, _ := a.Expires(); !expires.IsZero() {
		w.MinLife = expires.Sub(a.Now()) + time.Minute
	}
	plan, got, err := a.session().Obtain(a.ctx, w, a.confirmProtected, lead.Renewable(s))
	if err != nil {
		return err
	}
	target := plan.Target(got)
	s.About.Protected, s.About.Narrowed, s.About.Agent = plan.Protected, target.About.Narrowed, target.About.Agent
	if s.About.Via == env.ViaServer {
		return a.refreshServed(s, target)
	}
	key, _ := a.StateKey()
	change, after, err := env.Refresh(a.Shell.Vars(a.Environ), s, target.Credentials, got.Account, key)
	if err != nil {
		return err
	}
	if err := a.Hand(change, vault.Prompt(after, target.Credentials.Expires)); err != nil {
		return err
	}
	target.Region = a.Environ["AWS_REGION"]
	a.Say(a.Renewed(target))
	return nil
}
