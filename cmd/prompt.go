package cmd

import (
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// PromptCmd is what a hook calls at a prompt when something is due, and only then.
// Whatever happens, its answer moves the deadline: an error must not cost a
// process at every prompt.
type PromptCmd struct{}

// Run answers the hook.
func (*PromptCmd) Run(a *App) error {
	if a.shell == nil {
		return fault.NewUsage("prompt is for the hook", "vault hook --help")
	}
	s := a.active()
	if done, err := a.atDirectory(s); done || err != nil {
		return err
	}
	if !s.Active() {
		return a.apply(nil, env.Prompt{Previous: a.shell.Previous})
	}
	s.About.Protected = a.session().Protects(s.Profile)
	expires, _ := a.expires()
	p := prompt(s, expires)
	active := vault.Active{State: s, Expires: expires}
	if !active.Life().Due(a.now()) {
		return a.apply(nil, p) // a new shell, or the clock was set
	}
	if env.Untouched(a.shell.Vars(a.environ), s) != nil {
		p.Deadline = time.Time{} // they are the user's now
		return a.apply(nil, p)
	}
	session := a.sessionOf(s).As(a.nobody())
	c, action := session.RenewAtPrompt(a.ctx, active, a.shell.Record, a.startRenewal)
	if c != nil {
		return a.renewed(s, *c)
	}
	p.Tries, p.Person, p.Deadline = action.Record.Tries(), action.Record.Person, action.Deadline
	if action.Say != "" {
		a.say(action.Say)
	}
	return a.apply(nil, p)
}

// renewed hands the shell new credentials. No one has asked for them, so that a claim
// stays one.
func (a *App) renewed(s env.State, c aws.Credentials) error {
	var key env.Key
	if s.Authentic {
		key, _ = a.stateKey()
	}
	change, after, err := env.Refresh(a.shell.Vars(a.environ), s, c, key)
	if err != nil {
		return err
	}
	return a.apply(change, prompt(after, c.Expires))
}
