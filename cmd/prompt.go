package cmd

import (
	"context"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/renew"
	"awsvault/internal/vault"
)

// PromptCmd is what a hook calls at a prompt when something is due, and only then.
// Whatever happens, its answer moves the deadline: an error must not cost a
// process at every prompt.
type PromptCmd struct{}

// life is that of the credentials of an activation.
func life(s env.State, expires time.Time) renew.Life {
	return renew.Life{Profile: s.Profile, Expires: expires, Lifetime: s.About.Lifetime}
}

// prompt is what the hook is told of an activation whose credentials are new.
func prompt(s env.State, expires time.Time) env.Prompt {
	return env.Prompt{
		Previous: s.Previous, Profile: s.Profile, Expires: expires, Protected: s.About.Protected,
		Deadline: life(s, expires).Deadline(),
	}
}

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
		return a.apply(nil, env.Prompt{Previous: a.shell.previous})
	}
	expires, _ := a.expires()
	p := prompt(s, expires)
	if !life(s, expires).Due(a.now()) {
		return a.apply(nil, p) // a new shell, or the clock was set
	}
	if _, _, err := env.Refresh(a.shell.vars(a.environ), s, env.Credentials{}); err != nil {
		p.Deadline = time.Time{} // they are the user's now
		return a.apply(nil, p)
	}
	r := &renewal{app: a, state: s, life: life(s, expires), prompt: p, session: a.sessionOf(s).As(a.nobody())}
	return r.run()
}

// renewal is that of the credentials in a shell, at one prompt. Nothing in it can
// ask a person.
type renewal struct {
	app     *App
	state   env.State
	life    renew.Life
	prompt  env.Prompt // what the hook is told
	session *vault.Session

	plan       *vault.Plan
	got        vault.Result // from the cache
	background background
}

// run looks, decides, and does it.
func (r *renewal) run() error {
	now := r.app.now()
	action := renew.Next(now, r.life, r.app.shell.record, r.facts())
	switch action.Do {
	case renew.Take:
		return r.take(r.plan, r.got)
	case renew.Get:
		return r.get()
	case renew.Start:
		if err := r.background.start(); err != nil {
			action = renew.Failed(now, r.life, r.app.shell.record, err)
		}
	}
	return r.tell(action)
}

// facts finds out what [renew.Next] decides by, the cheap things first.
func (r *renewal) facts() (f renew.Facts) {
	ctx := r.app.ctx
	w := vault.Again(r.state)
	w.Outlasting = r.life.Expires
	if plan, got, ok := r.session.Cached(ctx, w); ok { // without opening the keystore
		r.plan, r.got = plan, got
		return renew.Facts{Better: true}
	}
	var err error
	if r.plan, err = r.session.Plan(ctx, w); err != nil {
		return renew.Facts{Trouble: err}
	}
	cached := func() {
		r.got, f.Better, f.Trouble = r.plan.Cached(ctx)
	}
	if cached(); f.Better || f.Trouble != nil {
		return f
	}
	if preview, err := r.plan.Preview(ctx); err == nil && preview.Asks {
		f.Person = true
		return f
	}
	if r.life.Expired(r.app.now()) {
		return f
	}
	if r.background, f.Trouble = r.app.background(ctx, r.plan); f.Trouble != nil {
		return f
	}
	f.Running = r.background.running(ctx) // before its failure is read, which it leaves before it ends
	f.Begun, f.Recent, f.Failure = r.background.last()
	if r.app.shell.record.Started && !f.Running {
		cached() // it may have ended just now
	}
	return f
}

// take hands the shell new credentials, and nothing else.
func (r *renewal) take(plan *vault.Plan, got vault.Result) error {
	a := r.app
	if err := renew.Later(a.now(), got.Expires, r.life.Expires); err != nil {
		return r.failed(err)
	}
	c := plan.Target(got).Credentials
	change, after, err := env.Refresh(a.shell.vars(a.environ), r.state, c)
	if err != nil {
		return err
	}
	return a.apply(change, prompt(after, c.Expires))
}

// get is for credentials that have expired already: the laptop slept.
func (r *renewal) get() error {
	ctx, cancel := context.WithTimeout(r.app.ctx, renew.Patience)
	defer cancel()
	plan, got, err := r.session.Obtain(ctx, vault.Again(r.state))
	switch {
	case err != nil && r.app.ctx.Err() != nil:
		return r.tell(renew.Interrupted(r.app.now(), r.app.shell.record))
	case err != nil:
		return r.failed(err)
	}
	return r.take(plan, got)
}

func (r *renewal) failed(err error) error {
	return r.tell(renew.Failed(r.app.now(), r.life, r.app.shell.record, err))
}

// tell hands the hook what was decided.
func (r *renewal) tell(action renew.Action) error {
	p := r.prompt
	p.Tries, p.Person, p.Deadline = action.Record.Tries(), action.Record.Person, action.Deadline
	if action.Say != "" {
		r.app.say(action.Say)
	}
	return r.app.apply(nil, p)
}
