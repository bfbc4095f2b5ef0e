package resolve_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"awsvault/internal/awsconf"
	"awsvault/internal/resolve"
)

// config parses the text of a config file, and of a credentials file after a line of dashes.
func config(t rapid.TB, text string) *awsconf.Config {
	t.Helper()
	text, credentials, _ := strings.Cut(text, "\n---\n")
	parse := func(path string, kind awsconf.Kind, text string) *awsconf.File {
		f, err := awsconf.Parse(path, kind, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	return awsconf.Merge(parse("config", awsconf.ConfigFile, text), parse("credentials", awsconf.CredentialsFile, credentials))
}

// inputs returns the inputs of a world in which jon and ann have stored keys.
func inputs(t rapid.TB, profile, text string, env map[string]string) resolve.Inputs {
	return resolve.Inputs{
		Config:  config(t, text),
		Profile: profile,
		Stored:  func(name string) bool { return slices.Contains([]string{"jon", "ann"}, name) },
		Getenv:  func(name string) string { return env[name] },
	}
}

const (
	jonMFA = "arn:aws:iam::111122223333:mfa/jon"
	annMFA = "arn:aws:iam::111122223333:mfa/ann"
	admin  = "arn:aws:iam::222233334444:role/admin"
	ops    = "arn:aws:iam::333344445555:role/team/ops"
)

func awsEndpoint(region string) resolve.Endpoint {
	return resolve.Endpoint{URL: "https://sts." + region + ".amazonaws.com", Region: region}
}

func stored(profile string) resolve.Step {
	return resolve.Step{Kind: resolve.StoredKeys, Profile: profile}
}

func getSession(profile string, d time.Duration, mfa string) resolve.Step {
	return resolve.Step{Kind: resolve.GetSessionToken, Profile: profile, Duration: d, MFASerial: mfa, Endpoint: awsEndpoint("us-east-1")}
}

func assume(profile, role string, d time.Duration, mfa string) resolve.Step {
	return resolve.Step{
		Kind: resolve.AssumeRole, Profile: profile, Duration: d, MFASerial: mfa, RoleARN: role, SessionName: "vault", Endpoint: awsEndpoint("us-east-1"),
	}
}

// readme is the configuration in aws-vault's README.
const readme = `
[default]
region = us-east-1

[profile jon]
mfa_serial = ` + jonMFA + `

[profile foo-readonly]
source_profile = jon
role_arn = ` + ops + `

[profile foo-admin]
source_profile = jon
role_arn = ` + admin + `
mfa_serial = ` + jonMFA + `

[profile bar-role1]
source_profile = jon
role_arn = ` + admin + `
mfa_serial = ` + jonMFA + `

[profile bar-role2]
source_profile = bar-role1
role_arn = ` + ops + `
mfa_serial = ` + jonMFA + `
`

func TestPlan(t *testing.T) {
	region := resolve.Setting{Text: "us-east-1", From: "config:3 [default]"}
	tests := []struct {
		name    string
		profile string
		config  string
		env     map[string]string
		change  func(*resolve.Inputs)
		want    resolve.Plan
	}{
		{
			name: "a user without a session has the long-lived keys", profile: "jon", config: readme,
			change: func(in *resolve.Inputs) { in.NoSession = true },
			want:   resolve.Plan{Region: region, Steps: []resolve.Step{stored("jon")}},
		},
		{
			name: "a user has a session with MFA", profile: "jon", config: readme,
			want: resolve.Plan{Region: region, Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, jonMFA)}},
		},
		{
			name: "a user without a device has a session all the same", profile: "ann", config: readme,
			want: resolve.Plan{Region: region, Steps: []resolve.Step{stored("ann"), getSession("ann", time.Hour, "")}},
		},
		{
			name: "a role without MFA is assumed with the keys", profile: "foo-readonly", config: readme,
			want: resolve.Plan{Region: region, RoleARN: ops, Account: "333344445555",
				Steps: []resolve.Step{stored("jon"), assume("foo-readonly", ops, time.Hour, "")}},
		},
		{
			name: "a role with the user's MFA is assumed with an MFA session", profile: "foo-admin", config: readme,
			want: resolve.Plan{Region: region, RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, jonMFA), assume("foo-admin", admin, time.Hour, "")}},
		},
		{
			name: "a role for more than an hour is assumed with the keys and MFA", profile: "foo-admin", config: readme,
			change: func(in *resolve.Inputs) { in.Duration = 2 * time.Hour },
			want: resolve.Plan{Region: region, RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), assume("foo-admin", admin, 2*time.Hour, jonMFA)}},
		},
		{
			name: "a role of a role begins with the same MFA session", profile: "bar-role2", config: readme,
			want: resolve.Plan{Region: region, RoleARN: ops, Account: "333344445555",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, jonMFA), assume("bar-role1", admin, time.Hour, ""), assume("bar-role2", ops, time.Hour, "")}},
		},
		{
			name: "a role of a role without a session asks for MFA at the first role", profile: "bar-role2", config: readme,
			change: func(in *resolve.Inputs) { in.NoSession = true },
			want: resolve.Plan{Region: region, RoleARN: ops, Account: "333344445555",
				Steps: []resolve.Step{stored("jon"), assume("bar-role1", admin, time.Hour, jonMFA), assume("bar-role2", ops, time.Hour, "")}},
		},
		{
			name: "a role of a role is never longer than an hour, and the MFA session serves for the time that was asked", profile: "bar-role2", config: readme,
			change: func(in *resolve.Inputs) { in.Duration = 10 * time.Hour },
			want: resolve.Plan{Region: region, RoleARN: ops, Account: "333344445555",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 10*time.Hour, jonMFA), assume("bar-role1", admin, time.Hour, ""), assume("bar-role2", ops, time.Hour, "")},
				Notes: []string{"bar-role2: 10h (--duration) is cut to 1h, the most that AWS allows for a role that is assumed with temporary credentials"}},
		},
		{
			name: "a shorter role does not shorten the MFA session, which others use too", profile: "foo-admin", config: readme,
			change: func(in *resolve.Inputs) { in.Duration = 20 * time.Minute },
			want: resolve.Plan{Region: region, RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, jonMFA), assume("foo-admin", admin, 20*time.Minute, "")}},
		},
		{
			name: "the variables of aws-vault set the durations", profile: "foo-admin", config: readme,
			env: map[string]string{"AWS_ASSUME_ROLE_TTL": "30m", "AWS_CHAINED_SESSION_TOKEN_TTL": "2h", "AWS_SESSION_TOKEN_TTL": "bad, but not asked for"},
			want: resolve.Plan{Region: region, RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 2*time.Hour, jonMFA), assume("foo-admin", admin, 30*time.Minute, "")}},
		},
		{
			name: "a duration beyond AWS's limits is cut, one below them is raised", profile: "foo-readonly", config: readme,
			env: map[string]string{"AWS_ASSUME_ROLE_TTL": "2d"},
			want: resolve.Plan{Region: region, RoleARN: ops, Account: "333344445555",
				Steps: []resolve.Step{stored("jon"), with(assume("foo-readonly", ops, 12*time.Hour, ""), func(s *resolve.Step) { s.Less = time.Hour })},
				Notes: []string{"foo-readonly: 48h (AWS_ASSUME_ROLE_TTL) is cut to 12h, the most that AWS allows for a role"}},
		},
		{
			name: "a user's session lasts as long as asked", profile: "jon", config: readme,
			change: func(in *resolve.Inputs) { in.Duration = time.Minute },
			want: resolve.Plan{Region: region,
				Steps: []resolve.Step{stored("jon"), with(getSession("jon", 15*time.Minute, jonMFA), func(s *resolve.Step) { s.Most = 15 * time.Minute })},
				Notes: []string{"jon: 1m (--duration) is raised to 15m, the least that AWS allows"}},
		},
		{
			name: "AWS_MFA_SERIAL counts for every profile of the chain", profile: "foo-admin", config: readme,
			env: map[string]string{"AWS_MFA_SERIAL": annMFA},
			want: resolve.Plan{Region: region, RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, annMFA), assume("foo-admin", admin, time.Hour, "")}},
		},
		{
			name: "a role's device that is not the source's is asked for with the role", profile: "dev",
			config: "[profile jon]\nmfa_serial = " + jonMFA + "\n[profile dev]\nsource_profile = jon\nmfa_serial = " + annMFA + "\nrole_arn = " + admin,
			want: resolve.Plan{RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), assume("dev", admin, time.Hour, annMFA)}},
		},
		{
			name: "the device of [default] counts for source and role", profile: "dev",
			config: "[default]\nmfa_serial = " + jonMFA + "\n[profile dev]\nsource_profile = jon\nrole_arn = " + admin,
			want: resolve.Plan{RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, jonMFA), assume("dev", admin, time.Hour, "")}},
		},
		{
			name: "a second role's device is not asked for", profile: "two",
			config: "[profile one]\nsource_profile = jon\nrole_arn = " + admin + "\n[profile two]\nsource_profile = one\nmfa_serial = " + jonMFA + "\nrole_arn = " + ops,
			want: resolve.Plan{RoleARN: ops, Account: "333344445555",
				Steps: []resolve.Step{stored("jon"), assume("one", admin, time.Hour, ""), assume("two", ops, time.Hour, "")},
				Notes: []string{"two: mfa_serial (config:6 [profile two]) is not used: AWS accepts an MFA code only for the first role of a chain"}},
		},
		{
			name: "stored keys go before source_profile, and a role on them needs no session", profile: "jon",
			config: "[profile jon]\nsource_profile = ann\nmfa_serial = " + jonMFA + "\nrole_arn = " + admin,
			want: resolve.Plan{RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), assume("jon", admin, time.Hour, jonMFA)}},
		},
		{
			name: "a source with keys and a role of its own gives the role", profile: "dev",
			config: "[profile jon]\nmfa_serial = " + jonMFA + "\nrole_arn = " + admin + "\n[profile dev]\nsource_profile = jon\nmfa_serial = " + jonMFA + "\nrole_arn = " + ops,
			want: resolve.Plan{RoleARN: ops, Account: "333344445555",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, jonMFA), assume("jon", admin, time.Hour, ""), assume("dev", ops, time.Hour, "")}},
		},
		{
			name: "a profile that is its own source uses its stored keys", profile: "jon",
			config: "[profile jon]\nsource_profile = jon\nrole_arn = " + admin,
			want: resolve.Plan{RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), assume("jon", admin, time.Hour, "")}},
		},
		{
			name: "a profile without a role passes its source's session on, its own device first", profile: "dev",
			config: "[profile dev]\nsource_profile = jon\nregion = eu-west-1\nmfa_serial = " + annMFA + "\n[profile jon]\nregion = us-east-1\nmfa_serial = " + jonMFA,
			want: resolve.Plan{Region: resolve.Setting{Text: "eu-west-1", From: "config:3 [profile dev]"},
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, annMFA)}},
		},
		{
			name: "a profile without a role does not stand between role and MFA session", profile: "dev",
			config: "[profile mid]\nsource_profile = jon\n[profile dev]\nsource_profile = mid\nmfa_serial = " + jonMFA + "\nrole_arn = " + admin + "\n[profile jon]\nmfa_serial = " + jonMFA,
			want: resolve.Plan{RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, jonMFA), assume("dev", admin, time.Hour, "")}},
		},
		{
			name: "a profile without a role over one with a role gets the time that was asked", profile: "top",
			config: "[profile top]\nsource_profile = dev\n[profile dev]\nsource_profile = jon\nrole_arn = " + admin,
			change: func(in *resolve.Inputs) { in.Duration = 3 * time.Hour },
			want: resolve.Plan{RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), assume("dev", admin, 3*time.Hour, "")}},
		},
		{
			name: "keys without a section have the settings of [default]", profile: "ann",
			config: "[default]\nregion = ap-southeast-2\nmfa_process = ykman\nmfa_serial = " + annMFA,
			want: resolve.Plan{Region: resolve.Setting{Text: "ap-southeast-2", From: "config:2 [default]"},
				Steps: []resolve.Step{stored("ann"), {Kind: resolve.GetSessionToken, Profile: "ann", Duration: 8 * time.Hour, MFASerial: annMFA, MFAProcess: "ykman", Endpoint: awsEndpoint("ap-southeast-2")}}},
		},
		{
			name: "settings come from included profiles, the nearest first, and [default] last", profile: "dev",
			config: `[default]
region = us-east-1
duration_seconds = 1800
role_session_name = nobody
[profile base]
region = eu-north-1
include_profile = root
role_arn = ` + admin + `
[profile root]
region = eu-south-1
external_id = x-42
source_profile = jon
vault_protected = TRUE
[profile dev]
include_profile = base
role_session_name = jon@example.com`,
			want: resolve.Plan{Region: resolve.Setting{Text: "eu-north-1", From: "config:6 [profile base]"}, RoleARN: admin, Account: "222233334444", Protected: true,
				Steps: []resolve.Step{stored("jon"), {Kind: resolve.AssumeRole, Profile: "dev", Duration: 30 * time.Minute, RoleARN: admin, SessionName: "jon@example.com", ExternalID: "x-42", Endpoint: awsEndpoint("eu-north-1")}}},
		},
		{
			name: "nothing of who one is comes from [default]", profile: "jon",
			config: "[default]\nsource_profile = ann\nvault_protected = true\ncredential_process = x\nrole_arn = " + admin + "\n[profile jon]\nregion = us-east-1",
			want: resolve.Plan{Region: resolve.Setting{Text: "us-east-1", From: "config:7 [profile jon]"},
				Steps: []resolve.Step{stored("jon"), getSession("jon", time.Hour, "")}},
		},
		{
			name: "but including [default] by name is a wish", profile: "dev",
			config: "[default]\nsource_profile = ann\nrole_arn = " + admin + "\n[profile dev]\ninclude_profile = default",
			want: resolve.Plan{RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("ann"), assume("dev", admin, time.Hour, "")}},
		},
		{
			name: "[default] may include what is there already", profile: "base",
			config: "[default]\ninclude_profile = base\n[profile base]\nsource_profile = jon\nrole_arn = " + admin,
			want: resolve.Plan{RoleARN: admin, Account: "222233334444",
				Steps: []resolve.Step{stored("jon"), assume("base", admin, time.Hour, "")}},
		},
		{
			name: "all parameters of a role are read", profile: "dev",
			config: "[profile dev]\nsource_profile = jon\nrole_arn = " + ops + `
role_session_name = me
external_id = a:b/c
source_identity = jon@x
session_tags = Team = core , Env=a=b
transitive_session_tags = team,, Env
duration_seconds = 7200`,
			want: resolve.Plan{RoleARN: ops, Account: "333344445555",
				Steps: []resolve.Step{stored("jon"), {
					Kind: resolve.AssumeRole, Profile: "dev", Duration: 2 * time.Hour, RoleARN: ops, SessionName: "me", ExternalID: "a:b/c", SourceIdentity: "jon@x",
					Tags: []resolve.Tag{{Key: "Team", Value: "core"}, {Key: "Env", Value: "a=b"}}, TransitiveTags: []string{"team", "Env"}, Endpoint: awsEndpoint("us-east-1"),
				}}},
		},
		{
			name: "the variables about the role count for the target only", profile: "bar-role2", config: readme,
			env: map[string]string{
				"AWS_ROLE_ARN": "arn:aws:iam::999988887777:role/env", "AWS_ROLE_SESSION_NAME": "env-name", "AWS_SESSION_TAGS": "A=1", "AWS_TRANSITIVE_TAGS": "A", "AWS_SOURCE_IDENTITY": "env-id",
			},
			want: resolve.Plan{Region: region, RoleARN: "arn:aws:iam::999988887777:role/env", Account: "999988887777",
				Steps: []resolve.Step{stored("jon"), getSession("jon", 8*time.Hour, jonMFA), assume("bar-role1", admin, time.Hour, ""), {
					Kind: resolve.AssumeRole, Profile: "bar-role2", Duration: time.Hour, RoleARN: "arn:aws:iam::999988887777:role/env", SessionName: "env-name",
					SourceIdentity: "env-id", Tags: []resolve.Tag{{Key: "A", Value: "1"}}, TransitiveTags: []string{"A"}, Endpoint: awsEndpoint("us-east-1"),
				}}},
		},
		{
			name: "a role takes its MFA program from its source", profile: "dev",
			config: "[profile jon]\nmfa_process = ykman code\n[profile dev]\nsource_profile = jon\nmfa_serial = GAHT12345678\nrole_arn = " + admin,
			want: resolve.Plan{RoleARN: admin, Account: "222233334444", Steps: []resolve.Step{stored("jon"), {
				Kind: resolve.AssumeRole, Profile: "dev", Duration: time.Hour, RoleARN: admin, SessionName: "vault", MFASerial: "GAHT12345678", MFAProcess: "ykman code", Endpoint: awsEndpoint("us-east-1"),
			}}},
		},
		{
			name: "a session name that AWS would refuse is made valid", profile: "foo-readonly", config: readme,
			change: func(in *resolve.Inputs) { in.SessionName = `CORP\zoë brown` },
			want: resolve.Plan{Region: region, RoleARN: ops, Account: "333344445555", Steps: []resolve.Step{stored("jon"), {
				Kind: resolve.AssumeRole, Profile: "foo-readonly", Duration: time.Hour, RoleARN: ops, SessionName: "CORP-zo--brown", Endpoint: awsEndpoint("us-east-1"),
			}}},
		},
		{
			name: "the credentials file goes before the config file", profile: "dev",
			config: "[profile dev]\nregion = us-east-1\nsource_profile = jon\nrole_arn = " + admin + "\n---\n[dev]\nregion = us-west-2\n",
			want: resolve.Plan{Region: resolve.Setting{Text: "us-west-2", From: "credentials:2 [profile dev]"}, RoleARN: admin, Account: "222233334444", Steps: []resolve.Step{stored("jon"), {
				Kind: resolve.AssumeRole, Profile: "dev", Duration: time.Hour, RoleARN: admin, SessionName: "vault", Endpoint: awsEndpoint("us-west-2"),
			}}},
		},
		{
			name: "a CA bundle is for the calls", profile: "ann", config: "[default]\nca_bundle = /etc/corp.pem",
			want: resolve.Plan{CABundle: resolve.Setting{Text: "/etc/corp.pem", From: "config:2 [default]"}, Steps: []resolve.Step{stored("ann"), getSession("ann", time.Hour, "")}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := inputs(t, test.profile, test.config, test.env)
			if test.change != nil {
				test.change(&in)
			}
			got, err := resolve.NewPlan(in)
			if err != nil {
				t.Fatal(err)
			}
			test.want.Profile = test.profile
			if diff := cmp.Diff(&test.want, got, cmpopts.IgnoreUnexported(resolve.Plan{})); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRegion(t *testing.T) {
	const text = "[default]\nregion = us-west-1\n[profile jon]\nregion = eu-west-1\n[profile inc]\ninclude_profile = jon\nsource_profile = jon\n[profile bare]\nsource_profile = ann\n"
	env := map[string]string{"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}
	tests := []struct {
		name, profile string
		env           map[string]string
		flag          string
		prefer        bool
		want          resolve.Setting
	}{
		{"the environment goes before the profile", "jon", env, "", false, resolve.Setting{Text: "eu-west-2", From: "AWS_REGION"}},
		{"AWS_DEFAULT_REGION will do", "jon", map[string]string{"AWS_DEFAULT_REGION": "eu-west-3"}, "", false, resolve.Setting{Text: "eu-west-3", From: "AWS_DEFAULT_REGION"}},
		{"a flag goes before the environment", "jon", env, "ca-west-1", false, resolve.Setting{Text: "ca-west-1", From: "--region"}},
		{"a flag goes before all, whatever is preferred", "jon", env, "ca-west-1", true, resolve.Setting{Text: "ca-west-1", From: "--region"}},
		{"if preferred, the profile goes before the environment", "jon", env, "", true, resolve.Setting{Text: "eu-west-1", From: "config:4 [profile jon]"}},
		{"and an included profile too", "inc", env, "", true, resolve.Setting{Text: "eu-west-1", From: "config:4 [profile jon]"}},
		{"but the environment goes before [default]", "bare", env, "", true, resolve.Setting{Text: "eu-west-2", From: "AWS_REGION"}},
		{"without either, [default] has the word", "bare", nil, "", true, resolve.Setting{Text: "us-west-1", From: "config:2 [default]"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := inputs(t, test.profile, text, test.env)
			in.Region, in.PreferProfileRegion = test.flag, test.prefer
			plan, err := resolve.NewPlan(in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, plan.Region); diff != "" {
				t.Errorf("region (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheRegionOfTheShellIsNotCalledAFlag(t *testing.T) {
	in := inputs(t, "jon", "[profile jon]\nregion = eu-west-1\n", nil)
	in.Region, in.Shell, in.PreferProfileRegion = "us-west-2", true, true
	plan, err := resolve.NewPlan(in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(resolve.Setting{Text: "us-west-2", From: "AWS_REGION"}, plan.Region); diff != "" {
		t.Errorf("region (-want +got):\n%s", diff)
	}
	for _, use := range plan.Settings() {
		if strings.Contains(fmt.Sprint(use), "--region") {
			t.Errorf("explain says %v", use)
		}
	}
}

func TestBadInput(t *testing.T) {
	role := "role_arn = " + admin + "\nsource_profile = jon\n"
	tests := []struct {
		name    string
		profile string
		config  string
		env     map[string]string
		want    string
		hint    string
	}{
		{"an unknown profile", "dvv", "[profile dev]\n" + role, nil,
			`profile "dvv" not found in config`, `did you mean "dev"?`},
		{"a source that is missing", "dev", "[profile dev]\nsource_profile = jonn\n[profile john]\n", nil,
			`config:2: source_profile "jonn" not found`, `did you mean "john"?`},
		{"an included profile that is missing", "dev", "[profile dev]\ninclude_profile = bass\n[profile base]\n", nil,
			`config:2: include_profile "bass" not found`, `did you mean "base"?`},
		{"a loop of sources", "a", "[profile a]\nsource_profile = b\n[profile b]\nsource_profile = c\n[profile c]\nsource_profile = a\n", nil,
			`config:6: source_profile "a" makes a loop: a -> b -> c -> a`, ""},
		{"a loop of sources further down", "top", "[profile top]\nsource_profile = a\n[profile a]\nsource_profile = b\n[profile b]\nsource_profile = a\n", nil,
			`config:6: source_profile "a" makes a loop: top -> a -> b -> a`, ""},
		{"a loop of includes", "a", "[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = a\n", nil,
			`config:4: include_profile "a" makes a loop: a -> b -> a`, ""},
		{"a profile that includes itself", "a", "[profile a]\ninclude_profile = a\n", nil,
			`config:2: include_profile "a" makes a loop: a -> a`, ""},
		{"a profile that is its own source, without keys", "a", "[profile a]\nsource_profile = a\n", nil,
			`config:2: source_profile names the profile itself, and "a" has no stored keys`, "vault add a"},
		{"a profile without anything", "dev", "[profile dev]\nregion = us-east-1\n", nil,
			`config:1: profile "dev" has no credentials: no stored keys and no source_profile`, "vault add dev"},
		{"a role without a source", "dev", "[profile dev]\nrole_arn = " + admin, nil,
			`config:1: profile "dev" has no credentials: no stored keys and no source_profile`, "name the profile whose keys may assume the role: source_profile = NAME under [profile dev]"},
		{"a source that only [default] names", "dev", "[default]\nsource_profile = jon\n[profile dev]\nrole_arn = " + admin, nil,
			`config:3: profile "dev" has no credentials: no stored keys and no source_profile`, "profiles do not take the source_profile of [default]: write source_profile = jon under [profile dev]"},
		{"a section that is there twice", "dev", "[profile dev]\nregion = a\n[profile dev]\nregion = b\n", nil, `config:3: `, ""},

		{"an ARN of something else", "dev", "[profile dev]\nsource_profile = jon\nrole_arn = arn:aws:iam::222233334444:user/jon\n", nil,
			`config:3: role_arn "arn:aws:iam::222233334444:user/jon" is not the ARN of a role`, "it looks like arn:aws:iam::222233334444:role/NAME"},
		{"an ARN with a short account", "dev", "[profile dev]\nsource_profile = jon\nrole_arn = arn:aws:iam::2222:role/x\n", nil,
			`config:3: role_arn "arn:aws:iam::2222:role/x" is not the ARN of a role`, "it looks like arn:aws:iam::123456789012:role/NAME"},
		{"an ARN with a comment behind it", "dev", "[profile dev]\nsource_profile = jon\nrole_arn = " + admin + " # prod\n", nil,
			`config:3: role_arn "` + admin + ` # prod" is not the ARN of a role`, "a comment after a value is part of the value: put it on a line of its own"},
		{"an ARN in the environment", "jon", "", map[string]string{"AWS_ROLE_ARN": "admin"},
			`AWS_ROLE_ARN: role_arn "admin" is not the ARN of a role`, "it looks like arn:aws:iam::123456789012:role/NAME"},
		{"a region with a comment behind it", "jon", "[profile jon]\nregion = us-east-1 ; home\n", nil,
			`config:2: region "us-east-1 ; home" is not the name of a region`, "a comment after a value is part of the value: put it on a line of its own"},
		{"a region in quotes", "jon", "[profile jon]\nregion = \"us-east-1\"\n", nil,
			`config:2: region "\"us-east-1\"" is not the name of a region`, "quotes are part of the value: leave them out"},
		{"a region that would be another host", "jon", "", map[string]string{"AWS_REGION": "x.example.com/"},
			`AWS_REGION: region "x.example.com/" is not the name of a region`, "a region looks like eu-west-1"},
		{"a user's ARN as MFA device", "jon", "[profile jon]\nmfa_serial = arn:aws:iam::111122223333:user/jon\n", nil,
			`config:2: mfa_serial "arn:aws:iam::111122223333:user/jon" is neither the ARN of an MFA device nor a serial number`, "it looks like arn:aws:iam::111122223333:mfa/NAME"},
		{"a security key as MFA device", "jon", "[profile jon]\nmfa_serial = arn:aws:iam::111122223333:u2f/user/jon/key\n", nil,
			`config:2: mfa_serial "arn:aws:iam::111122223333:u2f/user/jon/key" is a security key, and AWS accepts only codes of six digits here`, ""},
		{"a short MFA serial", "jon", "", map[string]string{"AWS_MFA_SERIAL": "jon"},
			`AWS_MFA_SERIAL: mfa_serial "jon" is neither the ARN of an MFA device nor a serial number`, ""},
		{"a duration that is no number", "dev", "[profile dev]\n" + role + "duration_seconds = 1h\n", nil,
			`config:4: duration_seconds "1h" is not a number of seconds`, ""},
		{"a duration in the environment", "dev", "[profile dev]\n" + role, map[string]string{"AWS_ASSUME_ROLE_TTL": "3600"},
			`AWS_ASSUME_ROLE_TTL: "3600" is not a duration`, "a duration looks like 45m, 1h30m, 3600s or 1d"},
		{"a session name with a space", "dev", "[profile dev]\n" + role + "role_session_name = jon smith\n", nil,
			`config:4: role_session_name "jon smith" must be 2 to 64 characters: letters, digits, and _+=,.@-`, ""},
		{"an external id of one character", "dev", "[profile dev]\n" + role + "external_id = x\n", nil,
			`config:4: external_id "x" must be 2 to 1224 characters: letters, digits, and _+=,.@:/-`, ""},
		{"a source identity of AWS's", "dev", "[profile dev]\n" + role + "source_identity = aws:jon\n", nil,
			`config:4: source_identity "aws:jon" must be 2 to 64 characters: letters, digits, and _+=,.@-`, ""},
		{"a tag without a value", "dev", "[profile dev]\n" + role + "session_tags = Team\n", nil,
			`config:4: bad session tag "Team"`, "tags look like Team=core, Env=dev"},
		{"a tag twice", "dev", "[profile dev]\n" + role + "session_tags = Team=a,team=b\n", nil, `config:4: session tag "team" is there twice`, ""},
		{"a tag of AWS's", "dev", "[profile dev]\n" + role + "session_tags = AWS:x=b\n", nil, `config:4: session tag "AWS:x": keys that begin with aws: are reserved for AWS`, ""},
		{"a transitive tag that is no tag", "dev", "[profile dev]\n" + role + "session_tags = A=b\ntransitive_session_tags = B\n", nil,
			`config:5: transitive session tag "B" is not among the session tags`, ""},
		{"a word for protected that is neither", "jon", "[profile jon]\nvault_protected = yes\n", nil, `config:2: vault_protected is "yes", it must be true or false`, ""},

		{"an endpoint that is no URL", "jon", "[profile jon]\nendpoint_url = sts.example.com\n", nil,
			`config:2: the endpoint is not a URL`, "an endpoint looks like https://sts.example.com"},
		{"a services section that is missing", "jon", "[profile jon]\nservices = local\n[services locale]\n", nil,
			`config:2: services "local" not found`, `did you mean "locale"?`},
		{"an endpoint of one's own with FIPS", "jon", "[profile jon]\nendpoint_url = http://x\nuse_fips_endpoint = true\n", nil,
			`config:3: use_fips_endpoint cannot be combined with a custom endpoint (config:2 [profile jon])`, ""},
		{"an endpoint of one's own with dual stack", "jon", "[profile jon]\nendpoint_url = http://x\n", map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"},
			`AWS_USE_DUALSTACK_ENDPOINT: use_dualstack_endpoint cannot be combined with a custom endpoint (config:2 [profile jon])`, ""},
		{"a word for FIPS that is neither", "jon", "", map[string]string{"AWS_USE_FIPS_ENDPOINT": "1"}, `AWS_USE_FIPS_ENDPOINT: use_fips_endpoint is "1", it must be true or false`, ""},
		{"a word for the kind of endpoint that is neither", "jon", "[profile jon]\nsts_regional_endpoints = global\n", nil,
			`config:2: sts_regional_endpoints is "global", it must be regional or legacy`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan, err := resolve.NewPlan(inputs(t, test.profile, test.config, test.env))
			if err == nil {
				t.Fatalf("no error, but %+v", plan)
			}
			if got := err.Error(); got != test.want && (!strings.HasSuffix(test.want, ": ") || !strings.HasPrefix(got, test.want)) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if strings.HasSuffix(test.want, ": ") {
				return
			}
			hint := ""
			if h, ok := err.(interface{ Hint() string }); ok {
				hint = h.Hint()
			}
			if hint != test.hint {
				t.Errorf("hint: got  %s\n      want %s", hint, test.hint)
			}
		})
	}
}

func TestEndpoint(t *testing.T) {
	const services = "[services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\n[profile jon]\nservices = local\nendpoint_url = http://127.0.0.1:2\nregion = eu-west-1\n"
	const gov = "[profile jon]\nregion = us-gov-west-1\n"
	tests := []struct {
		name   string
		config string
		env    map[string]string
		want   resolve.Endpoint
	}{
		{"no region: the home of AWS", "", nil, awsEndpoint("us-east-1")},
		{"no region, but the ARN of another partition: its home", "[profile jon]\nmfa_serial = arn:aws-cn:iam::111122223333:mfa/jon\n", nil,
			resolve.Endpoint{URL: "https://sts.cn-north-1.amazonaws.com.cn", Region: "cn-north-1"}},
		{"a region of China", "", map[string]string{"AWS_REGION": "cn-northwest-1"}, resolve.Endpoint{URL: "https://sts.cn-northwest-1.amazonaws.com.cn", Region: "cn-northwest-1"}},
		{"a region of the European sovereign cloud", "", map[string]string{"AWS_REGION": "eusc-de-east-1"}, resolve.Endpoint{URL: "https://sts.eusc-de-east-1.amazonaws.eu", Region: "eusc-de-east-1"}},
		{"a region that nobody knows yet", "", map[string]string{"AWS_REGION": "xx-nowhere-9"}, awsEndpoint("xx-nowhere-9")},
		{"FIPS", "[profile jon]\nregion = us-east-2\n", map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"},
			resolve.Endpoint{URL: "https://sts-fips.us-east-2.amazonaws.com", Region: "us-east-2", From: "AWS_USE_FIPS_ENDPOINT"}},
		{"FIPS where every endpoint is", gov + "use_fips_endpoint = true\n", nil, awsEndpoint("us-gov-west-1")},
		{"FIPS can be switched off by the environment", "[profile jon]\nuse_fips_endpoint = true\n", map[string]string{"AWS_USE_FIPS_ENDPOINT": "false"}, awsEndpoint("us-east-1")},
		{"dual stack", "[profile jon]\nregion = us-east-2\nuse_dualstack_endpoint = true\n", nil,
			resolve.Endpoint{URL: "https://sts.us-east-2.api.aws", Region: "us-east-2", From: "config:3 [profile jon]"}},
		{"legacy in an old region", "[default]\nregion = eu-west-1\nsts_regional_endpoints = legacy\n", nil,
			resolve.Endpoint{URL: "https://sts.amazonaws.com", Region: "us-east-1", From: "config:3 [default]"}},
		{"legacy in a newer region", "[default]\nregion = eu-south-1\nsts_regional_endpoints = legacy\n", nil, awsEndpoint("eu-south-1")},
		{"regional by the environment", "[default]\nregion = eu-west-1\nsts_regional_endpoints = legacy\n", map[string]string{"AWS_STS_REGIONAL_ENDPOINTS": "regional"}, awsEndpoint("eu-west-1")},
		{"the variable of the service is first", services, map[string]string{"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:3", "AWS_ENDPOINT_URL": "http://127.0.0.1:4"},
			resolve.Endpoint{URL: "http://127.0.0.1:3", Region: "eu-west-1", From: "AWS_ENDPOINT_URL_STS"}},
		{"then the variable of all services", services, map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:4"},
			resolve.Endpoint{URL: "http://127.0.0.1:4", Region: "eu-west-1", From: "AWS_ENDPOINT_URL"}},
		{"then the services section", services, nil, resolve.Endpoint{URL: "http://127.0.0.1:1", Region: "eu-west-1", From: "config:3 [services local]"}},
		{"then the profile", strings.Replace(services, "sts =", "iam =", 1), nil, resolve.Endpoint{URL: "http://127.0.0.1:2", Region: "eu-west-1", From: "config:6 [profile jon]"}},
		{"all of them can be ignored", services, map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:4", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, awsEndpoint("eu-west-1")},
		{"also by the file", services + "ignore_configured_endpoint_urls = True\n", nil, awsEndpoint("eu-west-1")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan, err := resolve.NewPlan(inputs(t, "jon", test.config, test.env))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, plan.Steps[1].Endpoint); diff != "" {
				t.Errorf("endpoint (-want +got):\n%s", diff)
			}
		})
	}
}

// Programs ignore the profile once its keys are in variables, so vault tells them the
// endpoint, unless a variable of the person takes precedence over the profile anyway.
func TestEndpointsForPrograms(t *testing.T) {
	const (
		all      = "[profile jon]\nendpoint_url = http://127.0.0.1:4566\n"
		services = "[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:9000\nelastic_beanstalk =\n  endpoint_url = http://127.0.0.1:1\nsqs =\n  other = x\n[profile jon]\nservices = local\n"
	)
	type urls = []resolve.ServiceURL
	tests := []struct {
		name   string
		config string
		env    map[string]string
		want   urls
	}{
		{"none", "[profile jon]\n", nil, nil},
		{"for all", all, nil, urls{{"", "http://127.0.0.1:4566"}}},
		{"for all, from [default]", "[default]\nendpoint_url = http://127.0.0.1:4566\n[profile jon]\n", nil, urls{{"", "http://127.0.0.1:4566"}}},
		{"for single services", services, nil, urls{{"s3", "http://127.0.0.1:9000"}, {"elastic_beanstalk", "http://127.0.0.1:1"}}},
		{"for both", services + "endpoint_url = http://127.0.0.1:4566\n", nil, urls{{"", "http://127.0.0.1:4566"}, {"s3", "http://127.0.0.1:9000"}, {"elastic_beanstalk", "http://127.0.0.1:1"}}},
		{"a variable for all goes before both", services + "endpoint_url = http://127.0.0.1:4566\n", map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:3"}, nil},
		{"a variable of one service goes before that", services, map[string]string{"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:3"}, urls{{"elastic_beanstalk", "http://127.0.0.1:1"}}},
		{"ignored by the profile", all + "ignore_configured_endpoint_urls = true\n", nil, nil},
		{"ignored by the environment", all, map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, nil},
		{"of a source profile it is not the target's", "[profile dev]\nrole_arn = " + ops + "\nsource_profile = jon\n" + all, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := "jon"
			if strings.Contains(test.config, "[profile dev]") {
				name = "dev"
			}
			plan, err := resolve.NewPlan(inputs(t, name, test.config, test.env))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, plan.Endpoints); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	_, err := resolve.NewPlan(inputs(t, "jon", "[profile jon]\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://a b\n", nil))
	if err == nil || err.Error() != "config:5: the endpoint is not a URL" {
		t.Errorf("got %v", err)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "43200s": 12 * time.Hour, "1d": 24 * time.Hour, "2w": 14 * 24 * time.Hour,
		"1d12h": 36 * time.Hour, "1w2d": 9 * 24 * time.Hour, "1w2d3h4m": 9*24*time.Hour + 3*time.Hour + 4*time.Minute,
		"1d-1h": 0, "2d1w": 0, "1h1d": 0, "1d1d": 0, "dw": 0, "5000d": 0, "+1d": 0, "1d ": 0,
		"": 0, "90": 0, "-1h": 0, "d": 0, "1.5d": 0, "-1d": 0, "99999d": 0,
	} {
		got, err := resolve.ParseDuration(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "0s", "0h0m", "0d", "0w"} {
		if got, err := resolve.ParseDuration(text); got != 0 || err != nil {
			t.Errorf("ParseDuration(%q) = %v, %v", text, got, err)
		}
	}
	env := map[string]string{}
	getenv := func(name string) string { return env[name] }
	if d, err := resolve.MinTTL(getenv); d != 5*time.Minute || err != nil {
		t.Errorf("MinTTL = %v, %v", d, err)
	}
	env["AWS_MIN_TTL"], env["AWS_FEDERATION_TOKEN_TTL"] = "20m", "40h"
	if d, err := resolve.MinTTL(getenv); d != 20*time.Minute || err != nil {
		t.Errorf("MinTTL = %v, %v", d, err)
	}
	if d, err := resolve.FederationDuration(getenv, 0); d != 36*time.Hour || err != nil {
		t.Errorf("FederationDuration = %v, %v", d, err)
	}
	if d, err := resolve.FederationDuration(getenv, 2*time.Hour); d != 2*time.Hour || err != nil {
		t.Errorf("FederationDuration = %v, %v", d, err)
	}
	env["AWS_MIN_TTL"], env["AWS_FEDERATION_TOKEN_TTL"] = "0", "0s"
	if d, err := resolve.MinTTL(getenv); d != 0 || err != nil {
		t.Errorf("MinTTL of 0, which lets a session be used to its end: %v, %v", d, err)
	}
	if d, err := resolve.FederationDuration(getenv, 0); d != time.Hour || err != nil {
		t.Errorf("FederationDuration of 0 = %v, %v", d, err)
	}
	env["AWS_MIN_TTL"] = "soon"
	if _, err := resolve.MinTTL(getenv); err == nil || err.Error() != `AWS_MIN_TTL: "soon" is not a duration` {
		t.Errorf("MinTTL: %v", err)
	}
}

func TestNothingAtAll(t *testing.T) {
	_, err := resolve.NewPlan(resolve.Inputs{Profile: "dev"})
	if err == nil || !strings.HasPrefix(err.Error(), `profile "dev" not found`) {
		t.Errorf("got %v", err)
	}
}

// TestAnyConfiguration plans with profiles that refer to each other at random. There is always
// an answer, and AWS can accept every plan.
func TestAnyConfiguration(t *testing.T) {
	names := []string{"default", "jon", "a", "b", "c", "d"}
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		line := func(key string, values ...string) {
			if v := rapid.SampledFrom(append(values, "", "")).Draw(t, key); v != "" {
				fmt.Fprintf(&text, "%s = %s\n", key, v)
			}
		}
		for i, name := range names {
			fmt.Fprintln(&text, []string{"[default]", "[profile " + name + "]"}[min(i, 1)])
			line("source_profile", names[1:]...)
			line("include_profile", names...)
			line("role_arn", admin, ops)
			line("mfa_serial", jonMFA, annMFA)
			line("duration_seconds", "1", "3600", "7200", "99999")
		}
		in := inputs(t, rapid.SampledFrom(names).Draw(t, "profile"), text.String(), nil)
		in.NoSession = rapid.Bool().Draw(t, "no session")
		in.Duration = rapid.SampledFrom([]time.Duration{0, time.Minute, 2 * time.Hour, 100 * time.Hour}).Draw(t, "duration")
		plan, err := resolve.NewPlan(in)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "config:") {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		if plan.Steps[0].Kind != resolve.StoredKeys || plan.MFAPrompts() > 1 {
			t.Fatalf("%d MFA prompts in %+v", plan.MFAPrompts(), plan.Steps)
		}
		for i, s := range plan.Steps[1:] {
			most := 36 * time.Hour
			switch {
			case s.Kind == resolve.AssumeRole && i > 0:
				most = time.Hour
			case s.Kind == resolve.AssumeRole:
				most = 12 * time.Hour
			}
			if s.Duration < 15*time.Minute || s.Duration > most {
				t.Fatalf("step %d lasts %v: %+v", i+2, s.Duration, plan.Steps)
			}
			if i > 0 && (s.Kind == resolve.GetSessionToken || s.MFASerial != "") {
				t.Fatalf("step %d is one for long-lived keys: %+v", i+2, plan.Steps)
			}
		}
	})
}
