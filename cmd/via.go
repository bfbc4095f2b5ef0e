package cmd

import (
	"fmt"
	"time"

	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/follow"
	"awsvault/internal/lead"
	"awsvault/internal/vault"
)

// --via and AWS_VAULT_VIA choose how a shell's programs get credentials: see internal/lead.

// led returns the calling shell, for leading its programs to credentials.
func (a *App) led() lead.Shell {
	led := a.Led(a.server)
	led.Session = func(s env.State) *vault.Session { return a.session().Of(s).As(a.nobody()) }
	return led
}

func (a *App) server() (lead.Server, error) { return a.broker() }

// inShell returns the calling shell, for work at its prompts.
func (a *App) inShell() follow.Shell {
	return follow.Shell{
		Hook: a.World, Call: a.Shell, Environ: a.Environ, Session: a.session(), Led: a.led(), Files: a.directories,
		State: a.Active(), Expires: func() time.Time { t, _ := a.Expires(); return t }, Key: a.StateKey,
		Via: a.Getenv("AWS_VAULT_VIA"), Tilde: a.Tilde, Start: a.startRenewal,
	}
}

// useByProfile sets AWS_PROFILE. It gets no credentials: programs get their own.
func (a *App) useByProfile(want vault.Want, file dirprofile.File) error {
	plan, err := a.session().Plan(a.ctx, want)
	if err != nil {
		return err
	}
	if plan.Narrowed.Given() {
		return fault.NewUsage(fmt.Sprintf("with --via profile programs get their own credentials, which %s does not narrow", plan.Narrowed.From), "--via env")
	}
	if err := a.confirmProtected(plan); err != nil {
		return err
	}
	if err := vault.Promise(file, plan.Account); err != nil {
		return err
	}
	target := plan.Target(vault.Result{ARN: plan.Last().ARN(), Account: plan.Owner()})
	lead.ByProfile(&target)
	if err := a.UseTarget(target, vault.Prompt); err != nil {
		return err
	}
	a.inShell().GiveUp(a.ctx, lead.Server.Revoke)
	if file.Path == "" {
		a.Remember(want.Profile)
	}
	return nil
}
