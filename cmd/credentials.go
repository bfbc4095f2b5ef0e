package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	drivers "awsvault/internal/mfa"
	"awsvault/internal/resolve"
	"awsvault/internal/store"
	"awsvault/internal/tty"
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
	// console: they are to open the console with.
	console bool
	// around: not a profile's, but those in the environment.
	around bool
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

// plan decides how to get what is wanted, and what that needs.
func (a *App) plan(w want) (*resolve.Plan, resolve.Deps, error) {
	var deps resolve.Deps
	config, err := a.config()
	if err != nil {
		return nil, deps, err
	}
	outside := a.outside()
	getenv := func(name string) string { return outside[name] }
	if w.around {
		if config, getenv, err = a.aroundConfig(); err != nil {
			return nil, deps, err
		}
	}
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
			if w.around {
				return false
			}
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
		Console:             w.console,
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
	lock := func(ctx context.Context) (func(), error) { return c.s.Lock(ctx, store.SessionKey(k)) }
	return c.app.waitFor(ctx, lock, "getting the session of "+oneLine(k.Profile))
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
	driver, person, err := m.driver(q)
	if err != nil {
		return resolve.MFACode{}, err
	}
	if q.Refused != nil && !person {
		// It would print the same code again.
		m.app.say("vault: " + refusal(q.Refused) + "; waiting for it")
		if err := m.app.nextCode(ctx); err != nil {
			return resolve.MFACode{}, err
		}
	}
	code, err := driver.Code(ctx, drivers.Request{Serial: device(q.Serial), Profile: q.Profile, Stderr: m.app.stderr})
	return resolve.MFACode{Text: code, Retry: true}, err
}

// driver is who knows the code: the profile's mfa_process, else what --prompt
// says, else whoever is there. person says that it is somebody who types it.
func (m mfa) driver(q resolve.MFARequest) (d drivers.Driver, person bool, err error) {
	a := m.app
	if q.Process != "" {
		a.heed()
		return drivers.Process(q.Process, a.programEnviron(q.Profile)), false, nil
	}
	if a.alone {
		return nil, false, &resolve.PersonNeededError{Serial: q.Serial, Profile: q.Profile}
	}
	s := drivers.Settings{Name: a.globals.Prompt, Env: a.getenv, Look: exec.LookPath, Environ: a.childEnviron(), OS: runtime.GOOS}
	if t, err := a.terminal(); err == nil {
		s.Terminal = asked{t, q.Refused}
	}
	a.heed()
	d, err = drivers.Choose(s)
	if err != nil && s.Name != "" && !slices.Contains(drivers.Names(), s.Name) {
		err = &usageError{text: err.Error()}
	}
	if err != nil && (s.Name == "" || s.Name == "terminal") {
		err = &resolve.PersonNeededError{Serial: q.Serial, Profile: q.Profile}
	}
	return d, s.Name != "ykman" && s.Name != "pass", err
}

// asked is the terminal as a driver.
type asked struct {
	t       *tty.TTY
	refused error
}

// Code asks. What is typed may be no code: resolve says so, and asks again.
func (a asked) Code(ctx context.Context, r drivers.Request) (string, error) {
	if a.refused != nil {
		a.t.Print("  " + refusal(a.refused) + "\n")
	}
	return a.t.Ask(ctx, fmt.Sprintf("MFA code for %s (%s): ", oneLine(r.Serial), oneLine(r.Profile)))
}

// nextCode waits until a device shows another code: RFC 6238, 30 seconds.
func (a *App) nextCode(ctx context.Context) error {
	const step = 30 * time.Second
	wait := time.NewTimer(step - time.Duration(a.now().UnixNano())%step + 500*time.Millisecond)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
