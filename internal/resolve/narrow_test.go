package resolve_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
)

const (
	readOnlyARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	s3Document  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
)

// files returns a function that reads policies from memory.
func files(all map[string]string) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if text, ok := all[path]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("read " + path + ": no such file or directory")
	}
}

// narrowConfig has a profile for every kind of delivery.
const narrowConfig = `
[default]
region = us-east-1
[sso-session corp]
sso_start_url = https://x.awsapps.com/start
sso_region = us-east-1
[profile jon]
[profile dev]
source_profile = jon
role_arn = ` + admin + `
[profile chain]
source_profile = dev
role_arn = ` + ops + `
[profile web]
role_arn = ` + admin + `
web_identity_token_file = /token
[profile sso]
sso_session = corp
sso_account_id = 222233334444
sso_role_name = Admin
[profile process]
credential_process = x
[profile sso-narrow]
include_profile = sso
vault_narrow_role = ` + admin + `
[profile jon-narrow]
source_profile = jon
vault_narrow_role = ` + admin + `
[profile own]
source_profile = jon
role_arn = ` + admin + `
vault_policy = ReadOnlyAccess
[profile file]
source_profile = jon
role_arn = ` + admin + `
vault_policy = ~/s3.json, ReadOnlyAccess
[profile relative]
source_profile = jon
role_arn = ` + admin + `
vault_policy = ./s3.json
[profile china]
source_profile = jon
role_arn = arn:aws-cn:iam::222233334444:role/admin
region = cn-north-1
`

// Only the call that delivers the session gets the policies.
func TestTheSessionThatIsDeliveredIsNarrowed(t *testing.T) {
	for profile, want := range map[string]string{
		"dev":        "stored keys, AssumeRole admin narrowed",
		"chain":      "stored keys, AssumeRole admin, AssumeRole ops narrowed",
		"web":        "AssumeRoleWithWebIdentity admin narrowed",
		"sso-narrow": "GetRoleCredentials, AssumeRole admin narrowed",
		"jon-narrow": "stored keys, AssumeRole admin narrowed",
	} {
		in := inputs(t, profile, narrowConfig, nil)
		in.ReadOnly = true
		plan, err := resolve.NewPlan(in)
		if err != nil {
			t.Errorf("%s: %v", profile, err)
			continue
		}
		var got []string
		for _, s := range plan.Steps {
			text := s.Kind.String()
			if s.RoleARN != "" {
				text += " " + s.RoleARN[strings.LastIndex(s.RoleARN, "/")+1:]
			}
			if slices.Equal(s.PolicyARNs, []string{readOnlyARN}) && s.Policy == "" {
				text += " narrowed"
			}
			got = append(got, text)
		}
		if text := strings.Join(got, ", "); text != want || plan.Narrowed.Mark() != "ro" || plan.Narrowed.From != "--read-only" {
			t.Errorf("%s: %s; %+v", profile, text, plan.Narrowed)
		}
	}
}

// A user's console session comes from GetFederationToken, which accepts policies.
func TestAUsersConsoleIsNarrowed(t *testing.T) {
	in := inputs(t, "jon", narrowConfig, nil)
	in.ReadOnly, in.Console = true, true
	plan, err := resolve.NewPlan(in)
	if err != nil {
		t.Fatal(err)
	}
	if last := plan.Last(); last.Kind != resolve.GetFederationToken || !slices.Equal(last.PolicyARNs, []string{readOnlyARN}) {
		t.Errorf("%+v", last)
	}
}

// Vault refuses to narrow a session for which AWS accepts no policy, and names the two ways
// out.
func TestWhatCannotBeNarrowedIsRefused(t *testing.T) {
	for profile, what := range map[string]string{
		"jon": "the session of a user", "sso": "credentials of IAM Identity Center", "process": "the credentials of a credential_process",
	} {
		in := inputs(t, profile, narrowConfig, nil)
		in.ReadOnly = true
		_, err := resolve.NewPlan(in)
		if err == nil || !strings.Contains(err.Error(), "AWS accepts no policy for "+what) || !strings.Contains(err.Error(), "--read-only") {
			t.Errorf("%s: %v", profile, err)
		}
		if hint := fault.HintOf(err); !strings.Contains(hint, "vault_narrow_role = ") || !strings.Contains(hint, "role_arn") {
			t.Errorf("%s: hint %q", profile, hint)
		}
	}
}

func TestPoliciesByNameFileAndARN(t *testing.T) {
	read := files(map[string]string{
		"~/s3.json": "\n{ \"Version\": \"2012-10-17\",\n \"Statement\": {\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"} }\n",
		"./empty":   "", "x.json": "{]", "./list": "[]", "./nothing": "{}", "./version": `{"Version":"2013-01-01","Statement":[]}`,
		"./bucket":  `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
		"./effect":  `{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}`,
		"./action":  `{"Statement":[{"Effect":"Allow","Resource":"*"}]}`,
		"./key":     `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Actions":"*"}]}`,
		"./field":   `{"Statements":[]}`,
		"./letters": `{"Statement":[{"Sid":"☃","Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"./large":   `{"Statement":[{"Effect":"Allow","Action":"` + strings.Repeat("x", 2000) + `","Resource":"*"}]}`,
	})
	for _, test := range []struct {
		profile  string
		policies []string
		want     resolve.Narrowing
		err      string
	}{
		{"dev", []string{"IAMReadOnlyAccess", "arn:aws:iam::222233334444:policy/a/b"},
			resolve.Narrowing{ARNs: []string{"arn:aws:iam::aws:policy/IAMReadOnlyAccess", "arn:aws:iam::222233334444:policy/a/b"}}, ""},
		{"dev", []string{"ReadOnlyAccess", readOnlyARN}, resolve.Narrowing{Names: []string{"ReadOnlyAccess"}, ARNs: []string{readOnlyARN}}, ""},
		{"china", []string{"ReadOnlyAccess"}, resolve.Narrowing{ARNs: []string{"arn:aws-cn:iam::aws:policy/ReadOnlyAccess"}}, ""},
		{"dev", []string{"~/s3.json"}, resolve.Narrowing{Document: s3Document}, ""},
		{"dev", []string{s3Document}, resolve.Narrowing{Names: []string{"a policy"}, Document: s3Document}, ""},
		{"file", nil, resolve.Narrowing{Names: []string{"~/s3.json", "ReadOnlyAccess"}, From: "config:36 [profile file]", Document: s3Document, ARNs: []string{readOnlyARN}}, ""},
		{"own", nil, resolve.Narrowing{Names: []string{"ReadOnlyAccess"}, From: "config:32 [profile own]", ARNs: []string{readOnlyARN}}, ""},
		{"own", []string{"ReadOnlyAccess"}, resolve.Narrowing{ARNs: []string{readOnlyARN}}, ""},

		{"own", []string{"AdministratorAccess"}, resolve.Narrowing{}, "config:32: vault_policy already narrows the profile, and AWS would also allow what --policy allows"},
		{"relative", nil, resolve.Narrowing{}, "config:40: vault_policy ./s3.json depends on the directory that you are in"},
		{"dev", []string{"~/s3.json", s3Document}, resolve.Narrowing{}, "--policy: a session can have one policy from a file, and this is a second one"},
		{"dev", []string{"arn:aws:iam::111122223333:policy/x"}, resolve.Narrowing{}, "--policy: policy arn:aws:iam::111122223333:policy/x must be in the account of the role, 222233334444"},
		{"dev", []string{"arn:aws-cn:iam::aws:policy/x"}, resolve.Narrowing{}, "--policy: policy arn:aws-cn:iam::aws:policy/x is of partition aws-cn, and the role is of aws"},
		{"dev", []string{"arn:aws:iam::222233334444:role/x"}, resolve.Narrowing{}, `--policy: policy "arn:aws:iam::222233334444:role/x" is not the ARN of a managed policy`},
		{"dev", []string{"read only"}, resolve.Narrowing{}, `--policy: policy "read only" is neither a file, an ARN, nor the name of an AWS managed policy`},
		{"dev", []string{"./gone"}, resolve.Narrowing{}, "--policy: read ./gone: no such file or directory"},
		{"dev", []string{"./empty"}, resolve.Narrowing{}, "--policy: ./empty: it is not JSON: line 1: unexpected end of JSON input"},
		{"dev", []string{"x.json"}, resolve.Narrowing{}, "--policy: x.json: it is not JSON: line 1: invalid character ']' looking for beginning of object key string"},
		{"dev", []string{"./list"}, resolve.Narrowing{}, "--policy: ./list: cannot unmarshal array into Go value of type"},
		{"dev", []string{"./nothing"}, resolve.Narrowing{}, "--policy: ./nothing: it has no Statement"},
		{"dev", []string{"./version"}, resolve.Narrowing{}, `--policy: ./version: the Version is "2013-01-01", it must be "2012-10-17"`},
		{"dev", []string{"./bucket"}, resolve.Narrowing{}, "--policy: ./bucket: statement 1: Principal belongs in the policy of a resource: the policy of a session always applies to the session"},
		{"dev", []string{"./effect"}, resolve.Narrowing{}, "--policy: ./effect: statement 1: the Effect must be Allow or Deny"},
		{"dev", []string{"./action"}, resolve.Narrowing{}, "--policy: ./action: statement 1: it must have one of Action and NotAction"},
		{"dev", []string{"./key"}, resolve.Narrowing{}, `--policy: ./key: statement 1: "Actions" is not a part of a statement`},
		{"dev", []string{"./field"}, resolve.Narrowing{}, `--policy: ./field: unknown field "Statements"`},
		{"dev", []string{"./letters"}, resolve.Narrowing{}, "--policy: ./letters: it has the character '☃'"},
		{"dev", []string{"./large"}, resolve.Narrowing{}, "--policy: the policies of the session have 2061 characters, and AWS allows 2048"},
		{"dev", strings.Fields(strings.Repeat("P%d ", 11)), resolve.Narrowing{}, "--policy: 11 managed policies, and AWS allows 10 for a session"},
	} {
		in := inputs(t, test.profile, narrowConfig, nil)
		in.ReadFile = read
		for i, p := range test.policies {
			in.Policies = append(in.Policies, strings.ReplaceAll(p, "%d", fmt.Sprint(i)))
		}
		plan, err := resolve.NewPlan(in)
		if test.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), test.err) {
				t.Errorf("%s %q: %v, want %s", test.profile, test.policies, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %q: %v", test.profile, test.policies, err)
			continue
		}
		want := test.want
		if want.Names == nil {
			want.Names = test.policies
		}
		if want.From == "" {
			want.From = "--policy"
		}
		if diff := cmp.Diff(want, plan.Narrowed); diff != "" {
			t.Errorf("%s %q: %s", test.profile, test.policies, diff)
		}
		if s := plan.Last(); s.Policy != want.Document || !slices.Equal(s.PolicyARNs, want.ARNs) {
			t.Errorf("%s %q: the step has %q, %q", test.profile, test.policies, s.Policy, s.PolicyARNs)
		}
	}
}

// AWS combines two policies on one line, so no other policy may weaken --read-only.
func TestReadOnlyIsAlone(t *testing.T) {
	in := inputs(t, "dev", narrowConfig, nil)
	in.ReadOnly, in.Policies = true, []string{"IAMFullAccess"}
	if _, err := resolve.NewPlan(in); err == nil || !strings.Contains(err.Error(), "--read-only and --policy cannot be combined") {
		t.Error(err)
	}
}

// A policy that is asked for and not named would leave a session as wide as its role.
func TestAPolicyHasAName(t *testing.T) {
	for says, change := range map[string]func(*resolve.Inputs){
		"vault_policy names no policy": func(in *resolve.Inputs) {
			*in = inputs(t, "dev", strings.Replace(narrowConfig, "[profile dev]\n", "[profile dev]\nvault_policy = , ,\n", 1), nil)
		},
		"--policy names no policy": func(in *resolve.Inputs) { in.Policies = []string{" "} },
	} {
		in := inputs(t, "dev", narrowConfig, nil)
		change(&in)
		if _, err := resolve.NewPlan(in); err == nil || !strings.HasSuffix(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}

// Two narrowings never share a session, and a narrowed one is never a whole one.
func TestTwoNarrowingsNeverShareASession(t *testing.T) {
	documents := []string{s3Document, strings.Replace(s3Document, "s3:*", "s3:Get*", 1), strings.Replace(s3Document, "Allow", "Deny", 1)}
	draw := func(t *rapid.T) *resolve.Plan {
		in := inputs(t, rapid.SampledFrom([]string{"dev", "chain", "web", "sso-narrow", "jon-narrow", "own"}).Draw(t, "profile"), narrowConfig, nil)
		if in.ReadOnly = rapid.Bool().Draw(t, "read-only"); !in.ReadOnly && in.Profile != "own" {
			in.Policies = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A", "B", "ReadOnlyAccess", readOnlyARN, "arn:aws:iam::aws:policy/A"}), 0, 2, rapid.ID).Draw(t, "policies")
			if i := rapid.IntRange(0, len(documents)).Draw(t, "document"); i < len(documents) {
				in.Policies = append(in.Policies, documents[i])
			}
		}
		plan, err := resolve.NewPlan(in)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t), draw(t)
		alike := a.Narrowed.Document == b.Narrowed.Document && slices.Equal(a.Narrowed.ARNs, b.Narrowed.ARNs)
		shared := a.SessionKeys("AKIA")[len(a.Steps)-1].Hash == b.SessionKeys("AKIA")[len(b.Steps)-1].Hash
		if shared && !alike {
			t.Fatalf("%+v and %+v share a session", a.Narrowed, b.Narrowed)
		}
		if a.Profile == b.Profile && alike && !shared {
			t.Fatalf("%+v is two sessions", a.Narrowed)
		}
	})
}
