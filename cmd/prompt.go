package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"awsvault/internal/env"
)

// PromptCmd is what a hook calls at a prompt when something is due, and only then.
// Whatever happens, its answer moves the deadline: an error must not cost a
// process at every prompt.
type PromptCmd struct{}

const (
	// soon is when the hook looks whether a renewal in the background is done.
	soon = 2 * time.Second
	// patience is how long a prompt waits for AWS once the credentials have
	// expired. Before that it does not wait at all.
	patience = 10 * time.Second
)

// backOff is how long to wait after so many failures in a row.
func backOff(failures int) time.Duration {
	return min(30*time.Second<<min(max(failures-1, 0), 5), 10*time.Minute)
}

// prompt is what the hook is told of an activation whose credentials are new.
func prompt(s env.State, expires time.Time) env.Prompt {
	p := env.Prompt{Previous: s.Previous, Profile: s.Profile, Expires: expires, Protected: s.About.Protected}
	if !expires.IsZero() {
		p.Deadline = expires.Add(-env.Window(s.About.Lifetime))
	}
	return p
}

// Run answers the hook.
func (*PromptCmd) Run(a *App) error {
	if a.shell == nil {
		return &usageError{text: "prompt is for the hook", hint: "vault hook --help"}
	}
	s := a.active()
	if done, err := a.atDirectory(s); done || err != nil {
		return err
	}
	if !s.Active() {
		return a.apply(nil, env.Prompt{Previous: a.shell.previous})
	}
	a.globals.Backend, a.globals.SessionBackend = s.About.Backend, s.About.SessionBackend
	expires, expired := a.expires()
	p := prompt(s, expires)
	if expires.IsZero() || a.now().Before(p.Deadline) {
		return a.apply(nil, p) // a new shell, or the clock was set
	}
	if _, _, err := env.Refresh(a.shell.vars(a.environ), s, env.Credentials{}); err != nil {
		p.Deadline = time.Time{} // they are the user's now
		return a.apply(nil, p)
	}
	p.Tries, p.Person = a.shell.tries, a.shell.person
	// A session that another shell has got meanwhile will do if it lasts longer than
	// this one, whatever AWS_MIN_TTL says.
	w := again(s)
	plan, deps, err := a.plan(w)
	if err != nil {
		return a.notRenewed(s, p, err)
	}
	deps.MinTTL, deps.MinLife = 0, max(expires.Sub(a.now()), 0)+time.Second
	cached := func() (obtained, bool, error) {
		result, found, err := plan.Cached(a.ctx, deps)
		return obtained{plan, deps, result}, found, err
	}
	got, found, err := cached()
	switch {
	case err == nil && found:
		return a.renewed(s, p, got)
	case err != nil:
		return a.notRenewed(s, p, err)
	}
	// What can only be asked of a person is not tried: neither in a process of its
	// own, nor by waiting for another shell in which the question is open.
	if preview, err := plan.Preview(a.ctx, deps); err == nil && preview.Asks {
		return a.notRenewed(s, p, &personError{text: "a person is needed"})
	}
	if expired {
		return a.renewNow(s, p, w)
	}
	r, err := a.renewal(plan, deps)
	if err != nil {
		return a.notRenewed(s, p, err)
	}
	return a.renewInBackground(s, p, r, cached)
}

// renewed hands the shell new credentials, and nothing else.
func (a *App) renewed(s env.State, p env.Prompt, got obtained) error {
	if err := a.later(got.result, p.Expires); err != nil {
		return a.notRenewed(s, p, err)
	}
	target := got.target()
	change, after, err := env.Refresh(a.shell.vars(a.environ), s, target.Credentials)
	if err != nil {
		return err
	}
	return a.apply(change, prompt(after, target.Credentials.Expires))
}

// renewNow is for credentials that have expired already: the laptop slept.
func (a *App) renewNow(s env.State, p env.Prompt, w want) error {
	interrupted := a.ctx
	ctx, cancel := context.WithTimeout(a.ctx, patience)
	defer cancel()
	a.ctx, a.alone = ctx, true
	got, err := a.obtain(w)
	a.ctx = interrupted
	if err != nil && interrupted.Err() != nil {
		// Ctrl-C: the prompt comes, and the next try is not at once.
		p.Tries, p.Deadline = p.Tries+2, a.now().Add(backOff(p.Tries/2+1))
		return a.apply(nil, p)
	}
	if err != nil {
		return a.notRenewed(s, p, err)
	}
	return a.renewed(s, p, got)
}

// renewInBackground starts one process for the session, or looks how it is doing.
// An odd number of tries means that one has been started, by whatever shell.
func (a *App) renewInBackground(s env.State, p env.Prompt, r renewal, cached func() (obtained, bool, error)) error {
	mine := p.Tries%2 == 1
	running := r.running() // before its failure is read, which it leaves before it ends
	switch begun, recent, failure := r.last(); {
	case running, begun && recent:
	case failure != nil && (mine || recent):
		return a.notRenewed(s, p, failure)
	case mine:
		// It has ended without a word, perhaps well, and just now.
		if got, found, err := cached(); err == nil && found {
			return a.renewed(s, p, got)
		}
		return a.notRenewed(s, p, errors.New("the renewal in the background ended early"))
	default:
		if err := r.start(); err != nil {
			return a.notRenewed(s, p, err)
		}
	}
	p.Tries |= 1
	p.Deadline = a.now().Add(soon)
	return a.apply(nil, p)
}

// notRenewed says once what a person has to do, and moves the deadline.
func (a *App) notRenewed(s env.State, p env.Prompt, err error) error {
	person := statusOf(err) == statusPerson
	news := p.Tries < 2 || person && !p.Person
	p.Tries = p.Tries/2*2 + 2
	p.Person = p.Person || person
	p.Deadline = a.now().Add(backOff(p.Tries / 2))
	if person { // who may answer in another shell, and then go on in this one
		p.Deadline = a.now().Add(backOff(1))
	}
	// Before the end comes, look once more; afterwards only now and then, for
	// another shell may have got new ones.
	if p.Expires.After(a.now()) && p.Deadline.After(p.Expires) {
		p.Deadline = p.Expires
	}
	if news {
		a.say(complaint(s.Profile, p, a.now(), err))
	}
	return a.apply(nil, p)
}

func complaint(profile string, p env.Prompt, now time.Time, err error) string {
	state := "has expired"
	if left := p.Expires.Sub(now); left > 0 {
		state = "expires in " + brief(left)
	}
	if p.Person {
		return fmt.Sprintf("vault: %s %s, run vault refresh", profile, state)
	}
	return fmt.Sprintf("vault: %s %s and could not be renewed: %v", profile, state, err)
}
