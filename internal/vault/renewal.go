package vault

import (
	"context"
	"errors"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/renew"
)

// renewLimit bounds a renewal in the background.
const renewLimit = 45 * time.Second

// Active is the activation of a shell, and when its credentials expire.
type Active struct {
	State   env.State
	Expires time.Time // zero: never
}

// Life is that of the credentials.
func (a Active) Life() renew.Life {
	return renew.Life{Profile: a.State.Profile, Expires: a.Expires, Lifetime: a.State.About.Lifetime}
}

// Prompt is what a hook is told of an activation whose credentials are new.
func Prompt(s env.State, expires time.Time) env.Prompt {
	return env.Prompt{
		Previous: s.Previous, Profile: s.Profile, Expires: expires, Protected: s.About.Protected, Narrowed: s.About.Narrowed,
		From:     string(s.About.Origin),
		Deadline: Active{State: s, Expires: expires}.Life().Deadline(),
	}
}

// renewal is that of the credentials in a shell, at one prompt.
type renewal struct {
	*Session
	active Active
	record renew.Record

	plan       *Plan
	got        Result // from the cache
	background background
}

// RenewAtPrompt renews the credentials of a shell in which they are due, as
// [renew.Next] decides. start starts the process in the background, which calls
// [Session.RenewInBackground]. Either there are new credentials, or action says what
// the shell remembers and is told.
func (s *Session) RenewAtPrompt(ctx context.Context, active Active, record renew.Record, start func() error) (got *Result, action renew.Action) {
	r := &renewal{Session: s, active: active, record: record}
	action = renew.Next(s.Now(), active.Life(), record, r.facts(ctx))
	switch action.Do {
	case renew.Take:
		return r.take(r.got)
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

// facts finds out what [renew.Next] decides by, the cheap things first.
//
// A state that is only a claim renews nothing by itself: who wrote it has brought keys
// that fit, and may have said by other variables what a renewal runs and whom it asks.
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
		look() // it may have ended just now
	}
	return f
}

// mayRenew says whether that can be done without asking for the name of the profile.
func (r *renewal) mayRenew(p *Plan) bool { return !p.Protected || r.active.Named(r.Now()) }

// take accepts new credentials if they are better than the old.
func (r *renewal) take(got Result) (*Result, renew.Action) {
	if err := renew.Later(r.Now(), got.Expires, r.active.Expires); err != nil {
		return r.failed(err)
	}
	return &got, renew.Action{}
}

// get is for credentials that have expired already: the laptop slept.
func (r *renewal) get(ctx context.Context) (*Result, renew.Action) {
	patient, cancel := context.WithTimeout(ctx, renew.Patience)
	defer cancel()
	_, got, err := r.Obtain(patient, Again(r.active.State))
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return nil, renew.Interrupted(r.Now(), r.record)
	case err != nil:
		return r.failed(err)
	}
	return r.take(got)
}

func (r *renewal) failed(err error) (*Result, renew.Action) {
	return nil, renew.Failed(r.Now(), r.active.Life(), r.record, err)
}

// RenewInBackground fills the cache, from which prompts take the new session. Its
// result is left for them to find. If another process is at it, there is nothing to do.
func (s *Session) RenewInBackground(ctx context.Context, active Active) error {
	if !active.State.Authentic || active.Expires.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, renewLimit)
	defer cancel()
	w := Again(active.State)
	// A session that another shell has got in the meantime will do, unless it is due too.
	w.MinLife = renew.Window(active.State.About.Lifetime) + time.Second
	plan, err := s.Plan(ctx, w)
	if err != nil {
		return err // a prompt makes the same plan, and says it
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

// fillCache gets a session that outlasts the present one, and proves that it is kept.
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
