package awsfake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"awsvault/tests/awsfake"
)

func TestIdentities(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	reader := w.role(awsfake.Role{Name: "reader", Path: "/deep/er/"})
	root := w.Account(account).Root().AddKey()
	rootKeys := creds{root.ID, root.Secret, ""}
	rootSession := of(must[*sts.GetSessionTokenOutput](t)(w.sts(rootKeys).GetSessionToken(t.Context(), nil)).Credentials)
	role := w.assume(w.keys, reader)
	session, _ := w.Session(role.id)

	type identity struct{ ARN, UserID, Account string }
	for name, c := range map[string]struct {
		creds creds
		want  identity
	}{
		"a user has its path":               {w.keys, identity{"arn:aws:iam::111122223333:user/team/jon", w.jon.ID, account}},
		"a session of a user is the user":   {w.session(false), identity{"arn:aws:iam::111122223333:user/team/jon", w.jon.ID, account}},
		"a role session drops the path":     {role, identity{"arn:aws:sts::111122223333:assumed-role/reader/s1", session.UserID, account}},
		"a federated user has its own name": {w.federation(), identity{"arn:aws:sts::111122223333:federated-user/guest", account + ":guest", account}},
		"root is the account":               {rootKeys, identity{"arn:aws:iam::111122223333:root", account, account}},
		"a session of root is the account":  {rootSession, identity{"arn:aws:iam::111122223333:root", account, account}},
	} {
		t.Run(name, func(t *testing.T) {
			out := must[*sts.GetCallerIdentityOutput](t)(w.sts(c.creds).GetCallerIdentity(t.Context(), nil))
			same(t, identity{*out.Arn, *out.UserId, *out.Account}, c.want)
		})
	}
	if !strings.HasPrefix(session.UserID, "AROA") || !strings.HasSuffix(session.UserID, ":s1") || !strings.HasPrefix(w.jon.ID, "AIDA") {
		t.Errorf("got ids %q and %q, want AROA…:s1 and AIDA…", session.UserID, w.jon.ID)
	}
}

func TestIssuedCredentials(t *testing.T) {
	w := newWorld(t, awsfake.Options{TokenSize: 4096})
	reader := w.role(awsfake.Role{Name: "reader"})
	first, second := w.assume(w.keys, reader), w.assume(w.keys, reader)
	if first.id == second.id || first.secret == second.secret || first.token == second.token {
		t.Errorf("got %+v twice, want other credentials", first)
	}
	if !strings.HasPrefix(first.id, "ASIA") || len(first.id) != 20 || len(first.secret) != 40 || len(first.token) != 4096 {
		t.Errorf("got %d-%d-%d bytes of %q, want 20-40-4096 of ASIA…", len(first.id), len(first.secret), len(first.token), first.id)
	}
	same(t, w.whoami(first), "arn:aws:sts::111122223333:assumed-role/reader/s1")

	info := must[*sts.GetAccessKeyInfoOutput](t)(w.sts(w.keys).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &first.id}))
	same(t, *info.Account, account)
}

func TestDurations(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	long := w.role(awsfake.Role{Name: "long", MaxSession: 12 * time.Hour})
	short := w.role(awsfake.Role{Name: "short"})
	hop := w.role(awsfake.Role{Name: "hop", MaxSession: 12 * time.Hour, Trust: awsfake.Trust{Principals: []string{long}}})
	root := w.Account(account).Root().AddKey()
	chain := refusal{400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."}
	tooLong := refusal{400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."}

	session := func(c creds, seconds int32) (*types.Credentials, error) {
		in := &sts.GetSessionTokenInput{}
		if seconds > 0 {
			in.DurationSeconds = &seconds
		}
		out, err := w.sts(c).GetSessionToken(t.Context(), in)
		if err != nil {
			return nil, err
		}
		return out.Credentials, nil
	}
	role := func(arn string) func(creds, int32) (*types.Credentials, error) {
		return func(c creds, seconds int32) (*types.Credentials, error) {
			in := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("s1")}
			if seconds > 0 {
				in.DurationSeconds = &seconds
			}
			out, err := w.sts(c).AssumeRole(t.Context(), in)
			if err != nil {
				return nil, err
			}
			return out.Credentials, nil
		}
	}
	for name, c := range map[string]struct {
		call    func(creds, int32) (*types.Credentials, error)
		caller  creds
		seconds int32
		life    time.Duration
		want    refusal
	}{
		"a user's session lasts 12 hours":                   {session, w.keys, 0, 12 * time.Hour, refusal{}},
		"a user's session may last 36 hours":                {session, w.keys, 129600, 36 * time.Hour, refusal{}},
		"a root session is cut to an hour":                  {session, creds{root.ID, root.Secret, ""}, 7200, time.Hour, refusal{}},
		"a role lasts an hour":                              {role(long), w.keys, 0, time.Hour, refusal{}},
		"a role may last as long as it says":                {role(long), w.keys, 43200, 12 * time.Hour, refusal{}},
		"a role may be short":                               {role(short), w.keys, 900, 15 * time.Minute, refusal{}},
		"a role does not last longer than it says":          {role(short), w.keys, 3601, 0, tooLong},
		"a role by a user's session lasts an hour":          {role(long), w.session(false), 3600, time.Hour, refusal{}},
		"a role by a user's session lasts no longer":        {role(long), w.session(false), 3601, 0, chain},
		"a role by a user's session with MFA: no longer":    {role(long), w.session(true), 43200, 0, chain},
		"a role by a role lasts no longer than an hour":     {role(hop), w.assume(w.keys, long), 3601, 0, chain},
		"a user's session of 14 minutes is not valid":       {session, w.keys, 840, 0, refusal{400, "ValidationError", "1 validation error detected: Value '840' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"}},
		"a user's session of 37 hours is not valid":         {session, w.keys, 133200, 0, refusal{400, "ValidationError", "1 validation error detected: Value '133200' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600"}},
		"a role of 13 hours is not valid, whatever it says": {role(long), w.keys, 46800, 0, refusal{400, "ValidationError", "1 validation error detected: Value '46800' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.call(c.caller, c.seconds)
			if c.want.Code != "" {
				same(t, refused(t, err), c.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			same(t, *got.Expiration, w.Clock.Now().Add(c.life).Truncate(time.Second))
		})
	}
}

func TestWhatEachKindOfCredentialMayCall(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	reader := w.role(awsfake.Role{Name: "reader", Trust: awsfake.Trust{Principals: []string{w.Account(account).ARN()}}})
	root := w.Account(account).Root().AddKey()
	calls := []struct {
		name string
		call func(creds) error
	}{
		{"GetSessionToken", func(c creds) error { _, err := w.sts(c).GetSessionToken(t.Context(), nil); return err }},
		{"GetFederationToken", func(c creds) error {
			_, err := w.sts(c).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("guest")})
			return err
		}},
		{"AssumeRole", func(c creds) error {
			_, err := w.sts(c).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &reader, RoleSessionName: aws.String("s1")})
			return err
		}},
		{"GetUser", func(c creds) error {
			_, err := w.iam(c).GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("jon")})
			return err
		}},
		{"GetAccessKeyInfo", func(c creds) error {
			_, err := w.sts(c).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &w.keys.id})
			return err
		}},
		{"GetCallerIdentity", func(c creds) error { _, err := w.sts(c).GetCallerIdentity(t.Context(), nil); return err }},
	}
	noSession := func(op string) refusal {
		return refusal{403, "AccessDenied", "Cannot call " + op + " with session credentials"}
	}
	noIAM := refusal{403, "InvalidClientTokenId", "The security token included in the request is invalid"}
	guest := "arn:aws:sts::111122223333:federated-user/guest"

	for name, c := range map[string]struct {
		creds creds
		want  map[string]refusal
	}{
		"a user's keys may all": {w.keys, nil},
		"a user's session without MFA may not IAM": {w.session(false), map[string]refusal{
			"GetSessionToken": noSession("GetSessionToken"), "GetFederationToken": noSession("GetFederationToken"),
			"GetAccessKeyInfo": noSession("GetAccessKeyInfo"), "GetUser": noIAM,
		}},
		"a user's session with MFA may IAM": {w.session(true), map[string]refusal{
			"GetSessionToken": noSession("GetSessionToken"), "GetFederationToken": noSession("GetFederationToken"),
			"GetAccessKeyInfo": noSession("GetAccessKeyInfo"),
		}},
		"a role session may not ask for user sessions": {w.assume(w.keys, reader), map[string]refusal{
			"GetSessionToken": noSession("GetSessionToken"), "GetFederationToken": noSession("GetFederationToken"),
		}},
		"a federated user may only know itself": {w.federation(), map[string]refusal{
			"GetSessionToken": noSession("GetSessionToken"), "GetFederationToken": noSession("GetFederationToken"),
			"GetUser":          noIAM,
			"AssumeRole":       {403, "AccessDenied", "User: " + guest + " is not authorized to perform: sts:AssumeRole"},
			"GetAccessKeyInfo": {403, "AccessDenied", "User: " + guest + " is not authorized to perform: sts:GetAccessKeyInfo"},
		}},
		"root may not take on roles": {creds{root.ID, root.Secret, ""}, map[string]refusal{
			"AssumeRole": {403, "AccessDenied", "Roles may not be assumed by root accounts."},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]refusal{}
			for _, call := range calls {
				if err := call.call(c.creds); err != nil {
					got[call.name] = refused(t, err)
				}
			}
			if c.want == nil {
				c.want = map[string]refusal{}
			}
			same(t, got, c.want)
		})
	}
}

func TestParametersOfAssumeRole(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	reader := w.role(awsfake.Role{Name: "reader", Trust: awsfake.Trust{Principals: []string{w.jon.ARN()}, TagSession: true}})
	invalid := func(problems string) refusal { return refusal{400, "ValidationError", problems} }
	long := strings.Repeat("s", 65)

	for name, c := range map[string]struct {
		change func(*sts.AssumeRoleInput)
		want   refusal
	}{
		"a name with a blank": {func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") },
			invalid(`1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`)},
		"a name of 65": {func(in *sts.AssumeRoleInput) { in.RoleSessionName = &long },
			invalid(`1 validation error detected: Value '` + long + `' at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64`)},
		"two problems at once": {func(in *sts.AssumeRoleInput) { in.RoleSessionName, in.ExternalId = aws.String("s"), aws.String("ä") },
			invalid(`3 validation errors detected: Value 's' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2; ` +
				`Value 'ä' at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@:\/-]*; ` +
				`Value 'ä' at 'externalId' failed to satisfy constraint: Member must have length greater than or equal to 2`)},
		"an ARN that is none": {func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::role/reader") },
			invalid("arn:aws:iam::role/reader is invalid")},
		"a code of five digits": {func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &w.mfa.Serial, aws.String("12345") },
			invalid("1 validation error detected: Value '12345' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6")},
		"a tag key that is empty": {func(in *sts.AssumeRoleInput) { in.Tags = tags("a", "1", "", "2") },
			invalid(`2 validation errors detected: Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+; ` +
				`Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1`)},
		"a tag key twice": {func(in *sts.AssumeRoleInput) { in.Tags = tags("Team", "a", "team", "b") },
			refusal{400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."}},
		"a transitive key that is no tag": {func(in *sts.AssumeRoleInput) { in.TransitiveTagKeys = []string{"team"} },
			refusal{400, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."}},
		"51 tags": {func(in *sts.AssumeRoleInput) { in.Tags = manyTags(51) },
			invalid("1 validation error detected: Value '[...]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50")},
		"a policy that is not JSON": {func(in *sts.AssumeRoleInput) { in.Policy = aws.String("{") },
			refusal{400, "MalformedPolicyDocument", "The policy is not in the valid JSON format."}},
		"a policy of a resource": {func(in *sts.AssumeRoleInput) {
			in.Policy = aws.String(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`)
		}, refusal{400, "MalformedPolicyDocument", "Policy document should not specify a principal."}},
		"a policy without a resource": {func(in *sts.AssumeRoleInput) { in.Policy = aws.String(`{"Statement":{"Effect":"Allow","Action":"*"}}`) },
			refusal{400, "MalformedPolicyDocument", "Syntax errors in policy."}},
		"a policy of another account": {func(in *sts.AssumeRoleInput) {
			in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::444455556666:policy/there")}}
		}, refusal{400, "ValidationError", "Policy arn:aws:iam::444455556666:policy/there does not exist or is not attachable."}},
		"a policy that is too large": {func(in *sts.AssumeRoleInput) { in.Policy = policy(2200) },
			refusal{400, "PackedPolicyTooLarge", "Packed policy consumes 107% of allotted space, please use smaller policy."}},
	} {
		t.Run(name, func(t *testing.T) {
			in := &sts.AssumeRoleInput{RoleArn: &reader, RoleSessionName: aws.String("s1")}
			c.change(in)
			_, err := w.sts(w.keys).AssumeRole(t.Context(), in)
			same(t, refused(t, err), c.want)
		})
	}

	t.Run("a good policy is accepted", func(t *testing.T) {
		out := must[*sts.AssumeRoleOutput](t)(w.sts(w.keys).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: &reader, RoleSessionName: aws.String("s1"), Policy: policy(1024), MinimumSessionTokenSize: aws.Int32(1024),
			PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}},
		}))
		same(t, []int32{*out.SessionTokenSize, *out.SessionTokenUtilization}, []int32{1024, 25})
	})
	t.Run("a federated name of 33 is refused", func(t *testing.T) {
		name := strings.Repeat("n", 33)
		_, err := w.sts(w.keys).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: &name})
		same(t, refused(t, err), invalid("1 validation error detected: Value '"+name+"' at 'name' failed to satisfy constraint: Member must have length less than or equal to 32"))
	})
	t.Run("a missing parameter is named", func(t *testing.T) {
		same(t, w.send(signing{creds: w.keys, method: "POST", target: "/", body: "Action=GetFederationToken&Version=2011-06-15", service: "sts", region: "us-east-1", at: w.Clock.Now()}),
			invalid("1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"))
	})
}

func tags(pairs ...string) []types.Tag {
	var all []types.Tag
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return all
}

func manyTags(n int) []types.Tag {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("k%d", i), "v")
	}
	return tags(pairs...)
}

func policy(size int) *string {
	p := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`
	p += strings.Repeat(" ", size-len(p))
	return &p
}
