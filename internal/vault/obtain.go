package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// run carries out a plan once.
//
// It looks for the latest step with a cached session and goes on from there: if the last step
// is cached, it calls nothing. Only one process at a time gets a session; the others then find
// it in the cache. If the cache cannot be written, run warns. If it cannot be read, run fails,
// because the keystore is then locked or broken.
type run struct {
	*Session
	plan  *Plan
	names []aws.SessionKey // the sessions, by step
	own   aws.SessionKey   // the user's own session, where a cached one can be too long
	keys  *aws.Credentials // the stored keys, once read
	// direct means that the credentials were made with the key itself, by plan.Direct.
	direct bool
	// signedOut means that the person has signed out of the plan's first step, with any tool.
	// The run then delivers no session of that sign-in.
	signedOut bool
}

func (p *Plan) newRun(ctx context.Context) (*run, error) {
	r := &run{Session: p.session, plan: p}
	id, stored := p.SourceID(r.Getenv)
	if stored {
		name := p.Steps[0].Profile
		var err error
		if id, err = p.revision(ctx, name); err != nil {
			return nil, fmt.Errorf("read the key id of %q: %w", name, err)
		}
	}
	r.name(id)
	return r, nil
}

// name sets the cache names of the plan's sessions. If the plan begins with a sign-in, the
// names belong to this one sign-in.
func (r *run) name(id string) {
	if r.signsIn() {
		in, ok := r.world.SignIn(r.plan.Steps[0])
		id, r.signedOut = id+"\n"+in, !ok
	}
	r.names, r.own = r.plan.SessionKeys(id), r.plan.Own(id)
}

// signsIn reports whether the plan begins with the sign-in of a person.
func (r *run) signsIn() bool {
	kind := r.plan.Steps[0].Kind
	return r.world.SignIn != nil && (kind == resolve.SSO || kind == resolve.Login)
}

// revision returns the revision of stored keys.
func (p *Plan) revision(ctx context.Context, name string) (string, error) {
	switch {
	case p.version != "":
		return p.version, nil
	case p.said == nil:
		return p.session.keystore.Revision(ctx, name)
	}
	_, _, revision := p.said.Key(name)
	if revision == "" {
		return "", errNotSaid
	}
	return revision, nil
}

// plain returns the bare context error once the context is cancelled: a person who presses
// Ctrl-C does not need to know which call that interrupted.
func plain(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	return err
}

// obtain returns the credentials of a step, and whether they come from the cache. dead is the
// access key ID of a cached session that AWS has refused.
func (r *run) obtain(ctx context.Context, i int, dead string) (c aws.Credentials, cached bool, err error) {
	if err := ctx.Err(); err != nil {
		return aws.Credentials{}, false, err
	}
	s := r.plan.Steps[i]
	if !s.Kind.Cacheable() {
		c, err := r.fetch(ctx, i)
		if err == nil {
			err = r.rightAccount(ctx, i, c, true)
		}
		return c, false, err
	}
	if c, ok, err := r.cached(ctx, i, dead); ok || err != nil {
		return c, ok, err
	}
	if err := r.recursion(s); err != nil { // before the lock, which the outer process has
		return aws.Credentials{}, false, err
	}
	unlock, err := r.lock(ctx, i)
	if err != nil {
		return aws.Credentials{}, false, err
	}
	defer unlock()
	// The process that had the lock may have got the session.
	if c, ok, err := r.cached(ctx, i, dead); ok || err != nil {
		return c, ok, err
	}
	c, kept, err := r.make(ctx, i)
	if err == nil && !kept {
		err = r.rightAccount(ctx, i, c, true)
	}
	if err != nil || kept {
		return c, false, err
	}
	r.plan.writeDown(s, c)
	if !c.Expires.IsZero() {
		if err := r.keep(ctx, i, c); err != nil {
			r.Warn(err)
		}
	}
	return c, false, nil
}

// keep puts a session into the cache. A session that is shorter than the cached one, by the
// person's wish, does not replace it: roles need the longer one, and a new one would cost an
// MFA code.
func (r *run) keep(ctx context.Context, i int, c aws.Credentials) error {
	if r.signsIn() { // the person may have signed in to get it
		id, _ := r.plan.SourceID(r.Getenv)
		r.name(id)
	}
	k := r.names[i]
	if r.plan.Steps[i].Most > 0 {
		if there, ok, err := r.keystore.Session(ctx, k); err == nil && ok && there.Expires.After(c.Expires) {
			k = r.own
		}
	}
	return r.keystore.PutSession(ctx, k, c)
}

// session looks for the session of a step in the cache.
func (r *run) session(ctx context.Context, i int) (aws.Credentials, bool, error) {
	c, ok, err := r.keystore.Session(ctx, r.names[i])
	most := r.plan.Steps[i].Most
	if err != nil || most == 0 || ok && c.Expires.Sub(r.Now()) <= most {
		return c, ok, err
	}
	return r.keystore.Session(ctx, r.own)
}

// makeFrom gets the session of a step from AWS. The call uses the session of the step before.
// If that session came from the cache and AWS refuses it (its keys may have been deleted),
// makeFrom makes it again, once.
func (r *run) makeFrom(ctx context.Context, i int) (aws.Credentials, error) {
	if i == 0 {
		return r.fetch(ctx, 0)
	}
	from, cached, err := r.obtain(ctx, i-1, "")
	if err != nil {
		return aws.Credentials{}, err
	}
	if r.plan.Steps[i].Primes && !r.keystore.Typed() {
		return aws.Credentials{}, errNotBought // it would save no passphrase
	}
	c, err := r.askFor(ctx, i, from)
	if cached && errors.Is(err, ErrSourceRefused) {
		if from, _, err = r.obtain(ctx, i-1, from.AccessKeyID); err != nil {
			return aws.Credentials{}, err
		}
		return r.askFor(ctx, i, from)
	}
	return c, err
}

// cached looks for a usable session of a step.
func (r *run) cached(ctx context.Context, i int, dead string) (aws.Credentials, bool, error) {
	w := r.plan.Want
	if w.Fresh || r.signedOut || !r.plan.Steps[i].Kind.Cacheable() {
		return aws.Credentials{}, false, nil
	}
	c, ok, err := r.session(ctx, i)
	if err != nil {
		return aws.Credentials{}, false, err
	}
	left, need := c.Expires.Sub(r.Now()), r.plan.minTTL
	if i == len(r.plan.Steps)-1 {
		need = max(need, w.MinLife, r.plan.Min-resolve.MinSlack)
		if !w.Outlasting.IsZero() { // instead of AWS_MIN_TTL: any longer session is an improvement
			need = max(w.Outlasting.Sub(r.Now()), 0) + time.Second
		}
	}
	if !ok || left < need || dead != "" && c.AccessKeyID == dead || r.rightAccount(ctx, i, c, false) != nil {
		return aws.Credentials{}, false, nil
	}
	return c, true, nil
}

// lock waits until no other process is getting the session.
func (r *run) lock(ctx context.Context, i int) (unlock func(), err error) {
	k := r.names[i]
	return r.Lock(ctx, k, "getting the session of "+k.Profile)
}

// askFor gets the session of a step with the credentials of the step before it. It refuses a
// session that has already expired.
func (r *run) askFor(ctx context.Context, i int, from aws.Credentials) (aws.Credentials, error) {
	c, err := r.ask(ctx, i, from)
	if err == nil {
		err = r.past(i, c)
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	return c, nil
}

func (r *run) ask(ctx context.Context, i int, from aws.Credentials) (aws.Credentials, error) {
	request := r.request(i)
	request.From = from
	if r.sources.Ready != nil {
		if err := r.sources.Ready(request); err != nil {
			return aws.Credentials{}, err
		}
	}
	if request.MFASerial != "" {
		return r.withCode(ctx, request, r.plan.Want.MFAToken)
	}
	c, err := r.call(ctx, request)
	if request.Less > 0 && errors.Is(err, ErrTooLong) {
		r.person.Say(fmt.Sprintf("vault: %s: %s (%s) is more than the role allows; it is assumed for %s",
			request.Profile, line.Exact(request.Duration), r.plan.Limit(i), line.Exact(request.Less)))
		request.Duration = request.Less
		return r.call(ctx, request)
	}
	return c, err
}

func (r *run) request(i int) Request {
	return Request{Step: r.plan.Steps[i], Call: r.plan.Call(i), CABundle: r.plan.CABundle, STS: r.plan.STS()}
}

// fetch gets the credentials of a step that needs no others.
func (r *run) fetch(ctx context.Context, i int) (c aws.Credentials, err error) {
	s := r.plan.Steps[i]
	switch s.Kind {
	case resolve.StoredKeys:
		return r.storedKeys(ctx, s.Profile)
	case resolve.FileKeys:
		c = r.plan.FileKeys()
	default:
		c, err = r.call(ctx, r.request(i))
	}
	if err == nil {
		err = r.past(i, c)
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	return c, nil
}

// longest is the longest session that AWS issues. A later expiry must be wrong, and would keep
// vault from ever asking again.
const longest = 36 * time.Hour

// call asks the source of a step.
func (s *Session) call(ctx context.Context, r Request) (aws.Credentials, error) {
	source, ok := s.sources.Of[r.Kind]
	if !ok {
		return aws.Credentials{}, fmt.Errorf("no source for %s", r.Kind)
	}
	c, err := source.Credentials(ctx, r)
	if err == nil && (c.AccessKeyID == "" || c.SecretAccessKey == "") { // with empty variables, programs would use any other credentials they find
		return aws.Credentials{}, Failed(r.Step, r.Origin(), errors.New("it delivered no credentials"), "")
	}
	if last := s.Now().Add(longest).Truncate(time.Second); r.Kind.Calls() && c.Expires.After(last) {
		c.Expires = last
	}
	return c, err
}

// past refuses credentials that have expired.
func (r *run) past(i int, c aws.Credentials) error {
	s, now := r.plan.Steps[i], r.Now()
	if c.Expires.IsZero() || c.Expires.After(now) {
		return nil
	}
	const form = "2006-01-02T15:04:05Z"
	if s.Kind.Calls() && s.Kind != resolve.SSO {
		return fault.Hinted(fmt.Errorf("%s: the answer from AWS expired at %s, and the clock of this computer says %s",
			r.plan.Call(i), c.Expires.UTC().Format(form), now.UTC().Format(form)), "set the clock, or turn on time synchronisation")
	}
	at, what, hint := c.Expires.Format(form), "the credentials that it delivered expired at ", "is the clock right?"
	switch s.Kind {
	case resolve.FileKeys:
		what, hint = "they expired at ", "sign in again with the program that wrote them, or remove them from the file"
		if s.Hides != "" {
			what = "they hide " + s.Hides + ", and expired at "
			hint = "remove them from the file, and the profile uses its other setting"
		}
	case resolve.Environment:
		what, hint = "AWS_CREDENTIAL_EXPIRATION says that they expired at ", "set new keys, or unset AWS_CREDENTIAL_EXPIRATION if it belongs to others"
	}
	return Failed(s, s.Origin(), errors.New(what+at), hint)
}

// storedKeys reads the keys, once in a run.
func (r *run) storedKeys(ctx context.Context, profile string) (aws.Credentials, error) {
	if r.keys == nil {
		c, err := r.keystore.Keys(ctx, profile)
		if err != nil {
			return aws.Credentials{}, err
		}
		r.keys = &c
	}
	return *r.keys, nil
}

// recursion refuses to run a process that is already running for the same profile.
func (r *run) recursion(s resolve.Step) error {
	if s.Kind != resolve.Process || !slices.Contains(r.world.Calling, s.Profile) {
		return nil
	}
	return Failed(s, "credential_process", errors.New("it calls vault for the same profile again"), "name another profile in it, or another program")
}
