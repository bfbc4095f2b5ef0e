//go:build unix

package sources

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
)

// iamOf is IAM with these credentials.
func (p *place) iamOf(c credentials) *iam.Client {
	return iam.New(iam.Options{Region: "us-east-1", BaseEndpoint: &p.Fake.URL, Credentials: aws.CredentialsProviderFunc(
		func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, nil
		})})
}

// From every source: a session that may look and change nothing, or a refusal that says
// how to get one. `explain` says the same before.
func TestReadOnlyFromEverySource(t *testing.T) {
	for _, r := range []struct {
		profile string
		role    bool // it has one, which takes the policy
	}{
		{"plain", false}, {"sso", false}, {"process", false}, {"process-session", false}, {"infile", false}, {"env", false}, {"ecs", false}, {"ec2", false}, {"login", false},
		{"web", true}, {"plain-role", true}, {"plain-chain", true}, {"sso-role", true}, {"process-role", true}, {"login-role", true}, {"ecs-role", true},
	} {
		t.Run(r.profile, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.config(p.configText() + "\n[profile top-of-it]\ninclude_profile = " + r.profile + "\nvault_narrow_role = arn:aws:iam::111122223333:role/top\n")
			if strings.HasPrefix(r.profile, "sso") {
				p.signIn("corp")
			}
			if !r.role && r.profile != "plain" {
				p.refusedReadOnly(r.profile)
				p.readsOnly("top-of-it")
				return
			}
			if !r.role {
				p.refusedReadOnly(r.profile)
				return
			}
			p.readsOnly(r.profile)
		})
	}
}

// refusedReadOnly holds that a profile cannot be narrowed, and that this is said before a call.
func (p *place) refusedReadOnly(profile string) {
	p.t.Helper()
	p.Fake.Reset()
	for _, command := range []string{"export", "explain"} {
		out, errs, status := p.vault(command, profile, "--read-only")
		if status != 1 || out != "" || !strings.Contains(errs, "cannot be narrowed") || !strings.Contains(errs, "vault_narrow_role") || !strings.Contains(errs, "role_arn") {
			p.t.Errorf("%s: status %d\n%s%s", command, status, out, errs)
		}
	}
	if calls := p.Fake.Calls(); len(calls) > 0 {
		p.t.Errorf("calls %v", calls)
	}
}

// readsOnly holds that --read-only gives a session that looks at IAM and cannot change it.
func (p *place) readsOnly(profile string) {
	p.t.Helper()
	if said := p.ok("explain", profile, "--read-only"); !strings.Contains(said, "narrowed to ReadOnlyAccess (--read-only)") || !strings.Contains(said, "reads data too") {
		p.t.Errorf("explain: %s", said)
	}
	wide, narrow := p.iamOf(p.export(profile)), p.iamOf(p.export(profile, "--read-only"))
	jon := &iam.ListAccessKeysInput{UserName: aws.String("jon")}
	if _, err := narrow.ListAccessKeys(p.t.Context(), jon); err != nil {
		p.t.Errorf("may not look: %v", err)
	}
	new := &iam.CreateAccessKeyInput{UserName: aws.String("ann")}
	_, err := narrow.CreateAccessKey(p.t.Context(), new)
	if refusal := smithy.APIError(nil); !errors.As(err, &refusal) || refusal.ErrorCode() != "AccessDenied" || !strings.Contains(refusal.ErrorMessage(), "no session policy allows the iam:CreateAccessKey action") {
		p.t.Errorf("a change with a session that reads only: %v", err)
	}
	if profile == "top-of-it" {
		return // without --read-only that is another identity
	}
	if _, err := wide.CreateAccessKey(p.t.Context(), new); err != nil {
		p.t.Errorf("without --read-only: %v", err)
	}
}
