package awsapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/tests/awsfake"
)

// place is an AWS with a user and a role.
type place struct {
	fake *awsfake.Server
	role string
	key  aws.Credentials
	*api
}

func newPlace(t *testing.T) *place {
	t.Helper()
	fake := awsfake.Start(t, awsfake.Options{})
	account := fake.Account("111122223333")
	key := account.AddUser("jon").AddKey()
	account.AddRole(awsfake.Role{Name: "reader", Trust: awsfake.Trust{Principals: []string{"arn:aws:iam::111122223333:root"}}})
	return &place{
		fake: fake, role: "arn:aws:iam::111122223333:role/reader", api: newAPI(t, nil),
		key: aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret},
	}
}

func (p *place) sts(t *testing.T) *awsapi.STS {
	t.Helper()
	s, err := p.STS(p.fake.URL, "eu-west-1", p.key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p *place) assume(t *testing.T) (aws.Credentials, error) {
	return p.sts(t).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &p.role, RoleSessionName: sdk.String("jon")})
}

func (p *place) listKeys(t *testing.T) error {
	sign := &awsapi.Signature{Credentials: p.key, Service: "iam", Region: "us-east-1"}
	return p.Query(t.Context(), awsapi.Call{Op: "ListAccessKeys", URL: p.fake.URL, Sign: sign}, "2010-05-08", nil, nil)
}

func (p *place) calls() string {
	var ops []string
	for _, c := range p.fake.Calls() {
		op := c.Operation
		if c.Error != "" {
			op += ":" + c.Error
		}
		ops = append(ops, op)
	}
	return strings.Join(ops, " ")
}

// The SDK's client makes the calls, with vault's policy.
func TestSTS(t *testing.T) {
	p := newPlace(t)
	arn, account, err := p.Identity(t.Context(), p.fake.URL, "eu-west-1", p.key)
	if arn != "arn:aws:iam::111122223333:user/jon" || account != "111122223333" || err != nil {
		t.Errorf("%s, %s, %v", arn, account, err)
	}
	got, err := p.assume(t)
	if !awsapi.Session(got) || err != nil || got.Expires.Location() != time.UTC {
		t.Errorf("%v, %v", got, err)
	}
	if arn, _, err := p.Identity(t.Context(), p.fake.URL, "eu-west-1", got); arn != "arn:aws:sts::111122223333:assumed-role/reader/jon" || err != nil {
		t.Errorf("%s, %v", arn, err)
	}
	if got, err = p.sts(t).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: sdk.Int32(900)}); !awsapi.Session(got) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err = p.sts(t).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: sdk.String("jon")}); !awsapi.Session(got) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	p.fake.Reset()
	for _, test := range []struct {
		kind        awsfake.FaultKind
		count       int
		says, calls string
	}{
		{awsfake.Throttle, 1, "", "AssumeRole:Throttling AssumeRole"},
		{awsfake.InternalFailure, 3, "", strings.Repeat("AssumeRole:InternalFailure ", 3) + "AssumeRole"},
		{awsfake.DropAnswer, 1, "", "AssumeRole AssumeRole"},
		{awsfake.Throttle, 9, "AssumeRole: Throttling: Rate exceeded (request id ", strings.TrimSpace(strings.Repeat("AssumeRole:Throttling ", 4))},
		{awsfake.Drop, 9, strings.TrimPrefix(p.fake.URL, "http://") + " ended the connection without an answer", "AssumeRole AssumeRole AssumeRole AssumeRole"},
	} {
		p.fake.Reset()
		p.fake.Arm(awsfake.Fault{Kind: test.kind, Count: test.count})
		_, err := p.assume(t)
		p.fake.Disarm()
		if said := p.calls(); said != test.calls || test.says == "" && err != nil || test.says != "" && !strings.HasPrefix(fmt.Sprint(err), test.says) {
			t.Errorf("%s %d times: %v after %s, want %q after %s", test.kind, test.count, err, said, test.says, test.calls)
		}
	}
}

// A refusal contains AWS's code and text, the operation, status, request id and host.
func TestSTSRefuses(t *testing.T) {
	p := newPlace(t)
	p.role = "arn:aws:iam::111122223333:role/other"
	_, err := p.assume(t)
	e := (*awsapi.Error)(nil)
	if !errors.As(err, &e) || e.Op != "AssumeRole" || e.Status != 403 || e.Code != "AccessDenied" || !strings.HasPrefix(e.Message, "User: arn:aws:iam::111122223333:user/jon is not authorized") ||
		e.RequestID == "" || "http://"+e.Host != p.fake.URL || e.Unreachable || e.Lost() || e.Skew != 0 {
		t.Errorf("%#v", e)
	}
	if p.calls() != "AssumeRole:AccessDenied" {
		t.Errorf("the calls were %s", p.calls())
	}
}

// An answer of STS has a size limit and is checked, whether it is a success or a refusal.
func TestSTSAnswers(t *testing.T) {
	answer := func(secret, token, expires string) string {
		return "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>" + secret + "</SecretAccessKey><SessionToken>" + token +
			"</SessionToken><Expiration>" + expires + "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
	}
	const end, none = "2030-01-02T03:04:05Z", "AssumeRole: the answer has no credentials in it"
	endless := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<ErrorResponse><Error><Message>"))
			block := []byte(strings.Repeat("x", 64<<10))
			for r.Context().Err() == nil {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"good":                    {says(200, answer("s", "t", end)), ""},
		"a token of 16 KiB":       {says(200, answer("s", strings.Repeat("t", 16<<10), end)), ""},
		"a longer token":          {says(200, answer("s", strings.Repeat("t", 16<<10+1), end)), none},
		"a line in the secret":    {says(200, answer("s&#10;s", "t", end)), none},
		"a blank in the token":    {says(200, answer("s", "t t", end)), none},
		"no end":                  {says(200, strings.Replace(answer("s", "t", end), "<Expiration>"+end+"</Expiration>", "", 1)), none},
		"nothing":                 {says(200, ""), none},
		"a page":                  {says(403, "<html><body>proxy</body></html>"), "AssumeRole: the answer of HOST is not AWS's (HTTP 403)"},
		"an object":               {says(403, "{}"), "AssumeRole: the answer of HOST is not AWS's (HTTP 403)"},
		"a refusal without end":   {endless(400), "the answer of HOST is longer than 64 KiB"},
		"credentials without end": {endless(200), "the answer of HOST is longer than 64 KiB"},
		"a fault without end":     {endless(500), "the answer of HOST is longer than 64 KiB"},
		"a redirect":              {says(302, "", "Location", "https://example.com/"), "AssumeRole: the answer of HOST is not AWS's (HTTP 302)"},
	} {
		s, a := serve(t, test.answer), newAPI(t, nil)
		client, err := a.STS(s.URL, "eu-west-1", aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "x"})
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: sdk.String("arn:aws:iam::111122223333:role/r"), RoleSessionName: sdk.String("jon")})
		runtime.ReadMemStats(&after)
		said := ""
		if err != nil {
			said = strings.ReplaceAll(err.Error(), s.host(), "HOST")
		}
		if said != test.says || s.count() != 1 {
			t.Errorf("%s: %q after %d calls, want %q", name, said, s.count(), test.says)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
			t.Errorf("%s: %d bytes were allocated", name, grown)
		}
	}
	for _, test := range []struct{ arn, account, says string }{
		{"arn:aws:iam::111122223333:user/x", "111122223333", ""},
		{"arn:aws:iam::1:user/x", "111122223333", "GetCallerIdentity: the answer has no identity in it"},
		{"arn:aws:iam::111122223333:user/x", "$(touch x)", "GetCallerIdentity: the answer has no identity in it"},
		{"", "", "GetCallerIdentity: the answer has no identity in it"},
	} {
		s, a := serve(t, says(200, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>"+test.arn+"</Arn><Account>"+test.account+"</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")), newAPI(t, nil)
		_, _, err := a.Identity(t.Context(), s.URL, "eu-west-1", aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "x"})
		if err == nil && test.says != "" || err != nil && err.Error() != test.says {
			t.Errorf("%s, %s: %v, want %s", test.arn, test.account, err, test.says)
		}
	}
}

// A wrong clock is corrected once for a call without an end time, and reported. A call with an
// end time is refused, with the difference.
func TestClock(t *testing.T) {
	for _, off := range []time.Duration{12 * time.Hour, -12 * time.Hour, 20 * time.Minute} {
		p := newPlace(t)
		p.fake.Clock.Advance(off)
		warning := fmt.Sprintf("the clock of this computer is %s behind AWS's", map[time.Duration]string{12 * time.Hour: "12h", 20 * time.Minute: "20m"}[off])
		if off < 0 {
			warning = "the clock of this computer is 12h ahead of AWS's"
		}
		near := func(d time.Duration) bool { return (d - off).Abs() < 30*time.Second }
		for range 2 {
			if err := p.listKeys(t); err != nil {
				t.Errorf("%s: %v", off, err)
			}
		}
		if arn, _, err := p.Identity(t.Context(), p.fake.URL, "eu-west-1", p.key); arn == "" || err != nil {
			t.Errorf("%s: %v", off, err)
		}
		if got := p.calls(); got != "ListAccessKeys:SignatureDoesNotMatch ListAccessKeys ListAccessKeys GetCallerIdentity" {
			t.Errorf("%s: the calls were %s", off, got)
		}
		if len(p.warned) != 1 || !sameMinute(p.warned[0], warning) {
			t.Errorf("%s: warned %q, want %q", off, p.warned, warning)
		}

		p = &place{fake: p.fake, role: p.role, key: p.key, api: newAPI(t, nil)}
		p.fake.Reset()
		_, err := p.assume(t)
		e := (*awsapi.Error)(nil)
		if !errors.As(err, &e) || !near(e.Skew) || !sameMinute(strings.TrimPrefix(e.Error(), "AssumeRole: "), warning+": SignatureDoesNotMatch: ") || p.calls() != "AssumeRole:SignatureDoesNotMatch" {
			t.Errorf("%s: %v after %s", off, err, p.calls())
		}
		p.fake.Reset()
		if _, _, err := p.Identity(t.Context(), p.fake.URL, "eu-west-1", p.key); err != nil || p.calls() != "GetCallerIdentity:SignatureDoesNotMatch GetCallerIdentity" {
			t.Errorf("%s: %v after %s", off, err, p.calls())
		}
	}
}

// sameMinute compares texts except the seconds of a duration, which change while the test
// runs.
func sameMinute(got, want string) bool {
	head, tail, _ := strings.Cut(want, "m ")
	if !strings.Contains(want, "m ") {
		head, tail, _ = strings.Cut(want, "h ")
		return strings.HasPrefix(got, head+"h") && strings.Contains(got, " "+tail) || strings.HasPrefix(got, "the clock of this computer is 11h59m") && strings.Contains(got, tail)
	}
	return strings.HasPrefix(got, head+"m") && strings.Contains(got, tail) || strings.HasPrefix(got, "the clock of this computer is 19m59") && strings.Contains(got, tail)
}

// A clock that AWS still accepts causes one warning. A wrong secret does not count as a wrong
// clock, and a server with an absurd time is not believed twice.
func TestClockIsNotTheCause(t *testing.T) {
	p := newPlace(t)
	p.fake.Clock.Advance(6 * time.Minute)
	for range 2 {
		if _, err := p.assume(t); err != nil {
			t.Error(err)
		}
	}
	if len(p.warned) != 1 || !strings.HasPrefix(p.warned[0], "the clock of this computer is ") {
		t.Errorf("warned %q", p.warned)
	}

	p = newPlace(t)
	p.key.SecretAccessKey = "wrong"
	err := p.listKeys(t)
	e := (*awsapi.Error)(nil)
	if !errors.As(err, &e) || e.Code != "SignatureDoesNotMatch" || e.Skew != 0 || p.calls() != "ListAccessKeys:SignatureDoesNotMatch" {
		t.Errorf("%v after %s", err, p.calls())
	}
	p.fake.SkewDate(2 * time.Minute)
	if err := p.listKeys(t); !errors.As(err, &e) || e.Skew != 0 || len(p.fake.Calls()) != 2 {
		t.Errorf("a clock that is two minutes off: %v after %s", err, p.calls())
	}
	p.fake.Reset()
	p.fake.SkewDate(time.Hour)
	if err := p.listKeys(t); err == nil || p.calls() != strings.TrimSpace(strings.Repeat("ListAccessKeys:SignatureDoesNotMatch ", 2)) {
		t.Errorf("%v after %s", err, p.calls())
	}
}

// A cached answer has the time at which it was made.
func TestDateOfACache(t *testing.T) {
	old := time.Now().Add(-3 * time.Hour).UTC().Format(http.TimeFormat)
	s, a := serve(t, says(200, "{}", "Date", old, "Age", "10800"), says(200, "{}", "Date", old)), newAPI(t, nil)
	sign := &awsapi.Signature{Credentials: aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "x"}, Service: "iam", Region: "us-east-1"}
	for i := range 2 {
		if _, err := a.Do(t.Context(), awsapi.Call{Op: "Op", URL: s.URL, Sign: sign}); err != nil || len(a.warned) != i {
			t.Errorf("answer %d: %v, warned %q", i, err, a.warned)
		}
	}
}
