package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/signin"
)

// plans returns the plans of all profiles, and findings about profiles that have none.
func (e *Examination) plans() (plans []*resolve.Plan, broken []Finding) {
	config, err := e.config()
	if err != nil {
		return nil, nil
	}
	stored, storeErr := e.stored()
	outside := e.outside()
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
			// If that is unknown, assume that there is a key.
			Stored: func(profile string) bool { return storeErr != nil || slices.Contains(stored, profile) },
			Getenv: outside,
		})
		if err == nil {
			plans = append(plans, plan)
			continue
		}
		state := Problem
		if settingsOnly(config, name) {
			if name == "default" || included[name] {
				continue
			}
			state = Warning // its key may be elsewhere
		}
		f := Finding{State: state, Text: err.Error(), Hint: fault.HintOf(err)}
		if quoted := fmt.Sprintf("profile %q", name); !strings.Contains(f.Text, " "+quoted) {
			f.Text = quoted + ": " + f.Text
		}
		broken = append(broken, f)
	}
	return plans, broken
}

// settingsOnly reports whether a profile has no settings about its credentials. Such a
// profile, a [default] with a region for example, may only exist for others.
func settingsOnly(config *awsconf.Config, name string) bool {
	p, err := config.Profile(name)
	if err != nil {
		return false
	}
	for _, key := range append(resolve.Identity(), "include_profile") {
		if _, ok := p.Get(key); ok && key != "account" && !strings.HasPrefix(key, "vault_") && key != "sso_region" {
			return false
		}
	}
	return true
}

// checkProfiles makes a plan for every profile, without the network, and with only the names
// in the keystore.
func (e *Examination) checkProfiles(context.Context) []Finding {
	plans, broken := e.plans()
	if len(broken) > 0 {
		return Few(broken, mostShown)
	}
	if len(plans) == 0 {
		return []Finding{{State: Note, Text: "no profiles yet", Hint: "vault add NAME, or vault sso sync"}}
	}
	unasked := "AWS was not asked"
	if _, err := e.stored(); err != nil {
		unasked = "neither AWS nor the keystore was asked"
	}
	looks := "looks"
	if len(plans) > 1 {
		looks = "look"
	}
	return []Finding{{Text: fmt.Sprintf("%s %s complete (%s)", line.Count(len(plans), "profile"), looks, unasked)}}
}

// checkSignIns reports the person's sign-ins, and how long they last.
func (e *Examination) checkSignIns(context.Context) []Finding {
	config, err := e.config()
	if err != nil || e.Places.Home == "" {
		return nil
	}
	getenv := e.outside()
	seen := map[string]bool{}
	var found []Finding
	look := func(in *resolve.SignIn, argument string) {
		title := e.SignIns.Title(in)
		if seen[title] {
			return
		}
		seen[title] = true
		until, renewable, err := e.SignIns.Until(in)
		f := Finding{}
		switch {
		case err != nil:
			f = Finding{State: Problem, Text: fmt.Sprintf("sign-in to %s: %s", title, err)}
		case until.IsZero() || !until.After(e.Now()) && !renewable:
			f = Finding{State: Note, Text: fmt.Sprintf("not signed in to %s", title), Hint: "vault sso login " + typeable(argument)}
		case renewable:
			f.Text = fmt.Sprintf("signed in to %s, and it renews by itself", title)
		default:
			f.Text = fmt.Sprintf("signed in to %s, %s", title, e.Expiry(until))
		}
		found = append(found, f)
	}
	for _, name := range config.SSOSessions() {
		in, _, err := resolve.NewSignIn(resolve.Inputs{Config: config, Profile: name, Getenv: getenv}, name)
		if err != nil {
			found = append(found, Finding{State: Problem, Text: err.Error()})
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
	return Few(found, mostShown)
}

// loginFinding reports whether a profile has a session of `aws login`.
func (e *Examination) loginFinding(s resolve.Step) Finding {
	until, err := e.SignIns.Login(s)
	f := Finding{State: Note, Hint: "aws login --profile " + typeable(s.Profile)}
	needed := (*signin.NeededError)(nil)
	switch {
	case errors.As(err, &needed):
		f.Text = err.Error()
	case err != nil:
		f.State, f.Text = Problem, err.Error()
	default:
		f = Finding{Text: fmt.Sprintf("aws login of profile %q: credentials until %s, renewed from there", s.Profile, until.Local().Format(time.DateTime))}
	}
	return f
}
