package resolve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Cache keeps sessions. A session that it returns may be as good as expired:
// that is judged here. Its errors say of which session they are.
type Cache interface {
	Session(ctx context.Context, k SessionKey) (Credentials, bool, error)
	PutSession(ctx context.Context, k SessionKey, c Credentials) error
	// Lock lets one process at a time get the session.
	Lock(ctx context.Context, k SessionKey) (unlock func(), err error)
}

// Deps is what carrying out a plan needs from the world.
type Deps struct {
	Keys Keys
	// KeyID tells the access key id of a profile's stored keys, or anything else
	// that changes when they do, and takes no passphrase for it: with it a cached
	// session is found without opening the keystore. Nil: the keys are read.
	KeyID func(ctx context.Context, profile string) (string, error)
	Cache Cache // nil: nothing is cached
	MFA   MFA   // nil: nobody can be asked
	// SSO gets the credentials of a step of that kind, signing in if it must and may.
	SSO func(ctx context.Context, s Step) (Credentials, error)
	// Login gets those of a login_session, renewed if need be.
	Login func(ctx context.Context, s Step) (Credentials, error)
	// Run runs a program that a profile names.
	Run Runner
	// ReadFile reads a file that a profile names, ~ and all.
	ReadFile func(path string) ([]byte, error)
	// Getenv reads the person's variables, for credential_source.
	Getenv func(string) string
	// Calling are the profiles whose credential_process this program is run by.
	Calling []string
	// HTTP makes the client for calls to AWS, see [HTTPClient]. It is not called when everything is cached.
	HTTP func() (*http.Client, error)
	Now  func() time.Time
	// Fresh makes every session anew.
	Fresh bool
	// MinTTL is how much a cached session must have left to be used, see [MinTTL].
	MinTTL time.Duration
	// MinLife is what the session that is delivered must have left, if that is
	// more: to renew one before it ends is to ask for more than it has. The
	// sessions that it is made with need not last as long.
	MinLife time.Duration
	// Warn is told what went wrong without doing harm. Nil: nobody is.
	Warn func(error)
}

// Credentials carries the plan out. It looks for the latest step whose session
// is cached and goes on from there, so that nothing is called if the last one is.
//
// Only one process at a time gets a session; the others find it in the cache. A
// cache that cannot be written is a warning, one that cannot be read is an
// error: it is the keystore that is locked or broken then.
func (p *Plan) Credentials(ctx context.Context, d Deps) (Result, error) {
	r, err := p.newRun(ctx, d)
	if err != nil {
		return Result{}, plain(ctx, err)
	}
	last := len(p.Steps) - 1
	c, _, err := r.obtain(ctx, last, "")
	if err != nil {
		return Result{}, plain(ctx, err)
	}
	return Result{Credentials: c, ARN: p.Steps[last].arn(), Account: p.account()}, nil
}

// Identity asks AWS whose credentials these are: GetCallerIdentity, which needs
// no permission.
func (p *Plan) Identity(ctx context.Context, d Deps, c Credentials) (arn, account string, err error) {
	client, err := d.HTTP()
	if err != nil {
		return "", "", err
	}
	api := newCaller(client, d.Now, p.sts, c)
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := api.client.GetCallerIdentity(bounded, nil)
	if err != nil {
		call := Call{Op: "GetCallerIdentity", Subject: fmt.Sprintf("for %q", p.Profile), Step: 1, Steps: 1}
		return "", "", explain(err, call, Step{Endpoint: p.sts}, api.clock.skew)
	}
	return aws.ToString(out.Arn), aws.ToString(out.Account), nil
}

// Cached delivers the plan's credentials if they are in the cache, and asks and
// calls nobody.
func (p *Plan) Cached(ctx context.Context, d Deps) (Result, bool, error) {
	r, err := p.newRun(ctx, d)
	if err != nil {
		return Result{}, false, plain(ctx, err)
	}
	last := len(p.Steps) - 1
	c, ok, err := r.cached(ctx, last, "")
	if err != nil || !ok {
		return Result{}, false, plain(ctx, err)
	}
	return Result{Credentials: c, ARN: p.Steps[last].arn(), Account: p.account()}, true, nil
}

// Session names what the plan delivers; the zero key if it delivers long-lived
// keys. It calls nobody and, given a KeyID, opens no keystore.
func (p *Plan) Session(ctx context.Context, d Deps) (SessionKey, error) {
	r, err := p.newRun(ctx, d)
	last := len(p.Steps) - 1
	switch s := p.Steps[last]; {
	case err != nil || len(r.sessions) == 0 || s.Kind == StoredKeys:
		return SessionKey{}, plain(ctx, err)
	case !s.Kind.cacheable():
		return SessionKey{Type: s.Kind.String(), Profile: s.Profile, Hash: s.CacheKey(s.LoginSession)}, nil
	}
	return r.sessions[last], nil
}

// plain returns the bare context error once the context is cancelled: nobody
// wants to know which call it was that they interrupted.
func plain(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	return err
}

// run is one carrying out of a plan.
type run struct {
	Deps
	plan     *Plan
	sessions []SessionKey // by step; empty without a cache
	keys     *Credentials // the stored keys, once read
	client   *http.Client // once made
	skewed   bool         // the clock was found to be wrong
}

func (p *Plan) newRun(ctx context.Context, d Deps) (*run, error) {
	r := &run{Deps: d, plan: p}
	if d.Cache == nil {
		return r, nil
	}
	id, err := r.sourceID(ctx)
	if err != nil {
		return nil, err
	}
	r.sessions = p.sessionKeys(id)
	return r, nil
}

// sourceID tells apart the sources that a plan can begin with: the access key id,
// or what stands for it where a source has none before it is asked.
func (r *run) sourceID(ctx context.Context) (string, error) {
	base := r.plan.Steps[0]
	switch {
	case len(r.plan.Steps) == 1, base.Kind.cacheable(): // what decides a cached source is in its own key
		return "", nil
	case base.Kind == FileKeys:
		return r.plan.fileKeys.AccessKeyID, nil
	case base.Kind == Environment:
		return r.Getenv("AWS_ACCESS_KEY_ID"), nil
	case base.Kind != StoredKeys:
		return strings.Join([]string{base.Kind.String(), base.Endpoint.URL, base.LoginSession}, "\n"), nil
	}
	if r.KeyID == nil {
		c, err := r.storedKeys(ctx, base)
		return c.AccessKeyID, err
	}
	id, err := r.KeyID(ctx, base.Profile)
	if err != nil {
		return "", fmt.Errorf("read the key id of %q: %w", base.Profile, err)
	}
	return id, nil
}

// obtain delivers the credentials of a step, and whether they come from the
// cache. dead is the access key id of a cached session that AWS refused.
func (r *run) obtain(ctx context.Context, i int, dead string) (c Credentials, cached bool, err error) {
	if err := ctx.Err(); err != nil {
		return Credentials{}, false, err
	}
	s := r.plan.Steps[i]
	if !s.Kind.cacheable() {
		c, err := r.fetch(ctx, s)
		return c, false, err
	}
	if c, ok, err := r.cached(ctx, i, dead); ok || err != nil {
		return c, ok, err
	}
	if err := r.recursion(s); err != nil { // before the lock, which the outer one has
		return Credentials{}, false, err
	}
	unlock, err := r.lock(ctx, i)
	if err != nil {
		return Credentials{}, false, err
	}
	defer unlock()
	// Whoever had the lock has perhaps got the session.
	if c, ok, err := r.cached(ctx, i, dead); ok || err != nil {
		return c, ok, err
	}
	if c, err = r.make(ctx, i); err != nil {
		return Credentials{}, false, err
	}
	r.put(ctx, i, c)
	return c, false, nil
}

// make gets the session of a step from AWS. If AWS will not hear of the cached
// session that the call is made with (the keys behind it may have been deleted),
// that session is made anew, once.
func (r *run) make(ctx context.Context, i int) (Credentials, error) {
	if i == 0 {
		return r.fetch(ctx, r.plan.Steps[0])
	}
	source, cached, err := r.obtain(ctx, i-1, "")
	if err != nil {
		return Credentials{}, err
	}
	c, err := r.call(ctx, i, source)
	if e := (*AWSError)(nil); cached && errors.As(err, &e) && e.sourceRefused() {
		if source, _, err = r.obtain(ctx, i-1, source.AccessKeyID); err != nil {
			return Credentials{}, err
		}
		return r.call(ctx, i, source)
	}
	return c, err
}

// cached looks for a usable session of a step.
func (r *run) cached(ctx context.Context, i int, dead string) (Credentials, bool, error) {
	if r.Cache == nil || r.Fresh || r.plan.Steps[i].Kind == StoredKeys {
		return Credentials{}, false, nil
	}
	c, ok, err := r.Cache.Session(ctx, r.sessions[i])
	if err != nil {
		return Credentials{}, false, err
	}
	need := r.MinTTL
	if i == len(r.plan.Steps)-1 {
		need = max(need, r.MinLife)
	}
	ok = ok && c.Expires.Sub(r.Now()) >= need && (dead == "" || c.AccessKeyID != dead)
	if !ok {
		return Credentials{}, false, nil
	}
	return c, true, nil
}

// lock waits until no other process is getting the session. Where no lock can
// be had, in a read-only home, one goes on without.
func (r *run) lock(ctx context.Context, i int) (unlock func(), err error) {
	if r.Cache == nil {
		return func() {}, nil
	}
	unlock, err = r.Cache.Lock(ctx, r.sessions[i])
	if err == nil {
		return unlock, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	r.warn(err)
	return func() {}, nil
}

func (r *run) put(ctx context.Context, i int, c Credentials) {
	if r.Cache == nil || c.Expires.IsZero() {
		return
	}
	if err := r.Cache.PutSession(ctx, r.sessions[i], c); err != nil {
		r.warn(err)
	}
}

func (r *run) warn(err error) {
	if r.Warn != nil {
		r.Warn(err)
	}
}

// call makes the call of a step with the credentials of the step before it.
func (r *run) call(ctx context.Context, i int, source Credentials) (Credentials, error) {
	if _, err := r.http(); err != nil {
		return Credentials{}, err
	}
	s := r.plan.Steps[i]
	call := func(code string) (Credentials, error) { return r.callWith(ctx, i, source, code) }
	if s.MFASerial != "" {
		return r.withCode(ctx, s, call)
	}
	return call("")
}

// http is the client for calls to AWS, made at the first one.
func (r *run) http() (*http.Client, error) {
	if r.client == nil {
		client, err := r.HTTP()
		if err != nil {
			return nil, err
		}
		r.client = client
	}
	return r.client, nil
}

func (r *run) callWith(ctx context.Context, i int, source Credentials, code string) (Credentials, error) {
	s := r.plan.Steps[i]
	api := newCaller(r.client, r.Now, s.Endpoint, source)
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	var c Credentials
	var err error
	switch s.Kind {
	case GetSessionToken:
		c, err = api.getSessionToken(bounded, s, code)
	case GetFederationToken:
		c, err = api.getFederationToken(bounded, s)
	case AssumeRole:
		c, err = api.assumeRole(bounded, s, code)
	default:
		err = fmt.Errorf("no call for %s", s.Kind)
	}
	if err != nil {
		return Credentials{}, explain(err, r.plan.callOf(i), s, api.clock.skew)
	}
	if skew := api.clock.skew; skew.Abs() > tolerance && !r.skewed {
		r.skewed = true
		r.warn(&ClockError{skew})
	}
	return c, nil
}

// arn is the name of the role session that a step delivers, as AWS would tell
// it: the path of the role is not in it.
func (s Step) arn() string {
	if s.Kind == Login {
		return s.LoginSession
	}
	a, ok := parseARN(s.RoleARN, "iam")
	name, isRole := a.roleName()
	if !ok || !isRole {
		return ""
	}
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", a.partition, a.account, name, s.SessionName)
}

// account is the account of what is delivered: that of the role, or for a user
// that of the MFA device. Empty if neither is known.
func (p *Plan) account() string {
	if p.Account != "" {
		return p.Account
	}
	for _, s := range p.Steps {
		if a, ok := parseARN(s.MFASerial, "iam"); ok {
			return a.account
		}
	}
	return ""
}
