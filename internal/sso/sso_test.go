package sso_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/sso"
	"awsvault/tests/awsfake"
)

const (
	startURL = "https://corp.awsapps.com/start"
	account  = "111122223333"
)

// world is an Identity Center in which ann has a role, with a client for her.
type world struct {
	t       *testing.T
	aws     *awsfake.Server
	center  *awsfake.Center
	ann     *awsfake.Person
	client  *sso.Client
	session sso.Session

	mu    sync.Mutex
	tabs  []string // addresses that were opened
	codes []string
	visit func(page, code string) // what ann does in the browser
	sends func(*http.Request)     // what happens before a call
	waits []time.Duration
	wait  func(context.Context, time.Duration) error

	visits sync.WaitGroup
	done   atomic.Int32 // sign-ins that have ended
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, aws: awsfake.Start(t, awsfake.Options{})}
	w.wait = func(ctx context.Context, d time.Duration) error {
		if d >= time.Second { // between two questions whether a code is confirmed
			w.visits.Wait()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.waits = append(w.waits, d)
		return ctx.Err()
	}
	w.center = w.aws.AddCenter(startURL, "eu-west-1")
	w.ann = w.center.AddPerson("ann@example.com")
	w.ann.Assign(w.aws.Account(account), "Admin", time.Hour)
	w.ann.Assign(w.aws.Account("444455556666"), "ReadOnly", time.Hour)
	w.session = sso.Session{
		Name: "corp", StartURL: startURL, Region: "eu-west-1", Scopes: []string{"sso:account:access"},
		OIDC: w.aws.RegionURL("eu-west-1"), Portal: w.aws.RegionURL("eu-west-1"),
	}
	w.visit = func(page, code string) {
		if code != "" {
			w.ann.Approve(code)
			return
		}
		if _, err := awsfake.Visit(context.Background(), page, "", true); err != nil {
			t.Error(err)
		}
	}
	var one sync.Mutex
	w.client = &sso.Client{
		Dir: filepath.Join(t.TempDir(), "sso", "cache"),
		API: &awsapi.Client{
			HTTP: func() (*http.Client, error) { return &http.Client{Transport: w}, nil }, Now: w.aws.Clock.Now,
			Sleep: func(ctx context.Context, d time.Duration) error { return w.wait(ctx, d) },
		},
		Now:  w.aws.Clock.Now,
		Rand: rand.Reader,
		Lock: func(context.Context, string) (func(), error) { one.Lock(); return one.Unlock, nil },
	}
	w.client.Person = w.person(false)
	return w
}

// RoundTrip answers the calls.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.sends != nil {
		w.sends(r)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *world) person(device bool) *sso.Person {
	return &sso.Person{
		DeviceCode: device,
		Show: func(session, page, code string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.codes = append(w.codes, code)
		},
		Open: func(page string) func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.tabs = append(w.tabs, page)
			code := w.codes[len(w.codes)-1]
			w.visits.Go(func() { w.visit(page, code) })
			return func() { w.done.Add(1) }
		},
	}
}

func (w *world) get() aws.Credentials {
	w.t.Helper()
	c, err := w.client.RoleCredentials(w.t.Context(), w.session, account, "Admin")
	if err != nil {
		w.t.Fatal(err)
	}
	if !strings.HasPrefix(c.AccessKeyID, "ASIA") || c.SessionToken == "" || !c.Expires.After(w.aws.Clock.Now()) {
		w.t.Fatalf("credentials %s until %s", c.AccessKeyID, c.Expires)
	}
	return c
}

func (w *world) fails() error {
	w.t.Helper()
	_, err := w.client.RoleCredentials(w.t.Context(), w.session, account, "Admin")
	if err == nil {
		w.t.Fatal("no error")
	}
	return err
}

func (w *world) called(want ...string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.aws.Operations()); d != "" {
		w.t.Errorf("calls (-want +got):\n%s", d)
	}
	w.aws.Reset()
}

func TestASignInWithAPage(t *testing.T) {
	w := newWorld(t)
	w.get()
	w.called("RegisterClient", "Authorize", "AnswerAuthorize", "CreateToken", "GetRoleCredentials")
	if w.codes[0] != "" {
		t.Errorf("a code %q is shown where there is none to compare", w.codes[0])
	}
	w.get()
	w.called("GetRoleCredentials")
}

func TestASignInWithACode(t *testing.T) {
	w := newWorld(t)
	w.client.Person = w.person(true)
	w.get()
	if len(w.codes) != 1 || len(w.codes[0]) != 9 {
		t.Errorf("codes %q", w.codes)
	}
	if ops := w.aws.Operations(); ops[0] != "RegisterClient" || ops[1] != "StartDeviceAuthorization" {
		t.Errorf("calls %v", ops)
	}
	w.aws.Reset()
	w.aws.Clock.Advance(55 * time.Minute) // has a scope, so it renews
	w.get()
	w.called("CreateToken", "GetRoleCredentials")
}

// Settings of the old kind use a code and have no renewal.
func TestASignInOfTheOldKind(t *testing.T) {
	w := newWorld(t)
	w.session.Name, w.session.Scopes = "", nil
	w.get()
	until, renewable, err := w.client.Token(w.session)
	if err != nil || renewable || until.IsZero() {
		t.Errorf("until %v, renewable %v, %v", until, renewable, err)
	}
	if !strings.HasPrefix(w.tabs[0], "http") || w.codes[0] == "" {
		t.Errorf("%q %q", w.tabs, w.codes)
	}
}

func TestATokenRenewsWithoutAPersonAsLongAsTheSessionLasts(t *testing.T) {
	for _, rotation := range []bool{true, false} {
		w := newWorld(t)
		w.center.SetRotation(rotation)
		w.get()
		w.client.Person = nil
		for range 7 {
			w.aws.Clock.Advance(55 * time.Minute)
			w.get()
		}
		w.aws.Clock.Advance(3 * time.Hour) // the session of the portal lasts eight
		err := w.fails()
		if needed := (*sso.NeededError)(nil); !errors.As(err, &needed) || needed.Hint() != "vault sso login corp" {
			t.Errorf("rotation %v: %v", rotation, err)
		}
		if len(w.tabs) != 1 {
			t.Errorf("%d tabs", len(w.tabs))
		}
	}
}

func TestNobodyIsAskedInTheBackground(t *testing.T) {
	w := newWorld(t)
	w.client.Person = nil
	err := w.fails()
	if needed := (*sso.NeededError)(nil); !errors.As(err, &needed) || err.Error() != `"corp" needs a sign-in` {
		t.Error(err)
	}
	w.called()
}

// An admin ended the session, although the token still claims to be valid.
func TestATokenThatAWSDoesNotKnowAnyMoreIsReplaced(t *testing.T) {
	w := newWorld(t)
	w.get()
	w.ann.Revoke()
	w.get()
	if len(w.tabs) != 2 {
		t.Errorf("%d tabs", len(w.tabs))
	}
}

func TestARegistrationThatAWSForgotIsMadeAnew(t *testing.T) {
	w := newWorld(t)
	w.client.Person = w.person(true)
	w.get()
	w.ann.Revoke()
	w.aws.ExpireRegistrations()
	w.get()
	n := 0
	for _, op := range w.aws.Operations() {
		if op == "RegisterClient" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("registered %d times: %v", n, w.aws.Operations())
	}
}

// The page in the browser then shows the error, and no answer comes back.
func TestARegistrationThatOnlyThePageRefusesIsMadeAnewTheNextTime(t *testing.T) {
	w := newWorld(t)
	w.get()
	w.ann.Revoke()
	w.aws.ExpireRegistrations()
	visit := w.visit
	ctx, cancel := context.WithCancel(t.Context())
	w.visit = func(page, _ string) {
		if _, err := awsfake.Visit(context.Background(), page, "", true); err == nil {
			t.Error("AWS knows the registration")
		}
		cancel()
	}
	if _, err := w.client.RoleCredentials(ctx, w.session, account, "Admin"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	w.visit = visit
	w.get()
}

func TestFiftyAtOnceOpenOneTab(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { w.get() })
	}
	wg.Wait()
	if len(w.tabs) != 1 {
		t.Errorf("%d tabs", len(w.tabs))
	}
	n := 0
	for _, op := range w.aws.Operations() {
		if op == "CreateToken" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d token calls", n)
	}
}

func TestADeniedSignIn(t *testing.T) {
	w := newWorld(t)
	w.visit = func(page, _ string) { awsfake.Visit(context.Background(), page, "", false) }
	err := w.fails()
	if e := (*awsapi.Error)(nil); !errors.As(err, &e) || e.Code != "access_denied" || e.Hint() != "it was denied in the browser" {
		t.Errorf("%v", err)
	}
	w.client.Person = w.person(true)
	w.visit = func(_, code string) { w.center.Deny(code) }
	if err := w.fails(); !strings.Contains(err.Error(), "access_denied") {
		t.Error(err)
	}
}

func TestWhatIsNotAssigned(t *testing.T) {
	w := newWorld(t)
	_, err := w.client.RoleCredentials(t.Context(), w.session, "444455556666", "Admin")
	e := (*awsapi.Error)(nil)
	if !errors.As(err, &e) || e.Status != 403 || !strings.Contains(err.Error(), "No access") || !strings.Contains(e.Hint(), "vault sso sync") {
		t.Errorf("%v", err)
	}
	if len(w.tabs) != 1 {
		t.Errorf("%d tabs: a refusal is not a reason to sign in again", len(w.tabs))
	}
}

func TestATwitchOfAWSIsRetriedAndAnOutageEnds(t *testing.T) {
	w := newWorld(t)
	w.get()
	w.aws.Reset()
	w.aws.Arm(awsfake.Fault{Kind: awsfake.Throttle, Operation: "GetRoleCredentials", Count: 2})
	w.get()
	w.called("GetRoleCredentials: TooManyRequestsException", "GetRoleCredentials: TooManyRequestsException", "GetRoleCredentials")
	w.aws.Arm(awsfake.Fault{Kind: awsfake.Unavailable, Operation: "GetRoleCredentials", Count: 100})
	if e := (*awsapi.Error)(nil); !errors.As(w.fails(), &e) || e.Status != 503 {
		t.Error(e)
	}
	w.aws.Disarm()
	// A token that still lives is used while its renewal is out of order.
	w.aws.Clock.Advance(55 * time.Minute)
	w.aws.Arm(awsfake.Fault{Kind: awsfake.Unavailable, Operation: "CreateToken", Count: 4})
	w.client.Person = nil
	w.get()
}

func TestLogout(t *testing.T) {
	w := newWorld(t)
	w.get()
	was, err := w.client.Logout(t.Context(), w.session)
	if !was || err != nil {
		t.Fatal(was, err)
	}
	if was, err = w.client.Logout(t.Context(), w.session); was || err != nil {
		t.Error("signed out twice", err)
	}
	w.client.Person = nil
	if needed := (*sso.NeededError)(nil); !errors.As(w.fails(), &needed) {
		t.Error("still signed in")
	}
}

func TestAssignments(t *testing.T) {
	w := newWorld(t)
	for i := range 130 {
		w.ann.Assign(w.aws.Account("7"+strings.Repeat("0", 8)+string([]byte{byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)})), "Dev", time.Hour)
	}
	w.aws.Arm(awsfake.Fault{Kind: awsfake.Throttle, Operation: "ListAccountRoles", Count: 3})
	got, err := w.client.Assignments(t.Context(), w.session, nil)
	if err != nil || len(got.Roles) != 132 || len(got.Left) != 0 {
		t.Fatalf("%d, %v, %v", len(got.Roles), got.Left, err)
	}
	if got.Roles[0].Account.ID != account || got.Roles[0].Role != "Admin" {
		t.Errorf("first %+v", got.Roles[0])
	}
}

// An odd account does not stop the others, and nothing odd gets into a list.
func TestOddAccounts(t *testing.T) {
	w := newWorld(t)
	w.get()
	mux := http.NewServeMux()
	mux.HandleFunc("/assignment/accounts", func(rw http.ResponseWriter, _ *http.Request) {
		io.WriteString(rw, `{"accountList":[{"accountId":"700000000001"},{"accountId":"$(touch x)"},{"accountId":"70000000000²"},{"accountId":"700000000002","accountName":"x"},{"accountId":""},{"accountId":700000000004},null,"x",{"accountId":"700000000003"}]}`)
	})
	mux.HandleFunc("/assignment/roles", func(rw http.ResponseWriter, r *http.Request) {
		switch id := r.URL.Query().Get("account_id"); id {
		case "700000000001":
			io.WriteString(rw, `{"roleList":[{"roleName":"Dev"},{"roleName":"a b"},{"roleName":""},{"roleName":"x\n[default]"},{"roleName":"O_+=,.@-9"}]}`)
		case "700000000002":
			rw.Header().Set("X-Amzn-Errortype", "ForbiddenException")
			rw.WriteHeader(403)
			io.WriteString(rw, `{"message":"No access"}`)
		case "700000000003":
			io.WriteString(rw, `{"roleList":[{"roleName":7},{"roleName":"Ops"}]}`)
		default:
			t.Errorf("asked for the roles in %q", id)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	w.session.Portal = server.URL
	got, err := w.client.Assignments(t.Context(), w.session, nil)
	one, three := sso.Account{ID: "700000000001"}, sso.Account{ID: "700000000003"}
	want := sso.Assigned{
		Roles: []sso.Assignment{{Account: one, Role: "Dev"}, {Account: one, Role: "O_+=,.@-9"}, {Account: three, Role: "Ops"}},
		Left: []sso.Left{
			{Account: "700000000001", Text: `a role in account 700000000001 is left out: "a b" is not the name of a role`},
			{Account: "700000000001", Text: `a role in account 700000000001 is left out: "" is not the name of a role`},
			{Account: "700000000001", Text: `a role in account 700000000001 is left out: "x [default]" is not the name of a role`},
			{Account: "$(touch x)", Text: `an account is left out: "$(touch x)" is not 12 digits`},
			{Account: "70000000000²", Text: `an account is left out: "70000000000²" is not 12 digits`},
			{Account: "700000000002", Text: "account 700000000002 is left out: ListAccountRoles: ForbiddenException: No access"},
			{Account: "", Text: `an account is left out: "" is not 12 digits`},
			{Account: `{"accountId":700000000004}`, Text: `an account is left out: "{\"accountId\":700000000004}" is not 12 digits`},
			{Account: "", Text: `an account is left out: "" is not 12 digits`},
			{Account: `"x"`, Text: `an account is left out: "\"x\"" is not 12 digits`},
			{Account: "700000000003", Text: `a role in account 700000000003 is left out: "{\"roleName\":7}" is not the name of a role`},
		},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	// An outage is not an odd account.
	mux.HandleFunc("/down/assignment/accounts", func(rw http.ResponseWriter, _ *http.Request) {
		io.WriteString(rw, `{"accountList":[{"accountId":"700000000001"}]}`)
	})
	mux.HandleFunc("/down/assignment/roles", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) })
	w.session.Portal = server.URL + "/down"
	if got, err := w.client.Assignments(t.Context(), w.session, nil); err == nil {
		t.Errorf("%+v", got)
	}
}

// The files are compatible with the AWS CLI: shared/reference/aws-protocols.md 2.5 has these
// names from its code.
func TestTheFilesAreTheAWSCLIs(t *testing.T) {
	w := newWorld(t)
	w.session = sso.Session{
		Name: "my", StartURL: startURL, Region: "eu-west-1", Scopes: []string{"sso:account:access"},
		OIDC: w.session.OIDC, Portal: w.session.Portal,
	}
	w.get()
	const name = "3ece1471f44f63177cbc35ba0b904e0c096b6783.json" // sha1 of "my"
	path := filepath.Join(w.client.Dir, name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]string
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt", "refreshToken"} {
		if doc[key] == "" {
			t.Errorf("no %s", key)
		}
	}
	if _, err := time.Parse("2006-01-02T15:04:05Z", doc["expiresAt"]); err != nil {
		t.Error(err)
	}
	for p, want := range map[string]os.FileMode{path: 0o600, w.client.Dir: 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", p, info.Mode(), err)
		}
	}
	// What others wrote there stays.
	text = []byte(strings.Replace(string(text), "{", `{"theirs":{"a":[1]},`, 1))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	w.client.Person = nil
	w.aws.Clock.Advance(55 * time.Minute)
	w.get()
	if text, _ = os.ReadFile(path); !strings.Contains(string(text), `"theirs":{"a":[1]}`) {
		t.Errorf("gone: theirs")
	}
	if left, _ := filepath.Glob(filepath.Join(w.client.Dir, ".vault-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Registrations have the same names as in the AWS CLI: from version 2.38.1 in cases/cli.md 10,
// and for the complete names from botocore's json.dumps and sha1.
func TestRegistrationsAreNamedAsTheAWSCLINamesThem(t *testing.T) {
	for _, test := range []struct {
		name     string
		scopes   []string
		unscoped bool
		want     string
	}{
		{"noscope", []string{"sso:account:access"}, true, "e481451b27cff7b0d98a5924074cfcae5a47a7d6"},
		{"noscope", []string{"sso:account:access"}, false, "6fd4769fabaa7c1ad4a3293887d05c35ddef1114"},
		{"", nil, false, "9d9dd9a416ed033eec7556781302088a89d3d330"},
	} {
		w := newWorld(t)
		w.session.Name, w.session.Scopes, w.session.Unscoped = test.name, test.scopes, test.unscoped
		center := w.aws.AddCenter("https://example.awsapps.com/start", "eu-west-1")
		person := center.AddPerson("ann@example.com")
		person.Assign(w.aws.Account(account), "Admin", time.Hour)
		w.ann, w.session.StartURL = person, "https://example.awsapps.com/start"
		w.get()
		if _, err := os.Stat(filepath.Join(w.client.Dir, test.want+".json")); err != nil {
			files, _ := filepath.Glob(filepath.Join(w.client.Dir, "*.json"))
			t.Errorf("%q %q, unscoped %t: %v, there are %q", test.name, test.scopes, test.unscoped, err, files)
		}
		w.client.Person, w.session.Unscoped = nil, !test.unscoped
		w.get() // the token's file is the same
	}
}

func TestAFileThatIsNoneIsNoSignIn(t *testing.T) {
	w := newWorld(t)
	w.get()
	files, _ := filepath.Glob(filepath.Join(w.client.Dir, "*.json"))
	whole := map[string][]byte{}
	for _, f := range files {
		whole[f], _ = os.ReadFile(f)
	}
	for _, bad := range []string{"", "{", `{"accessToken": 1}`, `[]`, "null", `{"accessToken":"a\nb","expiresAt":"2030-01-01T00:00:00Z"}`, strings.Repeat("x", 300<<10)} {
		for f := range whole {
			os.WriteFile(f, []byte(bad), 0o600)
		}
		w.get() // signs in anew
	}
	for f := range whole {
		os.Chmod(f, 0o666)
	}
	if err := w.fails(); !strings.Contains(err.Error(), "can be written by everybody") {
		t.Error(err)
	}
	if os.Geteuid() == 0 {
		for f := range whole {
			os.Chmod(f, 0o600)
			os.Chown(f, 4242, 4242)
		}
		if err := w.fails(); !strings.Contains(err.Error(), "belongs to user 4242") {
			t.Error(err)
		}
	}
}

func TestASignInSomewhereElseUnderTheSameName(t *testing.T) {
	w := newWorld(t)
	w.get()
	w.session.StartURL = "https://other.awsapps.com/start"
	w.client.Person = nil
	if needed := (*sso.NeededError)(nil); !errors.As(w.fails(), &needed) {
		t.Error("the token of another start URL was used")
	}
}

// Only the browser that vault sent there can end the sign-in.
func TestTheListenerAnswersNobodyElse(t *testing.T) {
	w := newWorld(t)
	var once sync.Once
	pages := map[string]int{}
	w.visit = func(page, _ string) {
		u, _ := url.Parse(page)
		back, state := u.Query().Get("redirect_uri"), u.Query().Get("state")
		try := func(name, address, host string) {
			req, _ := http.NewRequest(http.MethodGet, address, nil)
			req.Host = host
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			io.Copy(io.Discard, resp.Body)
			pages[name] = resp.StatusCode
		}
		b, _ := url.Parse(back)
		if ip := net.ParseIP(b.Hostname()); ip == nil || !ip.IsLoopback() {
			t.Errorf("listens at %s", back)
		}
		try("wrong state", back+"?code=x&state=wrong", b.Host)
		try("an error without state", back+"?error=access_denied", b.Host)
		try("another host", back+"?code=x&state="+url.QueryEscape(state), "evil.example:80")
		try("another path", "http://"+b.Host+"/x?code=x&state="+url.QueryEscape(state), b.Host)
		shown, err := awsfake.Visit(context.Background(), page, "", true)
		if err != nil || !strings.Contains(shown, "You are signed in") {
			t.Error(shown, err)
		}
		once.Do(func() {})
	}
	w.get()
	want := map[string]int{"wrong state": 400, "an error without state": 400, "another host": 403, "another path": 404}
	if d := cmp.Diff(want, pages); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCtrlCEndsTheWait(t *testing.T) {
	for _, device := range []bool{false, true} {
		w := newWorld(t)
		w.client.Person = w.person(device)
		ctx, cancel := context.WithCancel(t.Context())
		w.visit = func(string, string) { cancel() }
		if _, err := w.client.RoleCredentials(ctx, w.session, account, "Admin"); !errors.Is(err, context.Canceled) {
			t.Errorf("device %v: %v", device, err)
		}
		if _, err := os.Stat(filepath.Join(w.client.Dir, "x")); err == nil {
			t.Error("?")
		}
	}
}

// An answer that cannot be a token or credentials is neither used nor kept.
func TestAnswersAreChecked(t *testing.T) {
	long := strings.Repeat("t", 16<<10+1)
	const none = "GetRoleCredentials: the answer has no credentials in it"
	for _, answer := range []string{
		`{}`, `{"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"s","sessionToken":"t"}}`, `{"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"s","sessionToken":"t","expiration":-1}}`,
		`{"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"a b","sessionToken":"t","expiration":4102444800000}}`,
		`{"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"s","sessionToken":"t\nt","expiration":4102444800000}}`,
		`{"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"s","sessionToken":"` + long + `","expiration":4102444800000}}`,
	} {
		w := newWorld(t)
		w.get()
		w.session.Portal = w.lies(200, answer)
		if err := w.fails(); err.Error() != none {
			t.Errorf("%.90s: %v", answer, err)
		}
	}
	for _, answer := range []string{
		`{"expiresIn":3600}`, `{"accessToken":"a b","expiresIn":3600}`, `{"accessToken":"` + long + `","expiresIn":3600}`, `{"accessToken":"a","expiresIn":0}`,
		`{"accessToken":"a","expiresIn":99999999}`, `{"accessToken":"a","refreshToken":"r\u0000","expiresIn":3600}`,
	} {
		w := newWorld(t)
		w.get()
		path, before := w.tokenFile()
		w.aws.Clock.Advance(2 * time.Hour)
		w.session.OIDC = w.lies(200, answer)
		if err := w.fails(); err.Error() != "CreateToken: the answer has no token in it" {
			t.Errorf("%.90s: %v", answer, err)
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%.90s: the file is %s", answer, after)
		}
	}
}

// If AWS refuses a token in the middle of a list, vault renews the token and starts the list
// again.
func TestATokenEndsInTheMiddleOfAList(t *testing.T) {
	w := newWorld(t)
	w.get()
	refused := false
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/roles") && !refused {
			refused = true
			rw.Header().Set("X-Amzn-Errortype", "UnauthorizedException")
			rw.WriteHeader(401)
			io.WriteString(rw, `{"message":"Session token not found or invalid"}`)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/roles") {
			io.WriteString(rw, `{"roleList":[{"roleName":"Dev"}]}`)
			return
		}
		io.WriteString(rw, `{"accountList":[{"accountId":"700000000001"}]}`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	w.session.Portal = server.URL
	got, err := w.client.Assignments(t.Context(), w.session, nil)
	if err != nil || len(got.Roles) != 1 || len(got.Left) != 0 || len(w.tabs) != 1 {
		t.Errorf("%+v, %v, %d tabs", got, err, len(w.tabs))
	}
}

// liar is a server that only pretends to be AWS.
func TestALyingServer(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing": "", "not JSON": "<html>", "no client": `{}`, "huge": `{"clientId":"` + strings.Repeat("x", 5<<20) + `"}`,
	} {
		w := newWorld(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, answer) })}
		go server.Serve(l)
		t.Cleanup(func() { server.Close() })
		w.session.OIDC = "http://" + l.Addr().String()
		if err := w.fails(); !strings.HasPrefix(err.Error(), "RegisterClient: ") || len(err.Error()) > 200 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A page that a browser would run.
	w := newWorld(t)
	w.client.Person = w.person(true)
	mux := http.NewServeMux()
	mux.HandleFunc("/client/register", func(rw http.ResponseWriter, _ *http.Request) {
		io.WriteString(rw, `{"clientId":"a","clientSecret":"b","clientSecretExpiresAt":4102444800}`)
	})
	mux.HandleFunc("/device_authorization", func(rw http.ResponseWriter, _ *http.Request) {
		io.WriteString(rw, `{"deviceCode":"d","userCode":"\u001b[31mX","verificationUriComplete":"file:///etc/passwd","expiresIn":600,"interval":1}`)
	})
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	server := &http.Server{Handler: mux}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	w.session.OIDC = "http://" + l.Addr().String()
	if err := w.fails(); len(w.tabs) > 0 {
		t.Errorf("opened %q, %v", w.tabs, err)
	}
}

// If a portal accepts no token, however new, each attempt is an error. It never gives empty
// credentials or a list without accounts.
func TestAPortalThatTakesNoToken(t *testing.T) {
	w := newWorld(t)
	w.get()
	portal := w.session.Portal
	w.session.Portal = w.lies(401, `{"message":"Session token not found or invalid"}`)
	if err := w.fails(); !strings.Contains(err.Error(), "GetRoleCredentials") {
		t.Errorf("got %v", err)
	}
	if got, err := w.client.Assignments(t.Context(), w.session, nil); err == nil || !strings.Contains(err.Error(), "ListAccounts") {
		t.Errorf("got %+v, %v", got, err)
	}
	w.session.Portal = portal
	w.get()
}
