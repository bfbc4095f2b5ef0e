package resolve_test

import (
	"strings"
	"testing"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
)

const leastConfig = `
[default]
region = us-east-1
[sso-session corp]
sso_start_url = https://x.awsapps.com/start
sso_region = us-east-1
[profile jon]
[profile mfa]
mfa_serial = ` + jonMFA + `
source_profile = jon
[profile dev]
source_profile = jon
role_arn = ` + admin + `
[profile long]
source_profile = jon
role_arn = ` + admin + `
duration_seconds = 14400
[profile chain]
source_profile = dev
role_arn = ` + ops + `
[profile sso]
sso_session = corp
sso_account_id = 222233334444
sso_role_name = Admin
[profile own]
source_profile = jon
role_arn = ` + admin + `
vault_min = 90m
[profile bad]
source_profile = jon
role_arn = ` + admin + `
vault_min = soon
`

// Vault asks for a session that lasts long enough, in whole hours. If no session can, the
// error names the limit and the ways out.
func TestASessionLastsLongEnough(t *testing.T) {
	for _, test := range []struct {
		profile       string
		min, duration time.Duration
		want          time.Duration // the duration of the last step
		err, hint     string
	}{
		{profile: "dev", min: 45 * time.Minute, want: time.Hour},
		{profile: "dev", min: time.Hour, want: time.Hour},
		{profile: "dev", min: 61 * time.Minute, want: 2 * time.Hour},
		{profile: "long", min: 2 * time.Hour, want: 4 * time.Hour},
		{profile: "own", want: 2 * time.Hour},
		{profile: "own", min: 30 * time.Minute, want: time.Hour},
		{profile: "jon", min: 20 * time.Hour, want: 20 * time.Hour},
		{profile: "mfa", min: 20 * time.Hour, want: 20 * time.Hour},
		{profile: "sso", min: 10 * time.Hour},
		{profile: "dev", min: 20 * time.Minute, duration: 30 * time.Minute, want: 30 * time.Minute},
		{profile: "chain", min: 61 * time.Minute, err: `the session of "chain" lasts 1h at most (the most for a role that is assumed with temporary credentials), and --min asks for 1h1m`, hint: "use the keys of a user to assume the role"},
		{profile: "dev", min: 13 * time.Hour, err: `the session of "dev" lasts 12h at most (the most that AWS allows), and --min asks for 13h`, hint: "the role can have a longer maximum session duration"},
		{profile: "own", duration: time.Hour, err: `the session of "own" lasts 1h at most (--duration), and config:28 [profile own] asks for 1h30m`, hint: "ask for a longer --duration"},
		{profile: "bad", err: `config:32: vault_min "soon" is not a duration`, hint: "45m"},
	} {
		in := inputs(t, test.profile, leastConfig, nil)
		in.Min, in.Duration = test.min, test.duration
		plan, err := resolve.NewPlan(in)
		if test.err != "" {
			if err == nil || err.Error() != test.err || !strings.Contains(fault.HintOf(err), test.hint) {
				t.Errorf("%s %s: %v (%s)", test.profile, test.min, err, fault.HintOf(err))
			}
			continue
		}
		if err != nil || plan.Last().Duration != test.want {
			t.Errorf("%s %s: %v, %+v", test.profile, test.min, err, plan)
		}
	}
}

// Only the delivered session has to last. The sessions behind it last as long as usual.
func TestOnlyTheDeliveredSessionHasToLast(t *testing.T) {
	in := inputs(t, "dev", leastConfig, nil)
	in.Min = time.Hour
	plan, err := resolve.NewPlan(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Profile = "chain"
	chain, err := resolve.NewPlan(in)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := plan.SessionKeys("AKIA")[1], chain.SessionKeys("AKIA")[1]; a.Hash != b.Hash {
		t.Error("the role in the middle is another session")
	}
}
