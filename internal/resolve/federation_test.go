package resolve_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/resolve"
)

// The console accepts roles and federated users. It has a duration of its own if the
// credentials behind the role are not temporary.
func TestPlanForTheConsole(t *testing.T) {
	const text = `[default]
region = eu-west-1
[profile jon]
mfa_serial = ` + jonMFA + `
[profile role]
role_arn = ` + admin + `
source_profile = ann
[profile mfa]
role_arn = ` + admin + `
source_profile = jon
mfa_serial = ` + jonMFA + `
[profile chain]
role_arn = ` + ops + `
source_profile = role
[profile sso]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Admin
[profile env]
credential_source = Environment
`
	type step struct {
		Kind     resolve.Kind
		Duration time.Duration
		MFA      bool
	}
	keys, hour := step{Kind: resolve.StoredKeys}, time.Hour
	for name, c := range map[string]struct {
		profile   string
		duration  time.Duration
		noSession bool
		env       map[string]string
		steps     []step
		console   time.Duration
		notes     int
	}{
		"a user":                               {"ann", 0, false, nil, []step{keys, {resolve.GetFederationToken, hour, false}}, 0, 0},
		"a user, by the variable":              {"ann", 0, false, map[string]string{"AWS_FEDERATION_TOKEN_TTL": "4h"}, []step{keys, {resolve.GetFederationToken, 4 * hour, false}}, 0, 0},
		"a user, by the flag":                  {"ann", 40 * hour, false, nil, []step{keys, {resolve.GetFederationToken, 36 * hour, false}}, 0, 0},
		"a user without sessions":              {"ann", 0, true, nil, []step{keys, {resolve.GetFederationToken, hour, false}}, 0, 0},
		"a user with MFA gives no code":        {"jon", 0, false, nil, []step{keys, {resolve.GetFederationToken, hour, false}}, 0, 1},
		"a role":                               {"role", 0, false, nil, []step{keys, {resolve.AssumeRole, hour, false}}, 0, 0},
		"a role, for long":                     {"role", 10 * hour, false, nil, []step{keys, {resolve.AssumeRole, hour, false}}, 10 * hour, 0},
		"a role, for too long":                 {"role", 20 * hour, false, nil, []step{keys, {resolve.AssumeRole, hour, false}}, 12 * hour, 0},
		"a role with MFA":                      {"mfa", 0, false, nil, []step{keys, {resolve.GetSessionToken, 8 * hour, true}, {resolve.AssumeRole, hour, false}}, 0, 0},
		"a role with MFA, for long":            {"mfa", 10 * hour, false, nil, []step{keys, {resolve.AssumeRole, hour, true}}, 10 * hour, 0},
		"a chain cannot be lengthened":         {"chain", 10 * hour, false, nil, []step{keys, {resolve.AssumeRole, hour, false}, {resolve.AssumeRole, hour, false}}, 0, 1},
		"IAM Identity Center":                  {"sso", 10 * hour, false, nil, []step{{Kind: resolve.SSO}}, 10 * hour, 0},
		"keys of a user in the environment":    {"env", 0, false, map[string]string{"AWS_ACCESS_KEY_ID": "AKIA"}, []step{{Kind: resolve.Environment}, {resolve.GetFederationToken, hour, false}}, 0, 0},
		"keys of a session in the environment": {"env", 0, false, map[string]string{"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SESSION_TOKEN": "t"}, []step{{Kind: resolve.Environment}}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in := inputs(t, c.profile, text, c.env)
			in.Console, in.Duration, in.NoSession, in.SessionName = true, c.duration, c.noSession, "vault-somebody-with-a-very-long-name-indeed"
			plan, err := resolve.NewPlan(in)
			if err != nil {
				t.Fatal(err)
			}
			var got []step
			for _, s := range plan.Steps {
				got = append(got, step{s.Kind, s.Duration, s.MFASerial != ""})
				if s.Kind == resolve.GetFederationToken && s.SessionName != "vault-somebody-with-a-very-long-" {
					t.Errorf("the federated user is %q", s.SessionName)
				}
			}
			if d := cmp.Diff(c.steps, got); d != "" {
				t.Errorf("steps (-want +got):\n%s", d)
			}
			if plan.ConsoleDuration != c.console {
				t.Errorf("a console of %s, want %s", plan.ConsoleDuration, c.console)
			}
			if len(plan.Notes) != c.notes {
				t.Errorf("notes are %q, want %d", plan.Notes, c.notes)
			}
		})
	}
}
