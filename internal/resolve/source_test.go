package resolve_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/resolve"
)

const corp = `
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
`

func signIn() *resolve.SignIn {
	return &resolve.SignIn{
		Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1", Scopes: []string{"sso:account:access"}, Unscoped: true,
		OIDC:   resolve.Endpoint{URL: "https://oidc.eu-west-1.amazonaws.com", Region: "eu-west-1"},
		Portal: resolve.Endpoint{URL: "https://portal.sso.eu-west-1.amazonaws.com", Region: "eu-west-1"},
		From:   "config:7 [profile dev]",
	}
}

// This checks each source, alone and with a role on top.
func TestPlanBeginsWithASource(t *testing.T) {
	ssoStep := resolve.Step{Kind: resolve.SSO, Profile: "dev", From: "config:8 [profile dev]", SignIn: signIn(), SSOAccount: "444455556666", SSORole: "Admin"}
	web := resolve.Step{
		Kind: resolve.WebIdentity, Profile: "dev", From: "config:3 [profile dev]", RoleARN: admin, SessionName: "vault", TokenFile: "/var/token",
		Duration: time.Hour, Endpoint: awsEndpoint("us-east-1"),
	}
	top := func(source string) string {
		return source + "\n[profile top]\nsource_profile = dev\nrole_arn = " + ops + "\n"
	}
	file := resolve.Step{Kind: resolve.FileKeys, Profile: "dev", From: "credentials:2 [profile dev]"}
	const keys = "\n---\n[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s3cret\n"
	arn := "arn:aws:iam::111122223333:user/ann"
	tests := []struct {
		name, profile, config string
		env                   map[string]string
		want                  []resolve.Step
		account               string
	}{
		{"IAM Identity Center", "dev", corp + "[profile dev]\nsso_session = corp\nsso_account_id = 444455556666\nsso_role_name = Admin\n", nil,
			[]resolve.Step{with(ssoStep, func(s *resolve.Step) { s.SignIn.From = "config:6 [profile dev]"; s.From = "config:7 [profile dev]" })}, "444455556666"},
		{"with scopes that are configured", "dev", corp + "sso_registration_scopes = sso:account:access\n[profile dev]\nsso_session = corp\nsso_account_id = 444455556666\nsso_role_name = Admin\n", nil,
			[]resolve.Step{with(ssoStep, func(s *resolve.Step) { s.SignIn.From = "config:7 [profile dev]"; s.SignIn.Unscoped = false })}, "444455556666"},
		{"with scopes that are empty", "dev", corp + "sso_registration_scopes =\n[profile dev]\nsso_session = corp\nsso_account_id = 444455556666\nsso_role_name = Admin\n", nil,
			[]resolve.Step{with(ssoStep, func(s *resolve.Step) { s.SignIn.From = "config:7 [profile dev]" })}, "444455556666"},
		{"a role on top of it", "top", top(corp + "[profile dev]\n\nsso_session = corp\nsso_account_id = 444455556666\nsso_role_name = Admin\n"), nil,
			[]resolve.Step{ssoStep, assume("top", ops, time.Hour, "")}, "333344445555"},
		{"and a role in the same profile", "dev", corp + "[profile dev]\n\nsso_session = corp\nsso_account_id = 444455556666\nsso_role_name = Admin\nrole_arn = " + ops, nil,
			[]resolve.Step{ssoStep, assume("dev", ops, time.Hour, "")}, "333344445555"},
		{"a web identity", "dev", "[profile dev]\nrole_arn = " + admin + "\nweb_identity_token_file = /var/token\n", nil, []resolve.Step{web}, "222233334444"},
		{"a role on top of a web identity", "top", top("[profile dev]\nrole_arn = " + admin + "\nweb_identity_token_file = /var/token\n"), nil,
			[]resolve.Step{web, assume("top", ops, time.Hour, "")}, "333344445555"},
		{"a process", "dev", "[profile dev]\ncredential_process = x \"a b\"\n", nil,
			[]resolve.Step{{Kind: resolve.Process, Profile: "dev", From: "config:2 [profile dev]", Command: `x "a b"`}}, ""},
		{"keys in the credentials file", "dev", "[profile dev]\nregion = us-east-1" + keys, nil,
			[]resolve.Step{file, getSession("dev", time.Hour, "")}, ""},
		{"a session in the credentials file", "dev", "[profile dev]" + keys + "aws_session_token = t\n", nil,
			[]resolve.Step{with(file, func(s *resolve.Step) { s.Temporary = true })}, ""},
		{"a token in the other file is not of this pair", "dev", "[profile dev]\naws_session_token = t\n" + keys, nil,
			[]resolve.Step{file, getSession("dev", time.Hour, "")}, ""},
		{"keys in the files go before a process", "dev", "[profile dev]\ncredential_process = x\n" + keys, nil,
			[]resolve.Step{file, getSession("dev", time.Hour, "")}, ""},
		{"but not those of the config file", "dev", "[profile dev]\ncredential_process = x\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s3cret\n", nil,
			[]resolve.Step{{Kind: resolve.Process, Profile: "dev", From: "config:2 [profile dev]", Command: "x"}}, ""},
		{"keys of a source stand for it, not its role", "top", top("[profile dev]\nrole_arn = "+admin+"\nsource_profile = jon") + keys, nil,
			[]resolve.Step{with(file, func(s *resolve.Step) {}), assume("top", ops, time.Hour, "")}, "333344445555"},
		{"keys of the target stand back behind its role", "dev", "[profile dev]\nrole_arn = " + admin + "\nsource_profile = jon" + keys, nil,
			[]resolve.Step{stored("jon"), assume("dev", admin, time.Hour, "")}, "222233334444"},
		{"a role on keys from the environment is taken with a session that lasts", "dev", "[profile dev]\nrole_arn = " + admin + "\ncredential_source = Environment\n",
			map[string]string{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"},
			[]resolve.Step{{Kind: resolve.Environment, Profile: "dev", From: "config:3 [profile dev]"}, getSession("dev", 8*time.Hour, ""), assume("dev", admin, time.Hour, "")}, "222233334444"},
		{"a session from the environment", "dev", "[profile dev]\nrole_arn = " + admin + "\ncredential_source = Environment\n",
			map[string]string{"AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SESSION_TOKEN": "t"},
			[]resolve.Step{{Kind: resolve.Environment, Profile: "dev", From: "config:3 [profile dev]", Temporary: true}, assume("dev", admin, time.Hour, "")}, "222233334444"},
		{"a container", "dev", "[profile dev]\nrole_arn = " + admin + "\ncredential_source = EcsContainer\n",
			map[string]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"},
			[]resolve.Step{{Kind: resolve.Container, Profile: "dev", From: "config:3 [profile dev]", Endpoint: resolve.Endpoint{URL: "http://169.254.170.2/v2/x", From: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"}},
				assume("dev", admin, time.Hour, "")}, "222233334444"},
		{"an instance", "dev", "[profile dev]\nrole_arn = " + admin + "\ncredential_source = Ec2InstanceMetadata\n", nil,
			[]resolve.Step{{Kind: resolve.InstanceMetadata, Profile: "dev", From: "config:3 [profile dev]", Endpoint: resolve.Endpoint{URL: "http://169.254.169.254"}},
				assume("dev", admin, time.Hour, "")}, "222233334444"},
		{"aws login", "dev", "[profile dev]\nregion = eu-west-1\nlogin_session = " + arn + "\n", nil,
			[]resolve.Step{{Kind: resolve.Login, Profile: "dev", From: "config:3 [profile dev]", LoginSession: arn, Endpoint: resolve.Endpoint{URL: "https://eu-west-1.signin.aws.amazon.com", Region: "eu-west-1"}}}, "111122223333"},
		{"aws login, used in another region", "dev", "[profile dev]\nregion = eu-west-1\nlogin_session = " + arn + "\n", map[string]string{"AWS_REGION": "us-east-1"},
			[]resolve.Step{{Kind: resolve.Login, Profile: "dev", From: "config:3 [profile dev]", LoginSession: arn,
				Endpoint: resolve.Endpoint{URL: "https://eu-west-1.signin.aws.amazon.com", Region: "eu-west-1"}, LoginElse: resolve.Endpoint{URL: "https://us-east-1.signin.aws.amazon.com", Region: "us-east-1"}}}, "111122223333"},
		{"aws login, with a region of [default] only", "dev", "[default]\nregion = eu-west-1\n[profile dev]\nlogin_session = " + arn + "\n", map[string]string{"AWS_REGION": "us-east-1"},
			[]resolve.Step{{Kind: resolve.Login, Profile: "dev", From: "config:4 [profile dev]", LoginSession: arn, Endpoint: resolve.Endpoint{URL: "https://us-east-1.signin.aws.amazon.com", Region: "us-east-1"}}}, "111122223333"},
		{"aws login, without a region", "dev", "[profile dev]\nlogin_session = " + arn + "\n", nil,
			[]resolve.Step{{Kind: resolve.Login, Profile: "dev", From: "config:2 [profile dev]", LoginSession: arn, Endpoint: resolve.Endpoint{URL: "https://us-east-1.signin.aws.amazon.com", Region: "us-east-1"}}}, "111122223333"},
		{"aws login by FIPS, in GovCloud", "dev", "[profile dev]\nregion = us-gov-west-1\nlogin_session = " + strings.Replace(arn, "arn:aws:", "arn:aws-us-gov:", 1) + "\nuse_fips_endpoint = true\n", nil,
			[]resolve.Step{{Kind: resolve.Login, Profile: "dev", From: "config:3 [profile dev]", LoginSession: strings.Replace(arn, "arn:aws:", "arn:aws-us-gov:", 1), Endpoint: resolve.Endpoint{URL: "https://signin-fips.amazonaws-us-gov.com", Region: "us-gov-west-1", From: "config:4 [profile dev]"}}}, "111122223333"},
		{"aws login by dual stack", "dev", "[profile dev]\nregion = eu-west-1\nlogin_session = " + arn + "\n", map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"},
			[]resolve.Step{{Kind: resolve.Login, Profile: "dev", From: "config:3 [profile dev]", LoginSession: arn, Endpoint: resolve.Endpoint{URL: "https://signin.eu-west-1.api.aws", Region: "eu-west-1", From: "AWS_USE_DUALSTACK_ENDPOINT"}}}, "111122223333"},
		{"a token in a file goes before source_profile", "dev", "[profile dev]\nrole_arn = " + admin + "\nweb_identity_token_file = /var/token\nsource_profile = jon\n", nil, []resolve.Step{web}, "222233334444"},
		{"and before credential_source", "dev", "[profile dev]\nrole_arn = " + admin + "\nweb_identity_token_file = /var/token\ncredential_source = Environment\n", nil, []resolve.Step{web}, "222233334444"},
		{"and before both", "dev", "[profile dev]\nrole_arn = " + admin + "\nweb_identity_token_file = /var/token\ncredential_source = Environment\nsource_profile = jon\n", nil, []resolve.Step{web}, "222233334444"},
		{"in a source profile too", "top", top("[profile dev]\nrole_arn = " + admin + "\nweb_identity_token_file = /var/token\nsource_profile = jon\n"), nil,
			[]resolve.Step{web, assume("top", ops, time.Hour, "")}, "333344445555"},
		{"aws-vault's process does not", "dev", "[profile dev]\nrole_arn = " + admin + "\nweb_identity_token_process = x\nsource_profile = jon\n", nil,
			[]resolve.Step{stored("jon"), assume("dev", admin, time.Hour, "")}, "222233334444"},
		{"nor does a token without a role", "dev", "[profile dev]\nweb_identity_token_file = /var/token\nsource_profile = jon\n", nil,
			[]resolve.Step{stored("jon"), getSession("jon", time.Hour, "")}, ""},
		{"a session alone does not hide a process", "dev", corp + "[profile dev]\ncredential_process = x\nsso_session = corp\n", nil,
			[]resolve.Step{{Kind: resolve.Process, Profile: "dev", From: "config:6 [profile dev]", Command: "x"}}, ""},
		{"nor does a start URL", "dev", "[profile dev]\ncredential_process = x\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n", nil,
			[]resolve.Step{{Kind: resolve.Process, Profile: "dev", From: "config:2 [profile dev]", Command: "x"}}, ""},
		{"nor keys in the credentials file", "dev", corp + "[profile dev]\nsso_session = corp\n" + keys, nil,
			[]resolve.Step{file, getSession("dev", time.Hour, "")}, ""},
		{"nor keys in the config file", "dev", corp + "[profile dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s3cret\nsso_session = corp\n", nil,
			[]resolve.Step{with(file, func(s *resolve.Step) { s.From = "config:6 [profile dev]" }), getSession("dev", time.Hour, "")}, ""},
		{"nor a sign-in", "dev", corp + "[profile dev]\nlogin_session = " + arn + "\nregion = eu-west-1\nsso_session = corp\n", nil,
			[]resolve.Step{{Kind: resolve.Login, Profile: "dev", From: "config:6 [profile dev]", LoginSession: arn, Endpoint: resolve.Endpoint{URL: "https://eu-west-1.signin.aws.amazon.com", Region: "eu-west-1"}}}, "111122223333"},
		{"nor in the source of a role", "top", top(corp + "[profile dev]\ncredential_process = x\nsso_session = corp\n"), nil,
			[]resolve.Step{{Kind: resolve.Process, Profile: "dev", From: "config:6 [profile dev]", Command: "x"}, assume("top", ops, time.Hour, "")}, "333344445555"},
		{"stored keys go before all of it", "jon", corp + "[profile jon]\nsso_session = corp\ncredential_process = x\nregion = us-east-1\n", nil,
			[]resolve.Step{stored("jon"), getSession("jon", time.Hour, "")}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := resolve.NewPlan(inputs(t, test.profile, test.config, test.env))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Steps); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if got.Account != test.account {
				t.Errorf("account %q, want %q", got.Account, test.account)
			}
		})
	}
}

func with(s resolve.Step, change func(*resolve.Step)) resolve.Step {
	if s.SignIn != nil {
		in := *s.SignIn
		s.SignIn = &in
	}
	change(&s)
	return s
}

func TestPlanRefusesABadSource(t *testing.T) {
	const account = "sso_account_id = 444455556666\nsso_role_name = Admin\n"
	for name, test := range map[string]struct{ config, err, hint string }{
		"no session":                   {"[profile dev]\nsso_session = crop\n" + account + corp, `config:2: sso_session "crop" not found`, `did you mean "corp"?`},
		"no account":                   {corp + "[profile dev]\nsso_session = corp\nsso_role_name = Admin\n", `config:7: profile "dev" has no sso_account_id`, "vault sso sync   writes a profile for each account and role"},
		"a session and nothing else":   {corp + "[profile dev]\nsso_session = corp\n", `config:6: profile "dev" has no sso_account_id`, "vault sso sync   writes a profile for each account and role"},
		"a start URL and nothing else": {"[profile dev]\nsso_start_url = https://x.awsapps.com/start\n", `config:2: profile "dev" has no sso_account_id`, "vault sso sync   writes a profile for each account and role"},
		"no role":                      {corp + "[profile dev]\nsso_session = corp\nsso_account_id = 444455556666\n", `config:7: profile "dev" has no sso_role_name`, ""},
		"an account of 11 digits": {corp + "[profile dev]\nsso_session = corp\nsso_account_id = 44445555666\nsso_role_name = Admin\n",
			`config:7: sso_account_id "44445555666" is not 12 digits`, ""},
		"two start URLs": {corp + "[profile dev]\nsso_session = corp\nsso_start_url = https://x.awsapps.com/start\n" + account,
			`config:7: sso_start_url is not that of [sso-session corp] (config:3)`, "leave it out here"},
		"a session without a region":       {"[sso-session corp]\nsso_start_url = https://x\n[profile dev]\nsso_session = corp\n" + account, `config:1: [sso-session corp] has no sso_region`, ""},
		"a start URL that is none":         {"[profile dev]\nsso_start_url = javascript:x\nsso_region = us-east-1\n" + account, `config:2: sso_start_url is not a URL`, "it looks like https://example.awsapps.com/start"},
		"the old kind without a region":    {"[profile dev]\nsso_start_url = https://x.awsapps.com/start\n" + account, `config:2: profile "dev" has no sso_region`, "the region of the Identity Center, like us-east-1"},
		"a source of an unknown kind":      {"[profile dev]\ncredential_source = environment\n", `config:2: credential_source is "environment", it must be Environment, EcsContainer or Ec2InstanceMetadata`, ""},
		"two sources":                      {"[profile dev]\nsource_profile = jon\ncredential_source = Environment\nrole_arn = " + admin, `config:3: credential_source and source_profile (config:2) exclude each other`, ""},
		"an environment without keys":      {"[profile dev]\ncredential_source = Environment\n", `config:2: credential_source is Environment, and AWS_ACCESS_KEY_ID is not set`, "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY first"},
		"no container":                     {"[profile dev]\ncredential_source = EcsContainer\n", `config:2: credential_source is EcsContainer, and there is no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI`, "this is for programs in a container of ECS or EKS"},
		"a web identity without a role":    {"[profile dev]\nweb_identity_token_file = /t\n", `config:2: a web identity needs a role_arn`, "role_arn = arn:aws:iam::123456789012:role/NAME under [profile dev]"},
		"a login session that is none":     {"[profile dev]\nlogin_session = ann\n", `config:2: login_session "ann" is not the ARN of a user or role`, "aws login --profile dev   sets it"},
		"half a key":                       {"[profile dev]\n---\n[dev]\naws_secret_access_key = s3cret\n", `credentials:2: aws_secret_access_key without aws_access_key_id`, ""},
		"the halves in two files":          {"[profile dev]\naws_secret_access_key = s3cret\n---\n[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", `config:2: the two halves of the key of "dev" are in two files`, ""},
		"an access key id with a line end": {"[profile dev]\n---\n[dev]\naws_access_key_id = AKIA IOSFODNN7EXAMPLE\naws_secret_access_key = s3cret\n", `credentials:2: aws_access_key_id is not an access key id`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := resolve.NewPlan(inputs(t, "dev", test.config, nil))
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != test.err {
				t.Errorf("error %q, want %q", err, test.err)
			}
			var h interface{ Hint() string }
			if hint := ""; errors.As(err, &h) {
				if hint = h.Hint(); hint != test.hint {
					t.Errorf("hint %q, want %q", hint, test.hint)
				}
			}
		})
	}
}

// Vault accepts credentials without TLS only from this machine and from AWS's own addresses.
func TestAContainersAddressIsNear(t *testing.T) {
	for uri, ok := range map[string]bool{
		"http://127.0.0.1:80/x": true, "http://127.9.9.9/x": true, "http://[::1]/x": true, "http://localhost:1/x": true,
		"http://169.254.170.2/x": true, "http://169.254.170.23/x": true, "http://[fd00:ec2::23]/x": true, "https://example.com/x": true,
		"http://example.com/x": false, "http://169.254.169.254/x": false, "http://127.0.0.1.example.com/x": false, "http://10.0.0.1/x": false,
		"file:///etc/passwd": false, "http://localhost.example/x": false,
	} {
		_, err := resolve.NewPlan(inputs(t, "dev", "[profile dev]\ncredential_source = EcsContainer\n", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": uri}))
		if (err == nil) != ok {
			t.Errorf("%s: %v", uri, err)
		}
	}
}
