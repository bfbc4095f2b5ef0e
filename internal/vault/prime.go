package vault

import (
	"context"
	"errors"
	"fmt"

	"awsvault/internal/aws"
	"awsvault/internal/line"
)

// A session of the user saves typing the key's passphrase; resolve decides which plans have
// one, see [resolve.Step]. Where that session does not work, vault follows plan.Direct, which
// uses the key as aws-vault does. The two plans have separate names in the cache, and vault
// looks at both.

// errNotBought means that there is no session that saves a passphrase.
var errNotBought = errors.New("there is no session that saves typing a passphrase")

// These words are noted with such a session, together with a role.
const (
	needsKey  = "needs the key: "  // AWS refuses the session, but accepts the key
	deniesKey = "denies the key: " // AWS refuses both
)

// direct returns the plan without the step that saves passphrases.
func (p *Plan) direct() *Plan {
	other := *p
	other.Plan = p.Direct
	return &other
}

// way returns the plan to carry out: p, unless only the direct plan has a cached session, or
// AWS has refused the priming session before and accepted the key.
func (p *Plan) way(ctx context.Context) *Plan {
	version, err := p.revision(ctx, p.Steps[0].Profile)
	if err != nil {
		return p // carrying out the plan reports the error
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

// noted reports whether a word is noted about the role that is assumed with the session.
func (r *run) noted(word string) bool {
	i := r.plan.Prime()
	return i+1 < len(r.names) && r.keystore.Noted(r.names[i], word+r.names[i+1].Hash)
}

// make gets the session of a step from AWS. If the plan has a session that saves passphrases,
// and it does not work, make uses the key. kept means that the result is already in the cache.
func (r *run) make(ctx context.Context, i int) (c aws.Credentials, kept bool, err error) {
	c, err = r.makeFrom(ctx, i)
	prime := r.plan.Prime()
	if err == nil || prime < 0 {
		return c, false, err
	}
	role := i == prime+1
	switch {
	case i == prime && errors.Is(err, ErrDenied): // some users may not even get a session
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

// withKey assumes with the key a role that AWS refuses to the session. It notes the result, so
// that later runs ask neither AWS nor the person in vain.
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

// goDirect gets the session of a step with the plan that uses the key itself.
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
