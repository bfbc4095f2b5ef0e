package cmd

import (
	"context"
	"errors"
	"time"

	"awsvault/internal/renew"
	"awsvault/internal/vault"
)

// RenewCmd is the process in the background that fills the cache, for the prompt
// to pick up. It has no terminal, asks no one, and is gone within renewLimit.
type RenewCmd struct{}

const renewLimit = 45 * time.Second

// Run renews what is active in the environment it inherited.
func (*RenewCmd) Run(a *App) error {
	s := a.active()
	expires, _ := a.expires()
	if !s.Active() || expires.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(a.ctx, renewLimit)
	defer cancel()
	w := vault.Again(s)
	// Not those that another shell has got in the meantime if they are due, too.
	w.MinLife = renew.Window(s.About.Lifetime) + time.Second
	session := a.sessionOf(s).As(a.nobody())
	plan, err := session.Plan(ctx, w)
	if err != nil {
		return err // the prompt's own plan will say it
	}
	b, err := a.background(ctx, plan)
	if err != nil {
		return err
	}
	unlock, busy := b.lock(ctx, time.Second)
	if busy {
		return nil
	}
	defer unlock()
	err = fillCache(ctx, a, plan, expires)
	b.record(err)
	return err
}

// fillCache gets a session that outlasts the present one, and proves that it is kept.
func fillCache(ctx context.Context, a *App, plan *vault.Plan, expires time.Time) error {
	got, err := plan.Credentials(ctx)
	if err != nil {
		return err
	}
	if err := renew.Later(a.now(), got.Expires, expires); err != nil {
		return err
	}
	kept := *plan
	kept.Want.MinLife, kept.Want.Outlasting = 0, expires
	if _, found, _ := kept.Cached(ctx); !found {
		return errors.New("the new session could not be kept")
	}
	return nil
}
