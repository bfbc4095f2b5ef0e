package vault

import (
	"context"
	"errors"
	"fmt"

	"awsvault/internal/aws"
	"awsvault/internal/line"
)

// A session of the user's saves typing the passphrase of the key (resolve decides for which
// plans, see [resolve.Step]). Where it is of no use, plan.Direct is gone: with the key, as
// aws-vault does. Both ways have names of their own in the cache, and both are looked at.

// errNotBought says that there is no session to spare a passphrase.
var errNotBought = errors.New("no session is bought to spare a passphrase")

// What is noted with such a session of a role.
const (
	needsKey  = "needs the key: "  // AWS refuses the session, and takes the key
	deniesKey = "denies the key: " // AWS refuses both
)

// direct is the plan without the step that spares passphrases.
func (p *Plan) direct() *Plan {
	other := *p
	other.Plan = p.Direct
	return &other
}

// way is the plan that will be gone: the other one if that has a session cached and this
// one has not, or if AWS has refused the session before and taken the key.
func (p *Plan) way(ctx context.Context) *Plan {
	version, err := p.revision(ctx, p.Steps[0].Profile)
	if err != nil {
		return p // carrying it out says why
	}
	p.version = version
	r, err := p.newRun(ctx)
	if err != nil {
		return p
	}
	last := len(p.Steps) - 1
	if _, ok, err := r.cached(ctx, last, ""); err != nil || ok || p.Want.Fresh {
		return p
	}
	if _, ok, err := p.direct().cached(ctx); err == nil && ok || r.noted(needsKey) {
		return p.direct()
	}
	return p
}

// noted says whether a word is noted about the role that is assumed with the session.
func (r *run) noted(word string) bool {
	i := r.plan.Prime()
	return i+1 < len(r.names) && r.keystore.Noted(r.names[i], word+r.names[i+1].Hash)
}

// make gets the session of a step from AWS: where the plan has a session that spares
// passphrases and it does not do, with the key. kept: it is in the cache then.
func (r *run) make(ctx context.Context, i int) (c aws.Credentials, kept bool, err error) {
	c, err = r.makeFrom(ctx, i)
	prime := r.plan.Prime()
	if err == nil || prime < 0 {
		return c, false, err
	}
	role := i == prime+1
	switch {
	case i == prime && errors.Is(err, ErrDenied): // some users may not even have a session
		r.Warn(fmt.Errorf("vault will ask for the passphrase again: %w", err))
		err = errNotBought
	case role && errors.Is(err, ErrDenied) && !r.noted(deniesKey):
		c, err = r.withKey(ctx, i)
		return c, true, err
	}
	if errors.Is(err, errNotBought) && (role || len(r.plan.Steps) == prime+1) {
		c, err = r.goDirect(ctx, i)
		return c, true, err
	}
	return c, false, err
}

// withKey assumes a role that AWS refuses to the session, and notes what came of it:
// neither the session nor the person is asked again in vain.
func (r *run) withKey(ctx context.Context, i int) (aws.Credentials, error) {
	prime := r.names[i-1]
	r.person.Say("vault: AWS refuses this role to the session of " + line.Printable(prime.Profile) + "; trying the key itself")
	c, err := r.goDirect(ctx, i)
	word := needsKey
	switch {
	case errors.Is(err, ErrDenied):
		word = deniesKey
	case err != nil:
		return c, err
	}
	if err := r.keystore.Note(ctx, prime, word+r.names[i].Hash); err != nil {
		r.Warn(err)
	}
	return c, err
}

// goDirect gets the session of a step by the plan without the step that spares passphrases.
func (r *run) goDirect(ctx context.Context, i int) (aws.Credentials, error) {
	p := r.plan.direct()
	other, err := p.newRun(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	other.keys = r.keys
	c, _, err := other.obtain(ctx, i-(len(r.plan.Steps)-len(p.Steps)), "")
	r.direct = r.direct || err == nil && i == len(r.plan.Steps)-1
	return c, err
}
