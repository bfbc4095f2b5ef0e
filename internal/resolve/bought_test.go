package resolve_test

import (
	"testing"
	"time"

	"awsvault/internal/resolve"
)

// A code buys one session, for roles and for their user, with the longest duration that the
// settings allow. Without a code, a user's session lasts as long as aws-vault's.
func TestACodeBuysOneSession(t *testing.T) {
	const (
		mfa   = "[profile jon]\nmfa_serial = " + jonMFA + "\n"
		dev   = mfa + "[profile dev]\nrole_arn = " + admin + "\nsource_profile = jon\nmfa_serial = " + jonMFA + "\n"
		hour  = time.Hour
		own   = "AWS_SESSION_TOKEN_TTL"
		chain = "AWS_CHAINED_SESSION_TOKEN_TTL"
	)
	type vars = map[string]string
	for name, c := range map[string]struct {
		profile, config string
		flag            time.Duration
		env             vars
		bought, most    time.Duration
	}{
		"the user":                           {"jon", mfa, 0, nil, 8 * hour, 0},
		"a role":                             {"dev", dev, 0, nil, 8 * hour, 0},
		"the user, for a day":                {"jon", mfa, 24 * hour, nil, 24 * hour, 24 * hour},
		"the user, for an hour":              {"jon", mfa, hour, nil, hour, hour},
		"the user, too briefly":              {"jon", mfa, time.Minute, nil, 15 * time.Minute, 15 * time.Minute},
		"a role, for half an hour":           {"dev", dev, hour / 2, nil, 8 * hour, 0},
		"the user, by the variable":          {"jon", mfa, 0, vars{own: "2h"}, 2 * hour, 2 * hour},
		"the user, by a variable of nothing": {"jon", mfa, 0, vars{own: "0"}, 8 * hour, 0},
		"a flag before the variable":         {"jon", mfa, 3 * hour, vars{own: "2h"}, 3 * hour, 3 * hour},
		"the user, by that for roles":        {"jon", mfa, 0, vars{chain: "12h"}, 12 * hour, 0},
		"the user, by one that is short":     {"jon", mfa, 0, vars{chain: "15m"}, hour, 0},
		"a role, by the user's":              {"dev", dev, 0, vars{own: "20h"}, 20 * hour, 0},
		"no code":                            {"jon", "[profile jon]\n", 0, nil, hour, 0},
		"no code, by the variable":           {"jon", "[profile jon]\n", 0, vars{own: "2h"}, 2 * hour, 0},
		"no code, by the flag":               {"jon", "[profile jon]\n", 2 * hour, nil, 2 * hour, 0},
	} {
		in := inputs(t, c.profile, c.config, c.env)
		in.Duration = c.flag
		p, err := resolve.NewPlan(in)
		if err != nil {
			t.Fatal(err)
		}
		if s := p.Steps[1]; s.Kind != resolve.GetSessionToken || s.Duration != c.bought || s.Most != c.most {
			t.Errorf("%s: %s of %s, at most %s; want %s, at most %s", name, s.Kind, s.Duration, s.Most, c.bought, c.most)
		}
		if c.config == "[profile jon]\n" {
			continue
		}
		// All of them have one name in the cache, and a session with an explicit duration has
		// another.
		same := inputs(t, "jon", mfa, nil)
		q, err := resolve.NewPlan(same)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := p.SessionKeys("AKIA")[1], q.SessionKeys("AKIA")[1]; got != want {
			t.Errorf("%s: the session is called %v, the user's %v", name, got, want)
		}
		if k := p.Own("AKIA"); (k.Hash != "") != (c.most > 0) || k == p.SessionKeys("AKIA")[1] {
			t.Errorf("%s: the own one is called %v", name, k)
		}
	}
}
