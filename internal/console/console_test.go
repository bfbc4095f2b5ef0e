package console_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/console"
)

func TestPartitions(t *testing.T) {
	for _, c := range []struct{ region, arn, signin, home string }{
		{"", "", "https://signin.aws.amazon.com/federation", "https://console.aws.amazon.com/"},
		{"eu-west-1", "", "https://signin.aws.amazon.com/federation", "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"},
		{"ap-southeast-7", "arn:aws:iam::111122223333:role/x", "https://signin.aws.amazon.com/federation", "https://ap-southeast-7.console.aws.amazon.com/console/home?region=ap-southeast-7"},
		{"cn-north-1", "arn:aws-cn:iam::111122223333:role/x", "https://signin.amazonaws.cn/federation", "https://cn-north-1.console.amazonaws.cn/console/home?region=cn-north-1"},
		{"", "arn:aws-cn:iam::111122223333:role/x", "https://signin.amazonaws.cn/federation", "https://cn-north-1.console.amazonaws.cn/"},
		{"us-gov-east-1", "", "https://signin.amazonaws-us-gov.com/federation", "https://us-gov-east-1.console.amazonaws-us-gov.com/console/home?region=us-gov-east-1"},
		{"eusc-de-east-1", "", "https://eusc-de-east-1.signin.amazonaws-eusc.eu/federation", "https://eusc-de-east-1.console.amazonaws-eusc.eu/console/home?region=eusc-de-east-1"},
	} {
		p, err := console.PartitionOf(c.region, c.arn)
		if err != nil {
			t.Errorf("%s %s: %v", c.region, c.arn, err)
			continue
		}
		if d := cmp.Diff([]string{c.signin, c.home}, []string{p.FederationEndpoint(), p.Home(c.region)}); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.region, c.arn, d)
		}
	}
	for _, c := range []struct{ region, arn, want string }{
		{"us-iso-east-1", "", "not on the internet"},
		{"us-isob-east-1", "", "not on the internet"},
		{"eu-isoe-west-1", "", "not on the internet"},
		{"us-isof-south-1", "", "not on the internet"},
		{"", "arn:aws-iso-b:iam::111122223333:role/x", "aws-iso-b is not on the internet"},
		{"", "arn:aws-new:iam::111122223333:role/x", `vault knows no console for the partition "aws-new"`},
		{"eu-west-1", "arn:aws-cn:iam::111122223333:role/x", "eu-west-1 is not in the partition of the credentials, aws-cn"},
		{"evil.example.com/", "", "is not a region"},
		{"evil", "", "is not a region"},
		{"eu-west-1.evil", "", "is not a region"},
		{"eu-west-1\n", "", "is not a region"},
	} {
		if _, err := console.PartitionOf(c.region, c.arn); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.region, c.arn, err, c.want)
		}
	}
}

func TestPath(t *testing.T) {
	p, err := console.PartitionOf("eu-west-1", "")
	if err != nil {
		t.Fatal(err)
	}
	const host = "https://eu-west-1.console.aws.amazon.com"
	for path, want := range map[string]string{
		"s3/buckets":            host + "/s3/buckets?region=eu-west-1",
		"/s3/buckets":           host + "/s3/buckets?region=eu-west-1",
		"ec2/home#Instances:":   host + "/ec2/home?region=eu-west-1#Instances:",
		"s3/buckets?tab=x":      host + "/s3/buckets?tab=x&region=eu-west-1",
		"ec2/home?region=us-x":  host + "/ec2/home?region=us-x",
		"//evil.example.com/":   host + "/evil.example.com/?region=eu-west-1",
		"@evil.example.com":     host + "/@evil.example.com?region=eu-west-1",
		".evil.example.com":     host + "/.evil.example.com?region=eu-west-1",
		"s3/buckets/a b":        host + "/s3/buckets/a%20b?region=eu-west-1",
		"cloudwatch/home#a/%25": host + "/cloudwatch/home?region=eu-west-1#a/%25",
		"https://us-east-1.console.aws.amazon.com/s3/buckets?region=us-east-1": "https://us-east-1.console.aws.amazon.com/s3/buckets?region=us-east-1",
		"https://console.aws.amazon.com/s3":                                    "https://console.aws.amazon.com/s3?region=eu-west-1",
	} {
		if got, err := p.Path(path, "eu-west-1"); got != want || err != nil {
			t.Errorf("%s is %s (%v), want %s", path, got, err, want)
		}
	}
	for _, path := range []string{
		"", "s3\n/x", "s3\x00", `s3\x`, "s3/../../x", "%zz", "\xff",
		"http://console.aws.amazon.com/", "https://evil.example.com/", "https://console.aws.amazon.com.evil.example.com/",
		"https://evilconsole.aws.amazon.com/", "https://a:b@console.aws.amazon.com/", "https://console.aws.amazon.com:8443/",
		"https://console.amazonaws.cn/", "javascript://console.aws.amazon.com/%0aalert(1)", "file:///etc/passwd",
	} {
		if got, err := p.Path(path, "eu-west-1"); err == nil {
			t.Errorf("%q leads to %s", path, got)
		}
	}
	if got, _ := p.Path("s3/buckets", ""); got != "https://console.aws.amazon.com/s3/buckets" {
		t.Errorf("without a region: %s", got)
	}
}

func TestCheckEndpoint(t *testing.T) {
	for _, good := range []string{"https://us-east-1.signin.aws.amazon.com/federation", "http://127.0.0.1:4000/federation", "http://[::1]:1/f", "http://localhost/f"} {
		if err := console.CheckEndpoint(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "x", "http://signin.aws.amazon.com/federation", "https://a:b@h/", "ftp://h/", "https://h/?x=1", "https:///f", "http://127.0.0.1.evil.example.com/"} {
		if console.CheckEndpoint(bad) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestPortal(t *testing.T) {
	got, err := console.Portal("https://corp.awsapps.com/start/#/", "111122223333", "Admin & co", "https://console.aws.amazon.com/?a=b&c=d")
	want := "https://corp.awsapps.com/start/#/console?account_id=111122223333&destination=https%3A%2F%2Fconsole.aws.amazon.com%2F%3Fa%3Db%26c%3Dd&role_name=Admin+%26+co"
	if got != want || err != nil {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	for _, bad := range []string{"", "http://corp.awsapps.com/start", "https://a@b/start", "javascript:1"} {
		if _, err := console.Portal(bad, "1", "r", "d"); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

var creds = aws.Credentials{AccessKeyID: "ASIAX", SecretAccessKey: "s/ec+ret", SessionToken: "to&ken"}

// The credentials are in the body, the address in no error, and what a server says is shown only if it is a line.
func TestToken(t *testing.T) {
	var got []url.Values
	answer := func(w http.ResponseWriter, r *http.Request) {}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		if r.Method != http.MethodPost || r.URL.RawQuery != "" {
			t.Errorf("%s %s: the secrets are in no address", r.Method, r.URL)
		}
		got = append(got, form)
		answer(w, r)
	}))
	defer server.Close()
	api := &awsapi.Client{
		HTTP: func() (*http.Client, error) { return awsapi.HTTPClient(func(string) string { return "" }, nil) }, Now: time.Now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	s := console.Signin{API: api, Endpoint: server.URL + "/federation", Issuer: "vault"}
	say := func(status int, text string) {
		answer = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status); fmt.Fprint(w, text) }
	}

	say(200, `{"SigninToken":"t-1"}`)
	token, cut, err := s.Token(t.Context(), creds, 0)
	if token != "t-1" || cut || err != nil {
		t.Fatal(token, cut, err)
	}
	want := url.Values{"Action": {"getSigninToken"}, "Session": {`{"sessionId":"ASIAX","sessionKey":"s/ec+ret","sessionToken":"to\u0026ken"}`}}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
	if token, cut, err = s.Token(t.Context(), creds, 2*time.Hour); token != "t-1" || cut || err != nil || got[1].Get("SessionDuration") != "7200" {
		t.Error(token, cut, err, got[1])
	}
	// A length that is refused is not worth the console.
	answer = func(w http.ResponseWriter, r *http.Request) {
		if got[len(got)-1].Has("SessionDuration") {
			w.WriteHeader(400)
			fmt.Fprint(w, "Invalid credentials parameter")
			return
		}
		fmt.Fprint(w, `{"SigninToken":"t-2"}`)
	}
	if token, cut, err = s.Token(t.Context(), creds, 2*time.Hour); token != "t-2" || !cut || err != nil {
		t.Error(token, cut, err)
	}

	// An outage has nothing to do with the length.
	answer = func(w http.ResponseWriter, r *http.Request) {
		if !got[len(got)-1].Has("SessionDuration") {
			t.Error("the length is given up")
		}
		w.WriteHeader(503)
		fmt.Fprint(w, "Sorry")
	}
	if _, cut, err = s.Token(t.Context(), creds, 2*time.Hour); err == nil || cut {
		t.Error(cut, err)
	}

	for _, c := range []struct {
		status     int
		body, want string
	}{
		{400, "Invalid credentials parameter\n", "the console's sign-in: HTTP 400: Invalid credentials parameter"},
		{400, "<html><body>Sorry</body></html>", "is not AWS's (HTTP 400)"},
		{503, "", "is not AWS's (HTTP 503)"},
		{200, "<html>Log in to the WiFi</html>", "is not AWS's"},
		{200, `{"SigninToken":""}`, "the console's sign-in: the answer has no token in it"},
		{200, `{"SigninToken":"a b"}`, "the console's sign-in: the answer has no token in it"},
		{200, `{"SigninToken":"` + strings.Repeat("x", 16<<10+1) + `"}`, "the console's sign-in: the answer has no token in it"},
		{200, strings.Repeat("x", 1<<20), "is longer than 64 KiB"},
		{400, strings.Repeat("x", 1<<20), "is longer than 64 KiB"},
		{302, "", "is not AWS's (HTTP 302)"},
		{400, "bad " + creds.SecretAccessKey, "is not AWS's (HTTP 400)"},
		{400, "\x1b]0;x\x07", "is not AWS's (HTTP 400)"},
	} {
		say(c.status, c.body)
		_, _, err := s.Token(t.Context(), creds, 0)
		if err == nil || !strings.HasSuffix(err.Error(), c.want) || strings.Contains(err.Error(), creds.SecretAccessKey) {
			t.Errorf("%d %.30q: %v, want %s", c.status, c.body, err, c.want)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	answer = func(w http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }
	if _, _, err := s.Token(ctx, creds, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	server.Close()
	if _, _, err := s.Token(t.Context(), creds, 0); err == nil || strings.Contains(err.Error(), "ASIAX") {
		t.Error(err)
	}
}

func TestAddress(t *testing.T) {
	s := console.Signin{Endpoint: "https://signin.aws.amazon.com/federation", Issuer: "vault"}
	u, err := url.Parse(s.Address("a+/=", "https://console.aws.amazon.com/s3?region=x&y#z"))
	want := url.Values{"Action": {"login"}, "Issuer": {"vault"}, "SigninToken": {"a+/="}, "Destination": {"https://console.aws.amazon.com/s3?region=x&y#z"}}
	if d := cmp.Diff(want, u.Query()); d != "" || err != nil {
		t.Error(err, d)
	}
	out, err := url.Parse(console.LogoutFirst(u.String()))
	if err != nil || out.Query().Get("redirect_uri") != u.String() || out.Query().Get("Action") != "logout" {
		t.Error(out, err)
	}
}
