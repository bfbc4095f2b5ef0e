package cmd

import (
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/lead"
	"awsvault/internal/vault"
)

// PromptCmd is what a hook calls at a prompt when something is due, and only then.
// Whatever happens, its answer moves the deadline: an error must not cost a
// process at every prompt.
type PromptCmd struct{}

// Run answers the hook.
func (*PromptCmd) Run(a *App) error {
	if a.Shell == nil {
		return fault.NewUsage("prompt is for the hook", "vault hook --help")
	}
	s := a.Active()
	if done, err := a.atDirectory(s); done || err != nil {
		return err
	}
	if !s.Active() {
		return a.Apply(nil, env.Prompt{Previous: a.Shell.Previous})
	}
	if a.Shell.Loader && env.Overlaid(a.Shell.Vars(a.Environ), s) && a.onTop(s) {
		return nil
	}
	s.About.Protected = a.session().Protects(s.Profile)
	if s.About.Via == env.ViaServer {
		return a.answer(a.led().Prompt(a.ctx, s))
	}
	expires, _ := a.Expires()
	p := vault.Prompt(s, expires)
	active := vault.Active{State: s, Expires: expires}
	if !active.Life().Due(a.Now()) {
		return a.Apply(nil, p) // a new shell, or the clock was set
	}
	if env.Untouched(a.Shell.Vars(a.Environ), s) != nil {
		p.Deadline = time.Time{} // they are the user's now
		return a.Apply(nil, p)
	}
	session := a.session().Of(s).As(a.nobody())
	got, action := session.RenewAtPrompt(a.ctx, active, a.Shell.Record, a.startRenewal)
	if got != nil {
		return a.renewed(s, *got)
	}
	p.Tries, p.Person, p.Deadline = action.Record.Tries(), action.Record.Person, action.Deadline
	if action.Say != "" {
		a.Say(action.Say)
	}
	return a.Apply(nil, p)
}

// onTop sets everything that is active anew, where another hook has changed a part of it.
// It reports whether that could be done; if not, without a person or in time, things stay.
// A state that is only a claim has nothing set: the profile that it names would be
// activated for the first time.
func (a *App) onTop(s env.State) bool {
	if !s.Authentic || env.Untouched(a.Shell.Vars(a.Environ), s) != nil {
		return false // the keys are another's now
	}
	target, err := a.session().Same(a.ctx, s)
	if err != nil {
		return false
	}
	lead.AsNow(a.Environ, s, &target)
	key, _ := a.StateKey()
	change, after, err := env.Use(a.Shell.Vars(a.Environ), s, a.Shell.Kept, target, key)
	return err == nil && a.Apply(change, vault.Prompt(after, target.Credentials.Expires)) == nil
}

// renewed hands the shell new credentials. No one has asked for them, so that a claim
// stays one.
func (a *App) renewed(s env.State, got vault.Result) error {
	var key env.Key
	if s.Authentic {
		key, _ = a.StateKey()
	}
	change, after, err := env.Refresh(a.Shell.Vars(a.Environ), s, got.Credentials, got.Account, key)
	if err != nil {
		return err
	}
	return a.Hand(change, vault.Prompt(after, got.Expires))
}
