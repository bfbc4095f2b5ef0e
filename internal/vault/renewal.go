package vault

import (
	"context"
	"errors"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/renew"
)

// renewLimit limits how long a renewal in the background may take.
const renewLimit = 45 * time.Second

// Active is the activation of a shell, with the time at which its credentials expire.
type Active struct {
	State   env.State
	Expires time.Time // zero: never
}

// Life returns the life of the credentials.
func (a Active) Life() renew.Life {
	return renew.Life{Profile: a.State.Profile, Expires: a.Expires, Lifetime: a.State.About.Lifetime}
}

// Prompt returns what a hook needs to know about an activation with new credentials.
func Prompt(s env.State, expires time.Time) env.Prompt {
	return env.Prompt{
		Previous: s.Previous, Profile: s.Profile, Expires: expires, Protected: s.About.Protected, Narrowed: s.About.Narrowed,
		From:     string(s.About.Origin),
		Deadline: Active{State: s, Expires: expires}.Life().Deadline(),
	}
}

// renewal renews the credentials of a shell, at one prompt.
type renewal struct {
	*Session
	active Active
	record renew.Record

	plan       *Plan
	got        Result // from the cache
	background background
}

// RenewAtPrompt renews the credentials of a shell if [renew.Next] says that they are due.
// start starts the process in the background, which calls [Session.RenewInBackground]. The
// result is new credentials, or an action with what the shell has to remember and to show.
func (s *Session) RenewAtPrompt(ctx context.Context, active Active, record renew.Record, start func() error) (got *Result, action renew.Action) {
	r := &renewal{Session: s, active: active, record: record}
	action = renew.Next(s.Now(), active.Life(), record, r.facts(ctx))
	switch action.Do {
	case renew.Take:
		return r.take(r.plan, r.got)
	case renew.Get:
		return r.get(ctx)
	case renew.Start:
		r.background.begins()
		if err := start(); err != nil {
			r.background.ends(nil)
			return r.failed(err)
		}
	}
	return nil, action
}

// facts collects the facts for [renew.Next], beginning with the cheapest.
//
// A state that is not authentic renews nothing by itself. Another program may have written it,
// with keys that fit, and may have set other variables that decide what a renewal runs and
// which server it asks.
func (r *renewal) facts(ctx context.Context) (f renew.Facts) {
	if !r.active.State.Authentic {
		return renew.Facts{Person: true}
	}
	w := Again(r.active.State)
	w.Outlasting = r.active.Expires
	if plan, got, ok := r.Cached(ctx, w); ok && r.mayRenew(plan) { // without opening the keystore
		r.plan, r.got = plan, got
		return renew.Facts{Better: true}
	}
	var err error
	if r.plan, err = r.Plan(ctx, w); err != nil {
		return renew.Facts{Trouble: err}
	}
	if !r.mayRenew(r.plan) {
		return renew.Facts{Person: true}
	}
	look := func() {
		r.got, f.Better, f.Trouble = r.plan.Cached(ctx)
	}
	if look(); f.Better || f.Trouble != nil {
		return f
	}
	if preview, err := r.plan.Preview(ctx); err == nil && preview.Asks {
		f.Person = true
		return f
	}
	if r.active.Life().Expired(r.Now()) {
		return f
	}
	if r.background, f.Trouble = r.plan.background(ctx); f.Trouble != nil {
		return f
	}
	f.Running, f.Begun, f.Recent, f.Failure = r.background.look(ctx)
	if r.record.Started && !f.Running {
		look() // the process may have ended just now
	}
	return f
}

// mayRenew reports whether the profile may be renewed without a confirmation by name.
func (r *renewal) mayRenew(p *Plan) bool { return !p.Protected || r.active.Named(r.Now()) }

// take accepts new credentials if they last longer than the old ones. An agent's may be
// narrowed where the old ones are not.
func (r *renewal) take(plan *Plan, got Result) (*Result, renew.Action) {
	if err := renew.Later(r.Now(), got.Expires, r.active.Expires); err != nil {
		return r.failed(err)
	}
	got.Narrowed, got.Agent = plan.Narrowed.Mark(), plan.Agent.By
	return &got, renew.Action{}
}

// get renews credentials that have expired already, as after a laptop has slept.
func (r *renewal) get(ctx context.Context) (*Result, renew.Action) {
	patient, cancel := context.WithTimeout(ctx, renew.Patience)
	defer cancel()
	plan, got, err := r.Obtain(patient, Again(r.active.State))
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return nil, renew.Interrupted(r.Now(), r.record)
	case err != nil:
		return r.failed(err)
	}
	return r.take(plan, got)
}

func (r *renewal) failed(err error) (*Result, renew.Action) {
	return nil, renew.Failed(r.Now(), r.active.Life(), r.record, err)
}

// RenewInBackground puts a new session into the cache, where prompts find it. It records its
// result for them. If another process is renewing the same session, it does nothing.
func (s *Session) RenewInBackground(ctx context.Context, active Active) error {
	if !active.State.Authentic || active.Expires.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, renewLimit)
	defer cancel()
	w := Again(active.State)
	// A session that another shell has just got is good enough, unless it is due too.
	w.MinLife = renew.Window(active.State.About.Lifetime) + time.Second
	plan, err := s.Plan(ctx, w)
	if err != nil {
		return err // a prompt makes the same plan, and reports the error
	}
	if plan.Protected && !active.Named(s.Now()) {
		return nil
	}
	b, err := plan.background(ctx)
	if err != nil {
		return err
	}
	unlock, busy := b.lock(ctx, time.Second)
	if busy {
		return nil
	}
	defer unlock()
	b.holds()
	err = plan.fillCache(ctx, active.Expires)
	b.ends(err)
	return err
}

// fillCache gets a session that outlasts the present one, and checks that the cache has kept
// it.
func (p *Plan) fillCache(ctx context.Context, expires time.Time) error {
	got, err := p.Credentials(ctx)
	if err != nil {
		return err
	}
	if err := renew.Later(p.session.Now(), got.Expires, expires); err != nil {
		return err
	}
	kept := *p
	kept.Want.MinLife, kept.Want.Outlasting = 0, expires
	if _, found, _ := kept.Cached(ctx); !found {
		return errors.New("the new session could not be kept")
	}
	return nil
}
