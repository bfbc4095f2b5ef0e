package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/aws"
	"awsvault/internal/broker"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/renew"
	"awsvault/internal/vault"
)

// A shell whose programs ask the user's credential server.

// terms are what the server has to know of a lease, to get what it hands out. None of it
// is secret.
type terms struct {
	Profile string            `json:"profile"`
	About   env.About         `json:"about"`
	Environ map[string]string `json:"environ"`
}

// leadToServer takes a lease for a target, which has been got: it is in the cache.
func (a *App) leadToServer(target *env.Target) (toldPrompt, error) {
	l, err := a.lease(*target)
	if err != nil {
		return nil, err
	}
	target.Server = env.Server{URI: l.URI, Token: l.Token}
	target.Credentials = aws.Credentials{Expires: l.Expires}
	about := &target.About
	about.Via, about.Served, about.Lease, about.Shell, about.Lifetime = env.ViaServer, true, l.ID, l.Shell, l.Life
	return servedPrompt(l), nil
}

// lease takes one for this shell.
func (a *App) lease(target env.Target) (broker.Lease, error) {
	about := target.About
	about.Origin, about.Outer = nil, nil
	text, err := json.Marshal(terms{target.Profile, about, a.LeaseEnviron()})
	if err != nil {
		return broker.Lease{}, err
	}
	client, err := a.broker()
	if err != nil {
		return broker.Lease{}, err
	}
	return client.Grant(a.ctx, broker.Terms{Name: target.Profile, Region: target.Region, Shell: a.Shell.PID, Source: text})
}

// servedPrompt is what the hook is told of a lease: it calls again when the server should
// long have renewed what it has.
func servedPrompt(l broker.Lease) toldPrompt {
	return func(s env.State, _ time.Time) env.Prompt {
		p := front.Prompt(s, l.Expires)
		p.Deadline = servedDeadline(l)
		p.Alive = broker.Alive(l.Keeper)
		return p
	}
}

// servedDeadline is when less is left of what a lease has than the server leaves.
func servedDeadline(l broker.Lease) time.Time {
	return l.Expires.Add(-min(15*time.Minute, l.Life/4))
}

// servedUntil asks the server until when what a lease has is good.
func (a *App) servedUntil(lease string) time.Time {
	client, err := a.broker()
	if err != nil {
		return time.Time{}
	}
	l, err := client.Look(a.ctx, lease)
	if err != nil {
		return time.Time{}
	}
	return l.Expires
}

// giveUp has the server end a lease of this shell's that is no longer its own, or stop
// the renewal of it. That of an outer shell goes on.
func (a *App) giveUp(s env.State, how func(broker.Client, context.Context, string) error) {
	if s.About.Via != env.ViaServer || s.About.Shell != a.Shell.PID || a.Shell.PID == 0 {
		return
	}
	client, err := a.broker()
	if err == nil {
		err = how(client, a.ctx, s.About.Lease)
	}
	if err != nil && !errors.Is(err, broker.ErrNone) && !errors.Is(err, broker.ErrUnknown) {
		a.Say("vault: warning: programs of this shell may still get credentials of " + s.Profile + ": " + err.Error())
	}
}

// leaveServer ends the lease of an activation: the next request of a program is refused.
func (a *App) leaveServer(s env.State) { a.giveUp(s, broker.Client.Revoke) }

// promptServed is a prompt in a shell whose programs ask the server. The server renews;
// here is found out whether it can, and whether it is still there.
func (a *App) promptServed(s env.State) error {
	if env.Untouched(a.Shell.Vars(a.Environ), s) != nil {
		return a.Apply(nil, front.Prompt(s, time.Time{})) // they are the user's now
	}
	client, err := a.broker()
	if err != nil {
		return err
	}
	l, err := client.Look(a.ctx, s.About.Lease)
	switch {
	case errors.Is(err, broker.ErrNone), errors.Is(err, broker.ErrUnknown), err == nil && l.Retired:
		return a.leadAgain(s, l, err)
	case err != nil:
		return a.cannotServe(s, l, err)
	}
	p := servedPrompt(l)(s, l.Expires)
	switch now := a.Now(); {
	case now.Before(p.Deadline):
	case l.Err() != nil:
		return a.cannotServe(s, l, l.Err())
	default:
		p.Deadline = now.Add(2 * time.Second) // it is at it
	}
	return a.Apply(nil, p)
}

// cannotServe tells why there are no newer credentials, once.
func (a *App) cannotServe(s env.State, l broker.Lease, why error) error {
	life := renew.Life{Profile: s.Profile, Expires: l.Expires, Lifetime: l.Life}
	action := renew.Failed(a.Now(), life, a.Shell.Record, why)
	p := servedPrompt(l)(s, l.Expires)
	p.Tries, p.Person, p.Deadline = action.Record.Tries(), action.Record.Person, action.Deadline
	if action.Say != "" {
		a.Say(action.Say)
	}
	return a.Apply(nil, p)
}

// leadAgain takes another lease, where the server was ended or the shell that had the
// lease was. Programs that run have the address of before, which may be another user's
// program's by now; so they are not given the new one. The person has not asked for it,
// so it is done as a renewal is.
func (a *App) leadAgain(s env.State, old broker.Lease, why error) error {
	if !s.Authentic {
		return a.cannotServe(s, old, fault.NewPerson("a person is needed", ""))
	}
	session := a.sessionOf(s).As(a.nobody())
	plan, got, err := session.Obtain(a.ctx, vault.Again(s), func(p *vault.Plan) error {
		if _, lasts, err := p.Cached(a.ctx); p.Protected && (err != nil || !lasts) {
			return fault.NewPerson("it is protected, and its session has ended", "")
		}
		return nil
	})
	if err != nil {
		return a.cannotServe(s, old, err)
	}
	change, prompt, err := a.another(s, plan.Target(got))
	if err != nil {
		return a.cannotServe(s, old, err)
	}
	if why != nil {
		a.Say(fmt.Sprintf("vault: the credential server of %s was ended, and another serves now: start the programs again that ask it", s.Profile))
	}
	return a.Apply(change, prompt)
}

// another takes another lease for the activation in this shell.
func (a *App) another(s env.State, target env.Target) (env.Change, env.Prompt, error) {
	prompt, err := a.lead(&target, env.ViaServer)
	if err != nil {
		return nil, env.Prompt{}, err
	}
	key, _ := a.StateKey()
	change, after, err := env.Lead(a.Shell.Vars(a.Environ), s, target.Server, target.About, key)
	if err == nil {
		err = a.Carries(change)
	}
	if err != nil {
		return nil, env.Prompt{}, err
	}
	return change, prompt(after, target.Credentials.Expires), nil
}

// refreshServed has the server take what the person has just made possible.
func (a *App) refreshServed(s env.State, target env.Target) error {
	client, err := a.broker()
	if err != nil {
		return err
	}
	l, err := client.Renew(a.ctx, s.About.Lease)
	var change env.Change
	prompt := servedPrompt(l)(s, l.Expires)
	switch {
	case errors.Is(err, broker.ErrNone), errors.Is(err, broker.ErrUnknown), err == nil && l.Retired:
		if change, prompt, err = a.another(s, target); err != nil {
			return err
		}
		a.Say("vault: another credential server, or another lease, serves now: start the programs again that ask it")
	case err != nil:
		return err
	case l.Err() != nil && l.Expires.Before(target.Credentials.Expires):
		return l.Err()
	}
	if err := a.Apply(change, prompt); err != nil {
		return err
	}
	target.Region, target.Credentials = a.Environ["AWS_REGION"], aws.Credentials{Expires: prompt.Expires}
	a.Say(a.Renewed(target))
	return nil
}
