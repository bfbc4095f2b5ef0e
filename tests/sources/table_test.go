//go:build unix

package sources

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Source x MFA x chain x cache: what is called, how many codes are asked for,
// who one is then. And that `explain` says the same before.
func TestTable(t *testing.T) {
	const (
		user = "arn:aws:iam::111122223333:user/"
		role = "arn:aws:sts::111122223333:assumed-role/"
	)
	session, assume, portal, web := "GetSessionToken", "AssumeRole", "GetRoleCredentials", "AssumeRoleWithWebIdentity"
	type row struct {
		args  string // of export
		warm  string // profiles that are exported before, so that their sessions are cached
		calls []string
		codes int
		who   string
	}
	calls := func(ops ...string) []string { return ops }
	for _, r := range []row{
		// Stored keys.
		{"plain", "", calls(session), 0, user + "jon"},
		{"plain", "plain", nil, 0, user + "jon"},
		{"plain --no-session", "", nil, 0, user + "jon"},
		{"plain --fresh", "plain", calls(session), 0, user + "jon"},
		{"jon", "", calls(session), 1, user + "jon"},
		{"jon", "jon", nil, 0, user + "jon"},
		{"jon --no-session", "", nil, 0, user + "jon"},
		{"jon --duration 2h", "jon", calls(session), 1, user + "jon"},
		{"jon --duration 1h", "jon", calls(session), 1, user + "jon"},
		{"jon --duration 12h", "jon", nil, 0, user + "jon"},
		{"jon --duration 2h", "jon --duration 1h", nil, 0, user + "jon"},
		{"jon", "jon --duration 1h", nil, 0, user + "jon"},
		{"jon", "jon-mfa", nil, 0, user + "jon"},
		{"jon-mfa", "jon", calls(assume), 0, role + "admin/"},
		{"jon-mfa --duration 30m", "jon", calls(assume), 0, role + "admin/"},
		{"jon-mfa --duration 30m", "jon-mfa", calls(assume), 0, role + "admin/"},
		{"plain-role", "", calls(assume), 0, role + "top/"},
		{"plain-role", "plain-role", nil, 0, role + "top/"},
		{"plain-role", "plain", calls(assume), 0, role + "top/"},
		{"plain-role --duration 2h", "", calls(assume), 0, role + "top/"},
		{"plain-role --region us-west-2", "plain-role", calls(assume), 0, role + "top/"},
		{"plain-chain", "", calls(assume, assume), 0, role + "top/two"},
		{"plain-chain", "plain-role", calls(assume), 0, role + "top/two"},
		{"plain-chain", "plain-chain", nil, 0, role + "top/two"},
		{"plain-mfa", "", calls(assume), 1, role + "admin/"},
		{"plain-mfa", "plain-mfa", nil, 0, role + "admin/"},
		{"jon-role", "", calls(assume), 0, role + "top/"},
		{"jon-mfa", "", calls(session, assume), 1, role + "admin/"},
		{"jon-mfa", "jon-mfa", nil, 0, role + "admin/"},
		{"jon-mfa2", "jon-mfa", calls(assume), 0, role + "top/"},
		{"jon-mfa2 --duration 2h", "jon-mfa", calls(assume), 1, role + "top/"},
		{"jon-mfa --no-session", "", calls(assume), 1, role + "admin/"},
		{"jon-mfa --fresh", "jon-mfa", calls(session, assume), 1, role + "admin/"},
		{"jon-chain", "", calls(assume, assume), 0, role + "top/two"},
		// IAM Identity Center.
		{"sso", "", calls(portal), 0, role + "AWSReservedSSO_Admin_"},
		{"sso", "sso", nil, 0, role + "AWSReservedSSO_Admin_"},
		{"sso --fresh", "sso", calls(portal), 0, role + "AWSReservedSSO_Admin_"},
		{"sso-old", "", calls(portal), 0, role + "AWSReservedSSO_ReadOnly_"},
		{"sso-role", "", calls(portal, assume), 0, role + "top/"},
		{"sso-role", "sso", calls(assume), 0, role + "top/"},
		{"sso-role --duration 2h", "", calls(portal, assume), 0, role + "top/"},
		{"sso-mfa", "", calls(portal, assume), 0, role + "top/"},
		{"sso-chain", "", calls(portal, assume, assume), 0, role + "top/two"},
		{"sso-chain", "sso-role", calls(assume), 0, role + "top/two"},
		// Web identity.
		{"web", "", calls(web), 0, role + "web/"},
		{"web", "web", nil, 0, role + "web/"},
		{"web --duration 4h", "web", calls(web), 0, role + "web/"},
		{"web-process", "", calls(web), 0, role + "web/"},
		{"web-role", "", calls(web, assume), 0, role + "top/"},
		{"web-role", "web", calls(assume), 0, role + "top/"},
		{"web-chain", "", calls(web, assume, assume), 0, role + "top/two"},
		// credential_process.
		{"process", "", nil, 0, user + "process"},
		{"process-role", "", calls(assume), 0, role + "top/"},
		{"process-role", "process-role", nil, 0, role + "top/"},
		{"process-session", "process-session", nil, 0, user + "jon"},
		{"process-session-role", "process-session", calls(assume), 0, role + "top/"},
		{"process-chain", "", calls(assume, assume), 0, role + "top/two"},
		// Keys in the credentials file.
		{"infile", "", calls(session), 0, user + "file"},
		{"infile --no-session", "", nil, 0, user + "file"},
		{"infile-role", "", calls(assume), 0, role + "top/"},
		{"infile-chain", "", calls(assume, assume), 0, role + "top/two"},
		// credential_source.
		{"env", "", calls(session), 0, user + "around"},
		{"env-role", "", calls(session, assume), 0, role + "top/"},
		{"env-role", "env-role", nil, 0, role + "top/"},
		{"env-role --no-session", "", calls(assume), 0, role + "top/"},
		{"env-chain", "", calls(session, assume, assume), 0, role + "top/two"},
		{"ecs", "", nil, 0, role + "task/"},
		{"ecs-role", "", calls(assume), 0, role + "top/"},
		{"ecs-role", "ecs-role", nil, 0, role + "top/"},
		{"ec2", "", nil, 0, role + "machine/"},
		{"ec2-role", "", calls(assume), 0, role + "top/"},
		{"ec2-chain", "ec2-role", calls(assume), 0, role + "top/two"},
		// aws login.
		{"login", "", nil, 0, user + "ann"},
		{"login-role", "", calls(assume), 0, role + "top/"},
		{"login-chain", "", calls(assume, assume), 0, role + "top/two"},
	} {
		name := r.args
		if r.warm != "" {
			name += " after " + r.warm
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			if strings.HasPrefix(r.args, "sso") {
				p.signIn(map[bool]string{true: "sso-old", false: "corp"}[strings.HasPrefix(r.args, "sso-old")])
			}
			if r.warm != "" {
				p.export(strings.Fields(r.warm)...)
			}
			p.Fake.Reset()
			args := strings.Fields(r.args)
			said := p.explain(withoutFresh(args)...)
			if ops, _ := p.credentialCalls(); len(ops) > 0 {
				t.Errorf("explain called %v", ops)
			}
			creds := p.export(args...)
			ops, codes := p.credentialCalls()
			if d := cmp.Diff(r.calls, ops); d != "" {
				t.Errorf("calls (-want +got):\n%s", d)
			}
			if codes != r.codes {
				t.Errorf("%d codes, want %d", codes, r.codes)
			}
			if !strings.Contains(r.args, "--fresh") {
				if said.Calls != len(ops) || said.MFA.Now != codes {
					t.Errorf("explain said %d calls and %d codes, there were %d and %d", said.Calls, said.MFA.Now, len(ops), codes)
				}
				if strings.HasPrefix(r.args, "process-session") && r.warm == "" {
					t.Log("its own call is the inner one's")
				}
			}
			for _, s := range said.Settings {
				if s.From == "" {
					t.Errorf("no place for %s", s.Key)
				}
			}
			if who := p.whoAmI(creds); !strings.HasPrefix(who, r.who) {
				t.Errorf("one is %q, want %q", who, r.who)
			}
		})
	}
}

func withoutFresh(args []string) []string {
	var out []string
	for _, a := range args {
		if a != "--fresh" {
			out = append(out, a)
		}
	}
	return out
}

type credentials struct{ AccessKeyID, SecretAccessKey, SessionToken, Expiration string }

// export runs export, with an MFA code at hand.
func (p *place) export(args ...string) credentials {
	p.t.Helper()
	args = append([]string{"export", "--format=json", "-t", p.Fake.Device(p.Example.MFASerial).NextCode()}, args...)
	var doc struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
	if err := json.Unmarshal([]byte(p.ok(args...)), &doc); err != nil {
		p.t.Fatal(err)
	}
	return credentials{doc.AccessKeyId, doc.SecretAccessKey, doc.SessionToken, doc.Expiration}
}

func (p *place) whoAmI(c credentials) string {
	p.t.Helper()
	arn, err := whoIs(p.t.Context(), p.Fake.URL, c)
	if err != nil {
		p.t.Fatal(err)
	}
	return arn
}
