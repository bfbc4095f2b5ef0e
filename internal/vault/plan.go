package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"awsvault/internal/agent"
	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// Plan is a decided way to the credentials of a profile, and the session that can
// go it.
type Plan struct {
	*resolve.Plan
	Want Want

	session *Session
	minTTL  time.Duration
	said    Said   // tells the revision of stored keys; nil: the keystore does
	version string // what the keystore has said just now; empty: it is asked
}

// Result is what a plan delivers: the credentials, and whose they are as far as
// that is known without asking AWS.
type Result struct {
	aws.Credentials
	ARN     string // of the role session; empty for a user
	Account string // 12 digits, or empty
}

// Plan decides how to get what is wanted. It reads the AWS files and asks the
// keystore whether keys are stored; it calls no one.
func (s *Session) Plan(ctx context.Context, w Want) (*Plan, error) {
	primes := !s.world.WithoutKeys && !w.Key && s.keystore.Primes(ctx)
	p, err := s.plan(w, primes, func(profile string) (bool, error) { return s.keystore.Has(ctx, profile) })
	if err != nil || p.Direct == nil {
		return p, err
	}
	return p.way(ctx), nil
}

// plan decides, with an answer to whether a profile has stored keys, and whether a
// session is to spare passphrases.
func (s *Session) plan(w Want, primes bool, stored func(profile string) (bool, error)) (*Plan, error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	minTTL, err := resolve.MinTTL(s.Getenv)
	if err != nil {
		return nil, err
	}
	patterns, badPattern := s.patterns(config)
	in := s.inputs(config, w)
	in.Prime = primes
	in.Protected = func(profile string) bool {
		protected, err := fits(patterns, profile)
		return protected || badPattern != nil || err != nil
	}
	var unread error
	in.Stored = func(profile string) bool {
		if s.world.WithoutKeys {
			return false
		}
		found, err := stored(profile)
		if err != nil && unread == nil {
			unread = err
		}
		return found
	}
	plan, err := resolve.NewPlan(in)
	if unread != nil {
		return nil, unread
	}
	if missing := (*awsconf.NotFoundError)(nil); errors.As(err, &missing) && missing.Why == "" && missing.Bare == (awsconf.Pos{}) && len(config.Names()) == 0 {
		err = fault.Hinted(err, "vault add "+line.Word(w.Profile)+"   stores a key and writes the profile")
	}
	if err != nil {
		return nil, err
	}
	if badPattern != nil {
		return nil, badPattern
	}
	if w.Printed {
		if err := plan.Agent.Prints(plan.Profile, plan.Narrowed.Given()); err != nil {
			return nil, err
		}
	}
	protected, err := fits(patterns, plan.Profile)
	if err != nil {
		return nil, err
	}
	plan.Protected = plan.Protected || protected
	return &Plan{Plan: plan, Want: w, session: s, minTTL: minTTL}, nil
}

// inputs are those of a plan, but for the keystore.
func (s *Session) inputs(config *awsconf.Config, w Want) resolve.Inputs {
	by := s.world.Agent
	if !by.Is() {
		by = agent.Said(w.Agent)
	}
	return resolve.Inputs{
		Agent:  by,
		Config: config, Profile: w.Profile, Getenv: s.Getenv,
		Region: w.Region, Duration: w.Duration, NoSession: w.NoSession, Key: w.Key, OnTop: w.OnTop,
		Min: w.Min, ReadOnly: w.ReadOnly, Policies: w.Policies, ReadFile: s.world.ReadFile,
		PreferProfileRegion: w.OwnRegion, Console: w.Console, SessionName: s.sessionName(),
	}
}

// sessionName is the role session name where none is configured: who it was, for
// CloudTrail.
func (s *Session) sessionName() string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if v := s.Getenv(name); v != "" {
			return "vault-" + v
		}
	}
	return "vault"
}

// Obtain plans and carries the plan out, telling the person its notes. The checks
// come in between.
//
// A cached session is delivered without opening the keystore, see Cached. In all
// other cases the keystore is asked, so that what another program has changed in it
// is noticed as soon as a session has to be made.
func (s *Session) Obtain(ctx context.Context, w Want, checks ...func(*Plan) error) (*Plan, Result, error) {
	s = s.frozen()
	p, r, cached := s.Cached(ctx, w)
	if !cached {
		var err error
		if p, err = s.Plan(ctx, w); err != nil {
			return nil, Result{}, err
		}
	}
	for _, check := range checks {
		if err := check(p); err != nil {
			return nil, Result{}, err
		}
	}
	for _, note := range p.Notes {
		s.person.Say("vault: " + note)
	}
	if cached {
		return p, r, nil
	}
	p, r, err := p.carryOut(ctx)
	if err == nil {
		err = p.lastsEnough(r.Credentials)
	}
	return p, r, err
}

// lastsEnough refuses credentials that end before they may.
func (p *Plan) lastsEnough(c aws.Credentials) error {
	left := c.Expires.Sub(p.session.Now())
	switch {
	case p.Min == 0 || c.SessionToken == "" && c.Expires.IsZero():
		return nil
	case c.Expires.IsZero():
		return p.TooShort("does not say when it ends")
	case left < p.Min-resolve.MinSlack:
		return p.TooShort("ends in " + line.Rounded(left))
	}
	return nil
}

// errNotSaid says that the keystore has not been asked yet.
var errNotSaid = errors.New("the keystore has not said it")

// Cached delivers a cached session by what the keystore has said before. It opens no
// keystore, asks no person and makes no call, so it is quick. Not found means only
// that the way of Plan has to be gone.
func (s *Session) Cached(ctx context.Context, w Want) (*Plan, Result, bool) {
	if w.Fresh {
		return nil, Result{}, false
	}
	said := s.keystore.Said()
	p, err := s.plan(w, !s.world.WithoutKeys && !w.Key && said.Primes(ctx), func(profile string) (bool, error) {
		exists, known, _ := said.Key(profile)
		if !known {
			return false, errNotSaid
		}
		return exists, nil
	})
	if err != nil {
		return nil, Result{}, false
	}
	for p.said = said; ; p = p.direct() {
		r, ok, err := p.cached(ctx)
		if err != nil || ok || p.Direct == nil {
			p.said = nil // whatever else is done with the plan, the keystore is asked
			return p, r, ok && err == nil
		}
	}
}

// Credentials carries the plan out: from the cache, or from AWS.
func (p *Plan) Credentials(ctx context.Context) (Result, error) {
	_, r, err := p.carryOut(ctx)
	return r, err
}

// carryOut carries the plan out, and says which it was: the key may have been needed.
func (p *Plan) carryOut(ctx context.Context) (*Plan, Result, error) {
	r, err := p.newRun(ctx)
	if err != nil {
		return p, Result{}, plain(ctx, err)
	}
	c, _, err := r.obtain(ctx, len(p.Steps)-1, "")
	if err != nil {
		return p, Result{}, plain(ctx, err)
	}
	if err := p.withheld(c); err != nil {
		return p, Result{}, err
	}
	if r.direct {
		p = p.direct()
	}
	return p, p.result(c), nil
}

// withheld refuses long-lived keys to an agent. The plan refuses those that are stored; what
// a program or a server gives is known when it has been asked.
func (p *Plan) withheld(c aws.Credentials) error {
	if !p.Agent.Is() || c.SessionToken != "" {
		return nil
	}
	return p.Agent.Keys(p.Profile, "its source of credentials must provide a session token")
}

// Cached delivers the plan's credentials if they are in the cache. It asks no
// person and makes no call.
func (p *Plan) Cached(ctx context.Context) (Result, bool, error) {
	r, ok, err := p.cached(ctx)
	if err == nil && !ok && p.Direct != nil { // made with the key itself
		return p.direct().cached(ctx)
	}
	return r, ok, err
}

func (p *Plan) cached(ctx context.Context) (Result, bool, error) {
	r, err := p.newRun(ctx)
	if err != nil {
		return Result{}, false, plain(ctx, err)
	}
	c, ok, err := r.cached(ctx, len(p.Steps)-1, "")
	if err != nil || !ok || p.withheld(c) != nil {
		return Result{}, false, plain(ctx, err)
	}
	return p.result(c), true, nil
}

func (p *Plan) result(c aws.Credentials) Result {
	return Result{Credentials: c, ARN: p.Last().ARN(), Account: p.Owner()}
}

// SessionKey names what the plan delivers; the zero key if it delivers long-lived
// keys. It makes no call and opens no keystore that asks.
func (p *Plan) SessionKey(ctx context.Context) (aws.SessionKey, error) {
	r, err := p.newRun(ctx)
	switch s := p.Last(); {
	case err != nil || s.Kind == resolve.StoredKeys:
		return aws.SessionKey{}, plain(ctx, err)
	case !s.Kind.Cacheable():
		return aws.SessionKey{Type: s.Kind.String(), Profile: s.Profile, Hash: s.CacheKey(s.LoginSession)}, nil
	}
	return r.names[len(r.names)-1], nil
}

// Identity asks AWS whose credentials these are: GetCallerIdentity, which needs
// no permission.
func (p *Plan) Identity(ctx context.Context, c aws.Credentials) (arn, account string, err error) {
	return p.session.sources.Identity(ctx, Request{
		Step: resolve.Step{Endpoint: p.STS()}, From: c, CABundle: p.CABundle,
		Call: resolve.Call{Op: "GetCallerIdentity", Subject: fmt.Sprintf("for %q", p.Profile), Step: 1, Steps: 1},
	})
}

// Federate trades keys that turned out to be a user's own for a session that AWS's
// console takes. It is not cached.
func (p *Plan) Federate(ctx context.Context, c aws.Credentials) (aws.Credentials, error) {
	step, call, err := p.Federation()
	if err != nil {
		return aws.Credentials{}, err
	}
	c, err = p.session.call(ctx, Request{Step: step, From: c, Call: call, CABundle: p.CABundle})
	if err == nil {
		p.writeDown(step, c)
	}
	return c, plain(ctx, err)
}

// Target is what should be active in a shell with these credentials.
func (p *Plan) Target(r Result) env.Target {
	last, duration := p.Last(), p.Want.Duration
	if duration == 0 && p.Want.Min > 0 { // a renewal lasts as long
		duration = last.Duration
	}
	about := env.About{
		Account: r.Account, ARN: r.ARN, RegionFrom: p.Region.From, Lifetime: last.Duration, Protected: p.Protected,
		NoSession: p.Want.NoSession, Region: p.Want.Region, Duration: duration,
		ReadOnly: p.Want.ReadOnly, Policies: p.written(), Narrowed: p.Narrowed.Mark(), Agent: p.Agent.By,
		Backend: p.session.keys, SessionBackend: p.session.sessions,
	}
	switch last.Kind {
	case resolve.SSO:
		about.Role = last.SSORole
	case resolve.StoredKeys, resolve.FileKeys, resolve.GetSessionToken:
		about.Own = about.ARN == ""
	}
	return env.Target{Profile: p.Profile, Region: p.Region.Text, Credentials: r.Credentials, Endpoints: p.endpoints(), About: about}
}

// written are the wanted policies as a shell remembers them. Those of a file are written
// out: the file may be changed, or be another one in another directory.
func (p *Plan) written() []string {
	var out []string
	for _, policy := range p.Want.Policies {
		if resolve.IsDocument(policy) || resolve.IsFile(policy) {
			policy = p.Narrowed.Document
		}
		out = append(out, policy)
	}
	return out
}

// endpoints are the profile's own, as variables.
func (p *Plan) endpoints() env.Endpoints {
	var out env.Endpoints
	for _, e := range p.Plan.Endpoints {
		if name, ok := env.EndpointVariable(e.Service); ok {
			if out == nil {
				out = env.Endpoints{}
			}
			out[name] = e.URL
		}
	}
	return out
}

// Owner is a plan without steps: enough to ask AWS whose a key is that no profile
// has yet. region is where to ask; empty: the profile's.
func (s *Session) Owner(profile, region string) (*Plan, error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	plan, err := resolve.NewOwner(resolve.Inputs{Config: config, Profile: profile, Region: region, Getenv: s.Getenv})
	if err != nil {
		return nil, err
	}
	return &Plan{Plan: plan, session: s}, nil
}
