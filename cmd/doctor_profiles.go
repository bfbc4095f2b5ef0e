package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/awsconf"
	"awsvault/internal/doctor"
	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/signin"
	"awsvault/internal/source"
)

// plans are those of all profiles, and what is wrong with the others.
func (e *examination) plans() (plans []*resolve.Plan, broken []doctor.Finding) {
	config, err := e.config()
	if err != nil {
		return nil, nil
	}
	stored, storeErr := e.stored()
	outside := e.Outside()
	included := map[string]bool{}
	for _, name := range config.Names() {
		if p, err := config.Profile(name); err == nil {
			v, _ := p.Get("include_profile")
			included[v.Text] = true
		}
	}
	for _, name := range config.Names() {
		plan, err := resolve.NewPlan(resolve.Inputs{
			Config: config, Profile: name, SessionName: "vault",
			// What cannot be told is taken to be there.
			Stored: func(profile string) bool { return storeErr != nil || slices.Contains(stored, profile) },
			Getenv: func(name string) string { return outside[name] },
		})
		if err == nil {
			plans = append(plans, plan)
			continue
		}
		state := doctor.Problem
		if settingsOnly(config, name) {
			if name == "default" || included[name] {
				continue
			}
			state = doctor.Warning // perhaps its key is elsewhere
		}
		f := doctor.Finding{State: state, Text: err.Error(), Hint: fault.HintOf(err)}
		if quoted := fmt.Sprintf("profile %q", name); !strings.Contains(f.Text, " "+quoted) {
			f.Text = quoted + ": " + f.Text
		}
		broken = append(broken, f)
	}
	return plans, broken
}

// settingsOnly: a profile that says nothing of where its credentials are from,
// such as a [default] with a region, may be there for others.
func settingsOnly(config *awsconf.Config, name string) bool {
	p, err := config.Profile(name)
	if err != nil {
		return false
	}
	for _, key := range append(slices.Clone(ownIdentity), "aws_access_key_id", "include_profile") {
		if _, ok := p.Get(key); ok {
			return false
		}
	}
	return true
}

// checkProfiles plans every profile: no network, no keystore but its names.
func (e *examination) checkProfiles(context.Context) []doctor.Finding {
	plans, broken := e.plans()
	if len(broken) > 0 {
		return doctor.Few(broken, mostShown)
	}
	if len(plans) == 0 {
		return []doctor.Finding{{State: doctor.Note, Text: "no profiles yet", Hint: "vault add NAME, or vault sso sync"}}
	}
	without := "AWS"
	if _, err := e.stored(); err != nil {
		without = "AWS and the keystore"
	}
	return []doctor.Finding{{Text: fmt.Sprintf("%s can be used, as far as that is known without %s", front.Counted(len(plans), "profile"), without)}}
}

// checkSignIns says who is signed in to what, and until when.
func (e *examination) checkSignIns(context.Context) []doctor.Finding {
	config, err := e.config()
	if err != nil || e.Below() == "" {
		return nil
	}
	getenv := e.outsider()
	seen := map[string]bool{}
	var found []doctor.Finding
	look := func(in *resolve.SignIn, argument string) {
		session := source.SSOSession(in)
		if seen[session.Title()] {
			return
		}
		seen[session.Title()] = true
		until, renewable, err := source.SSO(e.sources(), e.session().As(e.nobody()), resolve.Setting{}).Token(session)
		f := doctor.Finding{}
		switch {
		case err != nil:
			f = doctor.Finding{State: doctor.Problem, Text: fmt.Sprintf("sign-in to %s: %s", session.Title(), err)}
		case until.IsZero() || !until.After(e.Now()) && !renewable:
			f = doctor.Finding{State: doctor.Note, Text: fmt.Sprintf("nobody is signed in to %s", session.Title()), Hint: "vault sso login " + hintName(argument)}
		case renewable:
			f.Text = fmt.Sprintf("signed in to %s, and it renews by itself", session.Title())
		default:
			f.Text = fmt.Sprintf("signed in to %s, %s", session.Title(), e.Expiry(until))
		}
		found = append(found, f)
	}
	for _, name := range config.SSOSessions() {
		in, _, err := resolve.NewSignIn(resolve.Inputs{Config: config, Profile: name, Getenv: getenv}, name)
		if err != nil {
			found = append(found, doctor.Finding{State: doctor.Problem, Text: err.Error()})
			continue
		}
		look(in, name)
	}
	plans, _ := e.plans()
	for _, p := range plans {
		for _, s := range p.Steps {
			switch {
			case s.SignIn != nil:
				look(s.SignIn, p.Profile)
			case s.Kind == resolve.Login && !seen["login "+s.LoginSession]:
				seen["login "+s.LoginSession] = true
				found = append(found, e.loginFinding(s))
			}
		}
	}
	return doctor.Few(found, mostShown)
}

// loginFinding says whether `aws login` has left something for a profile.
func (e *examination) loginFinding(s resolve.Step) doctor.Finding {
	until, err := source.Login(e.sources(), e.session().As(e.nobody()), s, resolve.Setting{}).Until(source.LoginSession(s))
	f := doctor.Finding{State: doctor.Note, Hint: "aws login --profile " + hintName(s.Profile)}
	needed := (*signin.NeededError)(nil)
	switch {
	case errors.As(err, &needed):
		f.Text = err.Error()
	case err != nil:
		f.State, f.Text = doctor.Problem, err.Error()
	default:
		f = doctor.Finding{Text: fmt.Sprintf("aws login of profile %q: credentials until %s, renewed from there", s.Profile, until.Local().Format(time.DateTime))}
	}
	return f
}
