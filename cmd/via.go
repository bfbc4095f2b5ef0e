package cmd

import (
	"context"
	"fmt"

	"awsvault/internal/aws"
	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/lead"
	"awsvault/internal/vault"
)

// How programs of a shell get credentials: --via, AWS_VAULT_VIA. internal/lead decides.

// led is the shell whose programs are led to credentials.
func (a *App) led() lead.Shell {
	led := a.Led(a.server)
	led.Session = func(s env.State) *vault.Session { return a.session().Of(s).As(a.nobody()) }
	return led
}

func (a *App) server() (lead.Server, error) { return a.broker() }

// giveUp ends a lease of this shell's that is no longer its own, or stops its renewal.
func (a *App) giveUp(s env.State, how func(lead.Server, context.Context, string) error) {
	a.GiveUp(a.ctx, a.led(), s, how)
}

// leaveServer ends the lease of an activation: the next request of a program is refused.
func (a *App) leaveServer(s env.State) { a.giveUp(s, lead.Server.Revoke) }

// answer tells the person, and then the hook.
func (a *App) answer(answer lead.Answer, err error) error {
	if err != nil {
		return err
	}
	for _, line := range answer.Say {
		a.Say(line)
	}
	return a.Apply(answer.Change, answer.Prompt)
}

// refreshServed has the server take what the person has just made possible.
func (a *App) refreshServed(s env.State, target env.Target) error {
	answer, err := a.led().Refresh(a.ctx, s, target)
	if err := a.answer(answer, err); err != nil {
		return err
	}
	target.Region, target.Credentials = a.Environ["AWS_REGION"], aws.Credentials{Expires: answer.Prompt.Expires}
	a.Say(a.Renewed(target))
	return nil
}

// useByProfile sets AWS_PROFILE. Nothing is got: programs do that.
func (a *App) useByProfile(want vault.Want, file dirprofile.File) error {
	plan, err := a.session().Plan(a.ctx, want)
	if err != nil {
		return err
	}
	if plan.Narrowed.Given() {
		return fault.NewUsage(fmt.Sprintf("with --via profile programs get credentials of their own, which %s does not narrow", plan.Narrowed.From), "--via env")
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
	a.leaveServer(a.Active())
	if file.Path == "" {
		a.Remember(want.Profile)
	}
	return nil
}
