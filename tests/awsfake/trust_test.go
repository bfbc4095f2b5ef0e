package awsfake_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awsvault/tests/awsfake"
)

const (
	wrongCode    = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
	wrongSerial  = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
	halfMFA      = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
	readerARN    = "arn:aws:iam::111122223333:role/reader"
	readerCaller = "arn:aws:sts::111122223333:assumed-role/reader/s1"
)

func TestTrustOfPrincipals(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	reader := w.role(awsfake.Role{Name: "reader"})
	role := w.assume(w.keys, reader)
	ann := w.Account(other).AddUser("ann").AddKey()
	stranger := creds{ann.ID, ann.Secret, ""}

	for name, c := range map[string]struct {
		principal string
		caller    creds
		arn       string // of the caller
		admitted  bool
	}{
		"a user":                              {w.jon.ARN(), w.keys, w.jon.ARN(), true},
		"a user means its sessions":           {w.jon.ARN(), w.session(false), w.jon.ARN(), true},
		"a user means no role of it":          {w.jon.ARN(), role, readerCaller, false},
		"an account means its users":          {"arn:aws:iam::111122223333:root", w.keys, w.jon.ARN(), true},
		"an account means its roles":          {"arn:aws:iam::111122223333:root", role, readerCaller, true},
		"an account id means the account":     {account, w.keys, w.jon.ARN(), true},
		"an account means nobody else":        {"arn:aws:iam::111122223333:root", stranger, "arn:aws:iam::444455556666:user/ann", false},
		"a user of another account":           {"arn:aws:iam::444455556666:user/ann", stranger, "arn:aws:iam::444455556666:user/ann", true},
		"a role means its sessions":           {reader, role, readerCaller, true},
		"a role session means itself":         {readerCaller, role, readerCaller, true},
		"a role session means no other":       {"arn:aws:sts::111122223333:assumed-role/reader/s2", role, readerCaller, false},
		"a role means no user who may it":     {reader, w.keys, w.jon.ARN(), false},
		"everybody":                           {"*", stranger, "arn:aws:iam::444455556666:user/ann", true},
		"nobody, as a name that is not there": {"arn:aws:iam::111122223333:user/jon", w.keys, w.jon.ARN(), false}, // jon has a path
	} {
		t.Run(name, func(t *testing.T) {
			target := w.role(awsfake.Role{Name: "target", Trust: awsfake.Trust{Principals: []string{c.principal}}})
			_, err := w.sts(c.caller).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &target, RoleSessionName: aws.String("s1")})
			if c.admitted {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			same(t, refused(t, err), denied(c.arn, "sts:AssumeRole", target))
		})
	}
	t.Run("a role that is not there reads like a trust that does not fit", func(t *testing.T) {
		missing := "arn:aws:iam::111122223333:role/missing"
		_, err := w.sts(w.keys).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &missing, RoleSessionName: aws.String("s1")})
		same(t, refused(t, err), denied(w.jon.ARN(), "sts:AssumeRole", missing))
	})
}

func TestTrustConditions(t *testing.T) {
	for name, c := range map[string]struct {
		trust awsfake.Trust
		in    sts.AssumeRoleInput
		want  string // the action that is not allowed; empty: admitted
	}{
		"the external id asked for":          {awsfake.Trust{ExternalID: "xyz"}, sts.AssumeRoleInput{ExternalId: aws.String("xyz")}, ""},
		"another external id":                {awsfake.Trust{ExternalID: "xyz"}, sts.AssumeRoleInput{ExternalId: aws.String("XYZ")}, "sts:AssumeRole"},
		"no external id":                     {awsfake.Trust{ExternalID: "xyz"}, sts.AssumeRoleInput{}, "sts:AssumeRole"},
		"an external id that nobody asked":   {awsfake.Trust{}, sts.AssumeRoleInput{ExternalId: aws.String("xyz")}, ""},
		"tags that are allowed":              {awsfake.Trust{TagSession: true}, sts.AssumeRoleInput{Tags: tags("a", "b")}, ""},
		"tags that are not":                  {awsfake.Trust{}, sts.AssumeRoleInput{Tags: tags("a", "b")}, "sts:TagSession"},
		"a source identity that is allowed":  {awsfake.Trust{SetSourceIdentity: true}, sts.AssumeRoleInput{SourceIdentity: aws.String("jon")}, ""},
		"a source identity that is not":      {awsfake.Trust{}, sts.AssumeRoleInput{SourceIdentity: aws.String("jon")}, "sts:SetSourceIdentity"},
		"a source identity that is required": {awsfake.Trust{SetSourceIdentity: true, SourceIdentityRequired: true}, sts.AssumeRoleInput{}, "sts:AssumeRole"},
		"MFA that is lacking":                {awsfake.Trust{MFA: true}, sts.AssumeRoleInput{}, "sts:AssumeRole"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, awsfake.Options{})
			c.trust.Principals = []string{w.jon.ARN()}
			arn := w.role(awsfake.Role{Name: "reader", Trust: c.trust})
			c.in.RoleArn, c.in.RoleSessionName = &arn, aws.String("s1")
			_, err := w.sts(w.keys).AssumeRole(t.Context(), &c.in)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			same(t, refused(t, err), denied(w.jon.ARN(), c.want, readerARN))
		})
	}
}

func TestMFACodes(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	foreign := w.Account(account).AddUser("ann").AddMFA("ann")
	call := func(serial, code *string) string {
		_, err := w.sts(w.keys).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{SerialNumber: serial, TokenCode: code})
		if err == nil {
			return ""
		}
		got := refused(t, err)
		same(t, refusal{got.Status, got.Code, ""}, refusal{403, "AccessDenied", ""})
		return got.Message
	}
	serial, code := &w.mfa.Serial, aws.String(w.mfa.Code())

	same(t, call(serial, nil), halfMFA)
	same(t, call(nil, code), halfMFA)
	same(t, call(aws.String(w.jon.ARN()), code), wrongSerial)
	same(t, call(&foreign.Serial, aws.String(foreign.Code())), wrongSerial)
	same(t, call(serial, aws.String(wrong(*code))), wrongCode)
	same(t, call(serial, code), "")
	same(t, call(serial, code), wrongCode) // reused

	next := aws.String(w.mfa.NextCode()) // of the next step: a device that is fast
	same(t, call(serial, next), "")
	w.Clock.Advance(30 * time.Second)
	same(t, call(serial, next), wrongCode) // still reused when its time has come

	w.Clock.Advance(time.Minute)
	slow := aws.String(w.mfa.Code())
	w.Clock.Advance(30 * time.Second)
	same(t, call(serial, slow), "") // a device that is slow

	stale := aws.String(w.mfa.Code())
	w.Clock.Advance(time.Minute)
	same(t, call(serial, stale), wrongCode)

	seen := map[string]bool{}
	for range 7 { // more than three at once: the clock moves on
		code := w.mfa.NextCode()
		if same(t, call(serial, &code), ""); seen[code] {
			t.Errorf("code %s was given twice", code)
		}
		seen[code] = true
	}
}

func wrong(code string) string {
	last := (code[5]-'0'+1)%10 + '0'
	return code[:5] + string(rune(last))
}

func TestMFAContext(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	admin := w.role(awsfake.Role{Name: "admin", Trust: awsfake.Trust{Principals: []string{account}, MFA: true, MFAMaxAge: time.Hour}})
	reader := w.role(awsfake.Role{Name: "reader"})
	assume := func(c creds, arn string, code bool) error {
		in := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("s1")}
		if code {
			in.SerialNumber, in.TokenCode = &w.mfa.Serial, aws.String(w.mfa.NextCode())
		}
		_, err := w.sts(c).AssumeRole(t.Context(), in)
		return err
	}
	if err := assume(w.keys, admin, true); err != nil {
		t.Errorf("keys with a code: %v", err)
	}
	same(t, refused(t, assume(w.session(false), admin, false)), denied(w.jon.ARN(), "sts:AssumeRole", admin))
	if err := assume(w.session(false), admin, true); err != nil {
		t.Errorf("a session with a code of its own: %v", err)
	}
	session := w.session(true)
	if err := assume(session, admin, false); err != nil {
		t.Errorf("the context of a session carries: %v", err)
	}
	w.Clock.Advance(time.Hour + time.Second)
	same(t, refused(t, assume(session, admin, false)), denied(w.jon.ARN(), "sts:AssumeRole", admin)) // too old

	role := w.assume(w.session(true), reader)
	same(t, refused(t, assume(role, admin, false)), denied(readerCaller, "sts:AssumeRole", admin)) // ends at the first role
	same(t, refused(t, assume(role, admin, true)), refusal{403, "AccessDenied", wrongSerial})      // a role has no device
}

func TestARoleForKeysOnly(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	arn := w.role(awsfake.Role{Name: "keys", Trust: awsfake.Trust{Principals: []string{account}, KeysOnly: true}})
	assume := func(c creds) error {
		_, err := w.sts(c).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("s1")})
		return err
	}
	if err := assume(w.keys); err != nil {
		t.Errorf("keys: %v", err)
	}
	same(t, refused(t, assume(w.session(false))), denied(w.jon.ARN(), "sts:AssumeRole", arn))
}

func TestTagsAndIdentityOfAChain(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	all := awsfake.Trust{Principals: []string{account}, TagSession: true, SetSourceIdentity: true}
	one, two := w.role(awsfake.Role{Name: "one", Trust: all}), w.role(awsfake.Role{Name: "two", Trust: all})
	bare := w.role(awsfake.Role{Name: "bare", Trust: awsfake.Trust{Principals: []string{account}}})
	who := "arn:aws:sts::111122223333:assumed-role/one/s1"

	first := must[*sts.AssumeRoleOutput](t)(w.sts(w.keys).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: &one, RoleSessionName: aws.String("s1"), SourceIdentity: aws.String("jon"),
		Tags: tags("Team", "blue", "Task", "t1"), TransitiveTagKeys: []string{"team"},
	}))
	same(t, *first.SourceIdentity, "jon")
	hop := func(in sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
		in.RoleSessionName = aws.String("s1")
		return w.sts(of(first.Credentials)).AssumeRole(t.Context(), &in)
	}
	out := must[*sts.AssumeRoleOutput](t)(hop(sts.AssumeRoleInput{RoleArn: &two, Tags: tags("Task", "t2")}))
	got, _ := w.Session(*out.Credentials.AccessKeyId)
	same(t, got.Tags, []awsfake.Tag{{Key: "Team", Value: "blue"}, {Key: "Task", Value: "t2"}})
	same(t, got.TransitiveTags, []string{"Team"})
	same(t, []string{got.SourceIdentity, *out.SourceIdentity, got.Parent}, []string{"jon", "jon", *first.Credentials.AccessKeyId})

	_, err := hop(sts.AssumeRoleInput{RoleArn: &two, Tags: tags("TEAM", "red")})
	same(t, refused(t, err), refusal{400, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."})
	_, err = hop(sts.AssumeRoleInput{RoleArn: &two, SourceIdentity: aws.String("ann")})
	same(t, refused(t, err), denied(who, "sts:SetSourceIdentity", two))
	_, err = hop(sts.AssumeRoleInput{RoleArn: &bare}) // inherited tags, too, have to be allowed
	same(t, refused(t, err), denied(who, "sts:TagSession", bare))
}

func TestDenials(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	reader := w.role(awsfake.Role{Name: "reader"})
	w.Deny(awsfake.Denial{Principal: w.jon.ARN(), Action: "*"})
	_, err := w.sts(w.keys).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &reader, RoleSessionName: aws.String("s1")})
	want := denied(w.jon.ARN(), "sts:AssumeRole", reader)
	want.Message += " with an explicit deny in an identity-based policy"
	same(t, refused(t, err), want)
	same(t, w.whoami(w.session(false)), w.jon.ARN()) // these two cannot be denied
}
