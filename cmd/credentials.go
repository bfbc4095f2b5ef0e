package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/resolve"
	"awsvault/internal/store"
)

// want is what a command asks credentials for.
type want struct {
	profile   string
	region    string
	duration  time.Duration
	noSession bool
	mfaToken  string
	fresh     bool
	// minLife is what the credentials must have left: more than those that are to
	// be replaced.
	minLife time.Duration
	// ownRegion: the profile's region comes before AWS_REGION, as `use` wants it.
	ownRegion bool
}

// again is the want of an activation that is to be renewed.
func again(s env.State) want {
	return want{
		profile: s.Profile, region: s.About.Region, duration: s.About.Duration, noSession: s.About.NoSession,
		ownRegion: true,
	}
}

// obtained is what came of it.
type obtained struct {
	plan   *resolve.Plan
	deps   resolve.Deps
	result resolve.Result
}

func (o obtained) target() env.Target {
	role := ""
	if last := o.plan.Steps[len(o.plan.Steps)-1]; last.Kind == resolve.SSO {
		role = last.SSORole
	}
	return env.Target{
		Profile:     o.plan.Profile,
		Region:      o.plan.Region.Text,
		Credentials: env.Credentials(o.result.Credentials),
		About: env.About{
			Account:    o.result.Account,
			ARN:        o.result.ARN,
			Role:       role,
			RegionFrom: o.plan.Region.From,
			Lifetime:   o.plan.Steps[len(o.plan.Steps)-1].Duration,
			Protected:  o.plan.Protected,
		},
	}
}

// obtain resolves a profile to credentials: from the cache, or from AWS. The
// checks come before both.
func (a *App) obtain(w want, checks ...func(*resolve.Plan) error) (obtained, error) {
	plan, deps, err := a.plan(w)
	if err != nil {
		return obtained{}, err
	}
	for _, check := range checks {
		if err := check(plan); err != nil {
			return obtained{}, err
		}
	}
	for _, note := range plan.Notes {
		a.say("vault: " + note)
	}
	result, err := plan.Credentials(a.ctx, deps)
	if err != nil {
		return obtained{}, err
	}
	return obtained{plan, deps, result}, nil
}

// cached is obtain without a call, a question or a note.
func (a *App) cached(w want) (obtained, bool, error) {
	plan, deps, err := a.plan(w)
	if err != nil {
		return obtained{}, false, err
	}
	result, ok, err := plan.Cached(a.ctx, deps)
	return obtained{plan, deps, result}, ok, err
}

// plan decides how to get what is wanted, and what that needs.
func (a *App) plan(w want) (*resolve.Plan, resolve.Deps, error) {
	var deps resolve.Deps
	config, err := a.config()
	if err != nil {
		return nil, deps, err
	}
	outside := a.outside()
	getenv := func(name string) string { return outside[name] }
	minTTL, err := resolve.MinTTL(getenv)
	if err != nil {
		return nil, deps, err
	}
	s := a.store()
	var storeErr error
	plan, err := resolve.NewPlan(resolve.Inputs{
		Config:  config,
		Profile: w.profile,
		Stored: func(profile string) bool {
			found, err := s.Has(a.ctx, profile)
			if err != nil && storeErr == nil {
				storeErr = err
			}
			return found
		},
		Getenv:              getenv,
		Region:              w.region,
		Duration:            w.duration,
		NoSession:           w.noSession,
		PreferProfileRegion: w.ownRegion,
		SessionName:         a.sessionName(),
	})
	if storeErr != nil {
		return nil, deps, storeErr
	}
	if missing := (*awsconf.NotFoundError)(nil); errors.As(err, &missing) && missing.Hint() == "" && len(config.Names()) == 0 {
		err = &hinted{err, "vault add " + oneLine(w.profile) + "   stores a key and writes the profile"}
	}
	if err != nil {
		return nil, deps, err
	}
	if plan.Protected, err = a.protected(plan); err != nil {
		return nil, deps, err
	}
	client := sync.OnceValues(func() (*http.Client, error) { return resolve.HTTPClient(getenv, plan.CABundle) })
	return plan, resolve.Deps{
		Keys:     keys{s},
		KeyID:    s.Revision,
		Cache:    cache{a, s},
		MFA:      mfa{a, w.mfaToken},
		HTTP:     client,
		SSO:      a.ssoCredentials(client),
		Login:    a.loginCredentials(client),
		Run:      a.run(w.profile),
		ReadFile: a.readNamed,
		Getenv:   getenv,
		Calling:  a.calling(),
		Now:      a.now,
		Fresh:    w.fresh,
		MinTTL:   minTTL,
		MinLife:  w.minLife,
		Warn:     func(err error) { a.say("vault: warning: " + err.Error()) },
	}, nil
}

// sessionName is the role session name where none is configured: who it was, for
// CloudTrail.
func (a *App) sessionName() string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if v := a.getenv(name); v != "" {
			return "vault-" + v
		}
	}
	return "vault"
}

// keys gives resolve the stored keys.
type keys struct{ s *store.Store }

func (k keys) Keys(ctx context.Context, profile string) (resolve.Credentials, error) {
	c, err := k.s.Keys(ctx, profile)
	return resolve.Credentials(c), err
}

// cache gives resolve the sessions.
type cache struct {
	app *App
	s   *store.Store
}

func (c cache) Session(ctx context.Context, k resolve.SessionKey) (resolve.Credentials, bool, error) {
	found, ok, err := c.s.Session(ctx, store.SessionKey(k))
	return resolve.Credentials(found), ok, err
}

func (c cache) PutSession(ctx context.Context, k resolve.SessionKey, v resolve.Credentials) error {
	return c.s.PutSession(ctx, store.SessionKey(k), store.Credentials(v))
}

func (c cache) Lock(ctx context.Context, k resolve.SessionKey) (func(), error) {
	return c.app.waitFor(ctx, store.SessionKey(k), "getting the session of "+oneLine(k.Profile))
}

// mfa gives resolve the codes: from the flag, else from the person.
type mfa struct {
	app   *App
	token string
}

func (m mfa) Code(ctx context.Context, q resolve.MFARequest) (resolve.MFACode, error) {
	if m.token != "" {
		return resolve.MFACode{Text: m.token}, nil
	}
	t, err := m.app.terminal()
	if err != nil {
		return resolve.MFACode{}, &resolve.PersonNeededError{Serial: q.Serial, Profile: q.Profile}
	}
	if q.Refused != nil {
		t.Print("  " + refusal(q.Refused) + "\n")
	}
	code, err := t.Ask(ctx, fmt.Sprintf("MFA code for %s (%s): ", oneLine(device(q.Serial)), oneLine(q.Profile)))
	return resolve.MFACode{Text: code, Retry: true}, err
}

// refusal says briefly why another code is asked for.
func refusal(err error) string {
	if aws := (*resolve.AWSError)(nil); errors.As(err, &aws) {
		return "AWS did not take that code; each works once, so wait for the next one"
	}
	return oneLine(err.Error())
}

// device shortens arn:aws:iam::111122223333:mfa/ana to ana.
func device(serial string) string {
	if _, name, ok := strings.Cut(serial, ":mfa/"); ok {
		return name
	}
	return serial
}
