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

// Plan is a decided way to get the credentials of a profile, with the session that carries it
// out.
type Plan struct {
	*resolve.Plan
	Want Want

	session *Session
	minTTL  time.Duration
	said    Said   // provides the revision of stored keys; nil: ask the keystore
	version string // the revision that the keystore has just reported; empty: ask
}

// Result holds the credentials that a plan delivers, and their owner if that is known without
// a call to AWS.
type Result struct {
	aws.Credentials
	ARN     string // the role session; empty for a user
	Account string // 12 digits, or empty

	// Narrowed and Agent are those of [env.About], for credentials that renew others.
	Narrowed, Agent string
}

// Plan decides how to get the wanted credentials. It reads the AWS files and asks the keystore
// whether keys are stored. It makes no call.
func (s *Session) Plan(ctx context.Context, w Want) (*Plan, error) {
	primes := !s.world.WithoutKeys && !w.Key && s.keystore.Primes(ctx)
	p, err := s.plan(w, primes, func(profile string) (bool, error) { return s.keystore.Has(ctx, profile) })
	if err != nil || p.Direct == nil {
		return p, err
	}
	return p.way(ctx), nil
}

// plan decides how to get the credentials. stored reports whether a profile has stored keys,
// and primes whether a session should save passphrases.
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
		err = fault.Hinted(err, "vault sso add   for IAM Identity Center, or vault add "+line.Word(w.Profile)+"   for an access key")
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

// inputs returns the inputs of a plan, without those of the keystore.
func (s *Session) inputs(config *awsconf.Config, w Want) resolve.Inputs {
	by := s.world.Agent
	if !by.Is() {
		by = agent.Said(w.Agent)
	}
	return resolve.Inputs{
		Agent:  by,
		Config: config, Profile: w.Profile, Getenv: s.Getenv,
		Region: w.Region, Shell: w.shellRegion, Duration: w.Duration, NoSession: w.NoSession, Key: w.Key, OnTop: w.OnTop,
		Min: w.Min, ReadOnly: w.ReadOnly, Policies: w.Policies, ReadFile: s.world.ReadFile,
		PreferProfileRegion: w.OwnRegion, Console: w.Console, SessionName: s.sessionName(),
	}
}

// sessionName is the role session name if none is configured. It tells CloudTrail who acted.
func (s *Session) sessionName() string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if v := s.Getenv(name); v != "" {
			return "vault-" + v
		}
	}
	return "vault"
}

// Obtain makes a plan, tells the person its notes, and carries it out. The checks run after
// the planning.
//
// It delivers a cached session without opening the keystore, see Cached. In all other cases it
// asks the keystore, so it notices what another program has changed there as soon as it has to
// make a session.
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

// lastsEnough refuses credentials that expire too early for the plan's Min.
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

// errNotSaid means that the keystore has not been asked yet.
var errNotSaid = errors.New("the keystore has not said it")

// Cached delivers a cached session, based on what the keystore has reported before. It opens
// no keystore, asks no person and makes no call, so it is quick. If it finds none, the caller
// has to make a Plan.
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
			p.said = nil // the keystore answers every later question about the plan
			return p, r, ok && err == nil
		}
	}
}

// Credentials carries out the plan: from the cache, or from AWS.
func (p *Plan) Credentials(ctx context.Context) (Result, error) {
	_, r, err := p.carryOut(ctx)
	return r, err
}

// carryOut carries out the plan. It also returns the plan that was used: that may be the one
// with the key itself.
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

// withheld refuses to give long-lived keys to an agent. The plan has already refused stored
// keys; keys from a program or a server are known only now.
func (p *Plan) withheld(c aws.Credentials) error {
	if !p.Agent.Is() || c.SessionToken != "" {
		return nil
	}
	return p.Agent.Keys(p.Profile, "its source of credentials must provide a session token")
}

// Cached delivers the plan's credentials if they are in the cache. It asks no person and makes
// no call.
func (p *Plan) Cached(ctx context.Context) (Result, bool, error) {
	r, ok, err := p.cached(ctx)
	if err == nil && !ok && p.Direct != nil { // it may have been made with the key itself
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

// SessionKey returns the cache name of the plan's session, or the zero key if the plan
// delivers long-lived keys. It makes no call, and opens no keystore that asks questions.
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

// Identity asks AWS who owns the credentials, with GetCallerIdentity, which needs no
// permission.
func (p *Plan) Identity(ctx context.Context, c aws.Credentials) (arn, account string, err error) {
	return p.session.sources.Identity(ctx, Request{
		Step: resolve.Step{Endpoint: p.STS()}, From: c, CABundle: p.CABundle,
		Call: resolve.Call{Op: "GetCallerIdentity", Subject: fmt.Sprintf("for %q", p.Profile), Step: 1, Steps: 1},
	})
}

// Federate exchanges a user's own keys for a session that the AWS console accepts. It does not
// cache the session.
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

// Target returns what should be active in a shell with these credentials.
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

// written returns the wanted policies as a shell remembers them. It replaces the name of a
// file with its contents: the file may change, and the name may mean another file in another
// directory.
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

// endpoints returns the profile's own endpoints, as variables.
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

// Owner returns a plan without steps: enough to ask AWS who owns a key that has no profile
// yet. region is where to ask; empty: the profile's region.
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
