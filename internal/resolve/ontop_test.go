package resolve_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/resolve"
)

// Vault assumes a role on top with whatever the profile delivers. The code for the profile
// itself is enough.
func TestARoleOnTop(t *testing.T) {
	const text = `[profile jon]
mfa_serial = ` + jonMFA + `
region = eu-west-1
[profile role]
role_arn = ` + admin + `
source_profile = ann
duration_seconds = 7200
[profile sso]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Admin
`
	type step struct {
		Kind     resolve.Kind
		Role     string
		Duration time.Duration
		MFA      bool
	}
	keys := step{Kind: resolve.StoredKeys}
	for profile, want := range map[string][]step{
		"ann":  {keys, {resolve.AssumeRole, ops, time.Hour, false}},
		"jon":  {keys, {resolve.GetSessionToken, "", 8 * time.Hour, true}, {resolve.AssumeRole, ops, time.Hour, false}},
		"role": {keys, {resolve.AssumeRole, admin, 2 * time.Hour, false}, {resolve.AssumeRole, ops, time.Hour, false}},
		"sso":  {{Kind: resolve.SSO}, {resolve.AssumeRole, ops, time.Hour, false}},
	} {
		in := inputs(t, profile, text, nil)
		in.OnTop = ops
		plan, err := resolve.NewPlan(in)
		if err != nil {
			t.Errorf("%s: %v", profile, err)
			continue
		}
		var got []step
		for _, s := range plan.Steps {
			got = append(got, step{s.Kind, s.RoleARN, s.Duration, s.MFASerial != ""})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", profile, diff)
		}
		if plan.RoleARN != ops {
			t.Errorf("%s: delivers %s", profile, plan.RoleARN)
		}
	}
	in := inputs(t, "ann", text, nil)
	in.OnTop = "arn:aws:s3:::bucket"
	if _, err := resolve.NewPlan(in); err == nil {
		t.Error("a bucket is taken for a role")
	}
}
