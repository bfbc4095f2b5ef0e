package awsfake_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"awsvault/tests/awsfake"

	"awsvault/tests/need"
)

func TestFaults(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	w.Arm(awsfake.Fault{Kind: awsfake.Throttle, Operation: "GetSessionToken", Count: 2})
	w.Arm(awsfake.Fault{Kind: awsfake.InternalFailure})
	w.Arm(awsfake.Fault{Kind: awsfake.Drop})
	w.Arm(awsfake.Fault{Kind: awsfake.DropAnswer, Operation: "CreateAccessKey"})
	whoami := func() error { _, err := w.sts(w.keys).GetCallerIdentity(t.Context(), nil); return err }
	session := func() error { _, err := w.sts(w.keys).GetSessionToken(t.Context(), nil); return err }
	dropped := func(err error) {
		t.Helper()
		var api smithy.APIError
		if err == nil || errors.As(err, &api) {
			t.Errorf("got error %v, want a connection that ended", err)
		}
	}
	same(t, refused(t, session()), refusal{400, "Throttling", "Rate exceeded"})
	same(t, refused(t, whoami()).Status, 500)
	same(t, refused(t, session()).Code, "Throttling")
	dropped(whoami())
	if err := errors.Join(whoami(), session()); err != nil {
		t.Errorf("every fault is used up: %v", err)
	}
	_, err := w.iam(w.keys).CreateAccessKey(t.Context(), nil)
	dropped(err)
	same(t, len(must[*iam.ListAccessKeysOutput](t)(w.iam(w.keys).ListAccessKeys(t.Context(), nil)).AccessKeyMetadata), 2) // it was made all the same

	w.SkewDate(-time.Hour)
	response := must[*http.Response](t)(http.Get(w.URL))
	response.Body.Close()
	same(t, response.Header.Get("Date"), "Sun, 01 Mar 2026 11:00:07 GMT")

	w.Arm(awsfake.Fault{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := w.sts(w.keys).GetCallerIdentity(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want a deadline that passed", err)
	}
}

func TestSDKCorrectsItsClock(t *testing.T) { // the Date header, the error and the real time go together
	w := newWorld(t, awsfake.Options{Clock: awsfake.NewClock()})
	w.Clock.Advance(12 * time.Hour)
	client := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &w.URL, Credentials: w.keys})
	must[*sts.GetCallerIdentityOutput](t)(client.GetCallerIdentity(t.Context(), nil))
	same(t, w.Operations(), []string{"GetCallerIdentity: SignatureDoesNotMatch", "GetCallerIdentity"})
}

func TestTLS(t *testing.T) {
	s := awsfake.StartTLS(t, awsfake.Options{})
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.CA()) {
		t.Fatalf("no certificate in %q", s.CA())
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	response := must[*http.Response](t)(client.Get(s.URL))
	response.Body.Close()
	same(t, response.StatusCode, 400) // no such call, but heard

	var unknown x509.UnknownAuthorityError
	if _, err := http.Get(s.URL); !errors.As(err, &unknown) {
		t.Errorf("got error %v, want an unknown authority", err)
	}
}

func TestControl(t *testing.T) {
	w := newWorld(t, awsfake.Options{Control: true})
	session := w.session(false)
	do := func(method, path string, form url.Values) (int, string) {
		r := must[*http.Request](t)(http.NewRequest(method, w.URL+"/_fake/"+path, strings.NewReader(form.Encode())))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response := must[*http.Response](t)(http.DefaultClient.Do(r))
		defer response.Body.Close()
		return response.StatusCode, strings.TrimSpace(string(must[[]byte](t)(io.ReadAll(response.Body))))
	}
	query := "code?serial=" + url.QueryEscape(w.mfa.Serial)
	for _, c := range []struct {
		method, path string
		form         url.Values
		status       int
		want         string
	}{
		{"GET", query, nil, 200, `{"code":"` + w.mfa.Code() + `"}`},
		{"GET", query + "&next=1", nil, 200, `{"code":"` + w.mfa.Code() + `"}`},
		{"GET", "code?serial=none", nil, 400, `{"error":"no MFA device \"none\""}`},
		{"POST", "clock", url.Values{"set": {"2026-03-01T13:00:00Z"}}, 200, `{"now":"2026-03-01T13:00:00Z"}`},
		{"POST", "clock", url.Values{"advance": {"90m"}}, 200, `{"now":"2026-03-01T14:30:00Z"}`},
		{"GET", "clock", nil, 200, `{"now":"2026-03-01T14:30:00Z"}`},
		{"POST", "clock", url.Values{"advance": {"soon"}}, 400, `{"error":"time: invalid duration \"soon\""}`},
		{"POST", "fault", url.Values{"kind": {"throttle"}, "operation": {"GetUser"}, "count": {"2"}, "delay": {"1ms"}}, 200, `{}`},
		{"POST", "fault", url.Values{"kind": {"flood"}}, 400, `{"error":"no fault \"flood\""}`},
		{"POST", "fault", url.Values{"date_skew": {"-5m"}}, 200, `{}`},
		{"DELETE", "fault", nil, 200, `{}`},
		{"POST", "key", url.Values{"id": {w.keys.id}, "status": {"Inactive"}}, 200, `{}`},
		{"POST", "key", url.Values{"id": {"none"}, "status": {"Active"}}, 400, `{"error":"no access key \"none\""}`},
		{"POST", "expire", url.Values{"id": {session.id}}, 200, `{}`},
		{"POST", "key-delay", url.Values{"delay": {"soon"}}, 400, `{"error":"time: invalid duration \"soon\""}`},
		{"POST", "key-delay", url.Values{"delay": {"0s"}}, 200, `{}`},
		{"GET", "sso/codes", nil, 200, `[]`},
		{"POST", "sso/approve", url.Values{"user_code": {"ABCD-EFGH"}, "person": {"ann"}}, 400, `{"error":"nobody is called \"ann\""}`},
		{"POST", "sso/deny", url.Values{"user_code": {"ABCD-EFGH"}}, 400, `{"error":"user code \"ABCD-EFGH\": The code is not known."}`},
		{"POST", "sso/rate", url.Values{"per_second": {"many"}}, 400, `{"error":"strconv.Atoi: parsing \"many\": invalid syntax"}`},
		{"DELETE", "calls", nil, 200, `{}`},
		{"GET", "calls", nil, 200, `[]`},
	} {
		status, body := do(c.method, c.path, c.form)
		same(t, []any{c.method, c.path, status, body}, []any{c.method, c.path, c.status, c.want})
	}
	for _, c := range []creds{w.keys, session} {
		if _, err := w.sts(c).GetCallerIdentity(t.Context(), nil); err == nil {
			t.Errorf("%s is good, want it deactivated or expired", c.id)
		}
	}
	var calls []awsfake.Call
	if _, body := do("GET", "calls", nil); json.Unmarshal([]byte(body), &calls) != nil || len(calls) != 2 || calls[1].Error != "ExpiredToken" {
		t.Errorf("got calls %s, want two that were refused", body)
	}

	t.Run("it is off unless asked for", func(t *testing.T) {
		response := must[*http.Response](t)(http.Get(newWorld(t, awsfake.Options{}).URL + "/_fake/clock"))
		response.Body.Close()
		same(t, response.StatusCode, 404)
	})
}

func TestSeed(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	example := must[awsfake.Example](t)(awsfake.New(awsfake.Options{}).Load(awsfake.ExampleSeed))
	same(t, example.Roles["prod-admin"], "arn:aws:iam::444455556666:role/prod-admin")
	same(t, example.MFASerial, "arn:aws:iam::111122223333:mfa/jon")

	if _, err := w.Load("account " + other + "\nuser /x/ann key mfa=phone # and more\nrole /y/wide trust=user/x/ann,111122223333:root mfa-age=1h external-id=ext max=2h"); err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:iam::444455556666:role/y/wide"
	must[*sts.AssumeRoleOutput](t)(w.sts(w.session(true)).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("s1"), ExternalId: aws.String("ext")}))

	for seed, want := range map[string]string{
		"user jon":                             `seed line 1: "user" before the first account`,
		"account 12":                           `seed line 1: account id "12" is not 12 digits`,
		"\n\naccount 111122223333 x=y":         `seed line 3: unknown setting "x=y" of an account`,
		"account 999900001111\nuser a cat":     `seed line 2: unknown setting "cat" of a user`,
		"account 999900001111\nrole a max=dog": `seed line 2: time: invalid duration "dog"`,
		"account 999900001111\nrole":           `seed line 2: "role" without a name`,
		"account 999900001111\ngroup g":        `seed line 2: unknown kind "group"`,
		"person ann":                           `seed line 1: "person" before the first center`,
		"center x\nassign ann 1 Admin":         `seed line 2: nobody is called "ann"`,
		"center x\nperson a\nassign a 1 Admin": `seed line 3: an assignment is a person, an account and permission sets`,
		"center x session=soon":                `seed line 1: time: invalid duration "soon"`,
	} {
		_, err := awsfake.New(awsfake.Options{}).Load(seed)
		if err == nil || err.Error() != want {
			t.Errorf("seed %q: got error %v, want %s", seed, err, want)
		}
	}
}

func TestRealCLI(t *testing.T) {
	cli := "/usr/bin/aws"
	if _, err := os.Stat(cli); err != nil {
		if cli, err = exec.LookPath("aws"); err != nil {
			need.Missing(t, "apt-get install awscli")
		}
	}
	t.Parallel()
	s := awsfake.Start(t, awsfake.Options{})
	jon := s.Account(account).AddUser("jon")
	key := jon.AddKey()
	arn := s.Account(account).AddRole(awsfake.Role{Name: "reader", Trust: awsfake.Trust{Principals: []string{jon.ARN()}}})
	w := &world{Server: s, t: t, jon: jon}
	role := w.assume(creds{key.ID, key.Secret, ""}, arn)

	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), cli, "sts", "get-caller-identity", "--output", "text", "--query", "Arn", "--endpoint-url", s.URL) // CLIs before 2.13 ignore AWS_ENDPOINT_URL_STS
	cmd.Env = []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "AWS_CONFIG_FILE=" + filepath.Join(home, "none"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(home, "none"),
		"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1",
		"AWS_ACCESS_KEY_ID=" + role.id, "AWS_SECRET_ACCESS_KEY=" + role.secret, "AWS_SESSION_TOKEN=" + role.token,
	}
	cmd.Stderr = os.Stderr
	out := must[[]byte](t)(cmd.Output())
	same(t, strings.TrimSpace(string(out)), "arn:aws:sts::111122223333:assumed-role/reader/s1")
}

func TestCommand(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "awsfake")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/awsfake").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	stdin := must[io.WriteCloser](t)(cmd.StdinPipe())
	stdout := must[io.ReadCloser](t)(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var example awsfake.Example
	if err := json.Unmarshal(must[[]byte](t)(bufio.NewReader(stdout).ReadBytes('\n')), &example); err != nil {
		t.Fatal(err)
	}
	client := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &example.URL, Credentials: creds{example.AccessKeyID, example.SecretAccessKey, ""}})
	out := must[*sts.GetCallerIdentityOutput](t)(client.GetCallerIdentity(t.Context(), nil))
	same(t, *out.Arn, example.UserARN)
	signIn := ssooidc.New(ssooidc.Options{Region: example.SSORegion, BaseEndpoint: &example.URL})
	c := must[*ssooidc.RegisterClientOutput](t)(signIn.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{ClientName: aws.String("test"), ClientType: aws.String("public")}))
	d := must[*ssooidc.StartDeviceAuthorizationOutput](t)(signIn.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: &example.SSOStartURL,
	}))
	shown := must[[]byte](t)(exec.Command(binary, "visit", "-deny", *d.VerificationUriComplete).Output())
	if !strings.Contains(string(shown), "Request denied") {
		t.Errorf("visit shows %s, want that it was denied", shown)
	}
	if err := exec.Command(binary, "visit", *d.VerificationUriComplete).Run(); err == nil {
		t.Error("visit clicks twice")
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v, want nothing when its input ends", err)
	}
}
