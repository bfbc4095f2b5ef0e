package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/resolve"
	"awsvault/tests/awsfake"
)

// world is an AWS with the users and roles of aws-vault's README, a keystore
// with jon's keys, a cache, and a person with jon's device.
type world struct {
	t      *testing.T
	aws    *awsfake.Server
	env    map[string]string
	config string
	keys   keystore
	cache  *memory
	person *person
	deps   resolve.Deps
	warned []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, awsfake.Start(t, awsfake.Options{Clock: awsfake.ClockAt(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}))
}

func newWorldOn(t *testing.T, aws *awsfake.Server) *world {
	jon := aws.Account("111122223333").AddUser("jon")
	key := jon.AddKey()
	device := jon.AddMFA("jon")
	adminARN := aws.Account("222233334444").AddRole(awsfake.Role{
		Name: "admin", MaxSession: 12 * time.Hour, Trust: awsfake.Trust{Principals: []string{jon.ARN()}, MFA: true},
	})
	opsARN := aws.Account("333344445555").AddRole(awsfake.Role{
		Name: "ops", Path: "/team/", Trust: awsfake.Trust{Principals: []string{jon.ARN(), adminARN}},
	})
	if adminARN != admin || opsARN != ops || device.Serial != jonMFA {
		t.Fatal(adminARN, opsARN, device.Serial)
	}
	w := &world{
		t: t, aws: aws, config: readme,
		env:    map[string]string{"AWS_ENDPOINT_URL": aws.URL},
		keys:   keystore{"jon": {AccessKeyID: key.ID, SecretAccessKey: key.Secret}},
		cache:  &memory{sessions: map[resolve.SessionKey]resolve.Credentials{}, locks: map[resolve.SessionKey]chan struct{}{}},
		person: &person{code: device.NextCode},
	}
	w.deps = resolve.Deps{
		Keys: w.keys, Cache: w.cache, MFA: w.person, Now: aws.Clock.Now, MinTTL: 5 * time.Minute,
		HTTP: func() (*http.Client, error) { return resolve.HTTPClient(w.getenv, resolve.Setting{}) },
		Warn: func(err error) { w.warned = append(w.warned, err.Error()) },
	}
	return w
}

func (w *world) getenv(name string) string { return w.env[name] }

func (w *world) plan(profile string, change func(*resolve.Inputs)) *resolve.Plan {
	w.t.Helper()
	in := inputs(w.t, profile, w.config, w.env)
	if change != nil {
		change(&in)
	}
	plan, err := resolve.NewPlan(in)
	if err != nil {
		w.t.Fatal(err)
	}
	return plan
}

// get carries a plan out; it must succeed.
func (w *world) get(profile string) resolve.Result {
	w.t.Helper()
	got, err := w.plan(profile, nil).Credentials(w.t.Context(), w.deps)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// fails carries a plan out; it must not succeed.
func (w *world) fails(profile string) error {
	w.t.Helper()
	got, err := w.plan(profile, nil).Credentials(w.t.Context(), w.deps)
	if err == nil {
		w.t.Fatalf("no error, but %v", got)
	}
	return err
}

// called checks the calls since the last time.
func (w *world) called(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.aws.Operations()); diff != "" {
		w.t.Errorf("calls (-want +got):\n%s", diff)
	}
	w.aws.Reset()
}

type keystore map[string]resolve.Credentials

func (k keystore) Keys(_ context.Context, profile string) (resolve.Credentials, error) {
	c, ok := k[profile]
	if !ok {
		return c, errors.New("keystore: not found")
	}
	return c, nil
}

// memory is a cache that can fail.
type memory struct {
	mu                       sync.Mutex
	sessions                 map[resolve.SessionKey]resolve.Credentials
	locks                    map[resolve.SessionKey]chan struct{}
	readErr, putErr, lockErr error
}

func (m *memory) Session(_ context.Context, k resolve.SessionKey) (resolve.Credentials, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.sessions[k]
	return c, ok, m.readErr
}

func (m *memory) PutSession(_ context.Context, k resolve.SessionKey, c resolve.Credentials) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.putErr == nil {
		m.sessions[k] = c
	}
	return m.putErr
}

func (m *memory) Lock(ctx context.Context, k resolve.SessionKey) (func(), error) {
	m.mu.Lock()
	lock := m.locks[k]
	if lock == nil {
		lock = make(chan struct{}, 1)
		m.locks[k] = lock
	}
	err := m.lockErr
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// types lists what is cached.
func (m *memory) types() []string {
	var types []string
	for k := range m.sessions {
		types = append(types, k.Type+" "+k.Profile)
	}
	slices.Sort(types)
	return types
}

// person answers questions for a code, mistyping the first few.
type person struct {
	mu      sync.Mutex
	code    func() string
	typos   []string
	fixed   bool // the code is not typed, but given once and for all
	asked   []resolve.MFARequest
	refused []string
}

func (p *person) Code(_ context.Context, q resolve.MFARequest) (resolve.MFACode, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q.Refused != nil {
		p.refused = append(p.refused, q.Refused.Error())
	}
	p.asked = append(p.asked, q)
	if len(p.typos) > 0 {
		typo := p.typos[0]
		p.typos = p.typos[1:]
		return resolve.MFACode{Text: typo, Retry: !p.fixed}, nil
	}
	return resolve.MFACode{Text: p.code(), Retry: !p.fixed}, nil
}

// TestTable holds the table of aws-vault's README: which calls in which order,
// whether MFA is asked, and what is cached, where every role is cached too.
func TestTable(t *testing.T) {
	tests := []struct {
		profile   string
		noSession bool
		duration  time.Duration
		calls     []string
		mfa       int
		cached    []string
		life      time.Duration
		arn       string
		account   string
	}{
		{"jon", true, 0, nil, 0, nil, 0, "", ""},
		{"jon", false, 0, []string{"GetSessionToken"}, 1, []string{"sts.GetSessionToken jon"}, time.Hour, "", "111122223333"},
		{"foo-readonly", false, 0, []string{"AssumeRole"}, 0, []string{"sts.AssumeRole foo-readonly"}, time.Hour,
			"arn:aws:sts::333344445555:assumed-role/ops/vault", "333344445555"},
		{"foo-admin", false, 0, []string{"GetSessionToken", "AssumeRole"}, 1, []string{"sts.AssumeRole foo-admin", "sts.GetSessionToken jon"}, time.Hour,
			"arn:aws:sts::222233334444:assumed-role/admin/vault", "222233334444"},
		{"foo-admin", false, 2 * time.Hour, []string{"AssumeRole"}, 1, []string{"sts.AssumeRole foo-admin"}, 2 * time.Hour,
			"arn:aws:sts::222233334444:assumed-role/admin/vault", "222233334444"},
		{"bar-role2", false, 0, []string{"GetSessionToken", "AssumeRole", "AssumeRole"}, 1,
			[]string{"sts.AssumeRole bar-role1", "sts.AssumeRole bar-role2", "sts.GetSessionToken jon"}, time.Hour,
			"arn:aws:sts::333344445555:assumed-role/ops/vault", "333344445555"},
		{"bar-role2", true, 0, []string{"AssumeRole", "AssumeRole"}, 1, []string{"sts.AssumeRole bar-role1", "sts.AssumeRole bar-role2"}, time.Hour,
			"arn:aws:sts::333344445555:assumed-role/ops/vault", "333344445555"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s no-session=%v duration=%v", test.profile, test.noSession, test.duration), func(t *testing.T) {
			w := newWorld(t)
			plan := w.plan(test.profile, func(in *resolve.Inputs) { in.NoSession, in.Duration = test.noSession, test.duration })
			if got := plan.MFAPrompts(); got != test.mfa {
				t.Errorf("the plan has %d MFA prompts, want %d", got, test.mfa)
			}
			got, err := plan.Credentials(t.Context(), w.deps)
			if err != nil {
				t.Fatal(err)
			}
			w.called(test.calls...)
			if len(w.person.asked) != test.mfa {
				t.Errorf("MFA was asked %d times, want %d", len(w.person.asked), test.mfa)
			}
			if diff := cmp.Diff(test.cached, w.cache.types()); diff != "" {
				t.Errorf("cached (-want +got):\n%s", diff)
			}
			want := resolve.Result{Credentials: w.keys["jon"]}
			if session, ok := w.aws.Session(got.AccessKeyID); ok {
				want = resolve.Result{Credentials: got.Credentials, ARN: test.arn, Account: test.account}
				want.Expires = w.aws.Clock.Now().Add(test.life)
				if test.arn != "" && session.ARN != test.arn {
					t.Errorf("AWS says %s", session.ARN)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}

			again, err := plan.Credentials(t.Context(), w.deps)
			if err != nil || again != got {
				t.Errorf("the second time: %v, %v", again, err)
			}
			w.called()
		})
	}
}

func TestOneMFACodeServesAllRoles(t *testing.T) {
	w := newWorld(t)
	w.get("foo-admin")
	w.called("GetSessionToken", "AssumeRole")
	w.get("bar-role2")
	w.called("AssumeRole", "AssumeRole")
	w.env["AWS_REGION"] = "eu-west-1" // the session is good there too; only the role is asked for again
	w.get("foo-admin")
	w.called("AssumeRole")
	w.aws.Clock.Advance(7 * time.Hour)
	w.get("foo-admin")
	w.called("AssumeRole")
	if len(w.person.asked) != 1 {
		t.Errorf("MFA was asked %d times", len(w.person.asked))
	}
	w.aws.Clock.Advance(time.Hour)
	w.get("foo-admin")
	w.called("GetSessionToken", "AssumeRole")
}

func TestCachedSession(t *testing.T) {
	w := newWorld(t)
	opened := 0
	w.deps.Keys = keysFunc(func() (resolve.Credentials, error) { opened++; return w.keys["jon"], nil })
	w.deps.KeyID = func(context.Context, string) (string, error) { return w.keys["jon"].AccessKeyID, nil }
	clients := 0
	client := w.deps.HTTP
	w.deps.HTTP = func() (*http.Client, error) { clients++; return client() }

	first := w.get("foo-readonly")
	w.aws.Clock.Advance(55 * time.Minute)
	if again := w.get("foo-readonly"); again != first || opened != 1 || clients != 1 {
		t.Errorf("with five minutes left it is %v; the keystore was opened %d times, %d clients made", again, opened, clients)
	}
	w.deps.MinLife = 10 * time.Minute
	if renewed := w.get("foo-readonly"); renewed == first {
		t.Error("ten minutes were wanted, and the session had five")
	}
	w.deps.MinLife = 0
	w.aws.Clock.Advance(time.Second)
	w.called("AssumeRole", "AssumeRole")

	w.deps.Fresh = true
	w.get("foo-readonly")
	w.called("AssumeRole")
}

func TestFreshAsksForOneCode(t *testing.T) {
	w := newWorld(t)
	w.get("bar-role2")
	w.aws.Reset()
	w.deps.Fresh = true
	w.get("bar-role2")
	w.called("GetSessionToken", "AssumeRole", "AssumeRole")
	if len(w.person.asked) != 2 {
		t.Errorf("MFA was asked %d times in two runs", len(w.person.asked))
	}
}

func TestRenewalNeedsNobodyWhileTheMFASessionLasts(t *testing.T) {
	w := newWorld(t)
	needs := func() bool {
		preview, err := w.plan("foo-admin", nil).Preview(t.Context(), w.deps)
		if err != nil {
			t.Fatal(err)
		}
		return preview.Codes > 0
	}
	if !needs() {
		t.Error("nothing is cached, and nobody is needed")
	}
	w.get("foo-admin")
	w.deps.MFA, w.deps.MinLife = nil, 30*time.Minute
	w.aws.Clock.Advance(7*time.Hour + 50*time.Minute) // the MFA session has ten minutes left
	if needs() {
		t.Error("the MFA session is good, and somebody is needed")
	}
	w.get("foo-admin")
	w.aws.Clock.Advance(6*time.Minute + 31*time.Minute)
	if !needs() {
		t.Error("the MFA session is over, and nobody is needed")
	}
	var person *resolve.PersonNeededError
	err := w.fails("foo-admin")
	if !errors.As(err, &person) || err.Error() != `profile "jon" needs the MFA code of `+jonMFA+`, and there is nobody to ask for it` {
		t.Errorf("got %v", err)
	}
}

type keysFunc func() (resolve.Credentials, error)

func (f keysFunc) Keys(context.Context, string) (resolve.Credentials, error) { return f() }

func TestManyShellsMakeOneCall(t *testing.T) {
	w := newWorld(t)
	results := make([]resolve.Result, 50)
	var all sync.WaitGroup
	for i := range results {
		plan := w.plan("foo-admin", nil)
		all.Go(func() {
			var err error
			if results[i], err = plan.Credentials(t.Context(), w.deps); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.called("GetSessionToken", "AssumeRole")
	if len(w.person.asked) != 1 || len(slices.Compact(results)) != 1 {
		t.Errorf("MFA was asked %d times; %d results", len(w.person.asked), len(slices.Compact(results)))
	}
}

func TestMFACode(t *testing.T) {
	const wrong = `GetSessionToken for "jon" (step 2 of 2): AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code.`
	const malformed = "the MFA code for " + jonMFA + " is not six digits"
	tests := []struct {
		name    string
		typos   []string
		fixed   bool
		refused []string // what the person was told before being asked again
		want    string   // the error in the end
		calls   []string
	}{
		{name: "a mistyped code is asked for again", typos: []string{"000000", " 12345 "}, refused: []string{wrong, malformed},
			calls: []string{"GetSessionToken: AccessDenied", "GetSessionToken"}},
		{name: "three times is enough", typos: []string{"", "abcdef", "000000"}, refused: []string{malformed, malformed}, want: wrong,
			calls: []string{"GetSessionToken: AccessDenied"}},
		{name: "a fixed code is tried once", typos: []string{"000000"}, fixed: true, want: wrong, calls: []string{"GetSessionToken: AccessDenied"}},
		{name: "a fixed code that is none is not tried", typos: []string{"١٢٣٤٥٦"}, fixed: true, want: malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.person.typos, w.person.fixed = test.typos, test.fixed
			_, err := w.plan("jon", nil).Credentials(t.Context(), w.deps)
			w.called(test.calls...)
			if diff := cmp.Diff(test.refused, trimIDs(w.person.refused)); diff != "" {
				t.Errorf("refusals (-want +got):\n%s", diff)
			}
			var mfa *resolve.MFAError
			if got := trimIDs([]string{fmt.Sprint(err)})[0]; test.want == "" && err != nil || test.want != "" && (got != test.want || !errors.As(err, &mfa)) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// trimIDs takes the request ids off error texts.
func trimIDs(texts []string) []string {
	var out []string
	for _, text := range texts {
		text, _, _ = strings.Cut(text, " (request id ")
		out = append(out, text)
	}
	return out
}

func TestReusedCode(t *testing.T) {
	w := newWorld(t)
	device := w.aws.Device(jonMFA)
	w.person.code = device.Code
	w.get("jon")
	w.deps.Fresh = true
	w.person.fixed = true
	err := w.fails("jon")
	var mfa *resolve.MFAError
	if !errors.As(err, &mfa) || !strings.HasPrefix(mfa.Hint(), "each code works once") {
		t.Errorf("got %v", err)
	}
}

func TestRefusals(t *testing.T) {
	hour12 := func(w *world) { w.deps.Now = func() time.Time { return w.aws.Clock.Now().Add(12 * time.Hour) } }
	tests := []struct {
		name    string
		profile string
		change  func(*world)
		want    string
		hint    string
	}{
		{"a role that does not trust", "foo-readonly", func(w *world) { w.config = strings.Replace(w.config, "team/ops", "team/none", 1) },
			"AssumeRole arn:aws:iam::333344445555:role/team/none (step 2 of 2): AccessDenied: User: arn:aws:iam::111122223333:user/jon is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::333344445555:role/team/none",
			"the role may not exist, or may not trust you, or may want MFA (mfa_serial), or may want an external_id"},
		{"a role that allows less", "foo-readonly", func(w *world) { w.env["AWS_ASSUME_ROLE_TTL"] = "2h" },
			"AssumeRole " + ops + " (step 2 of 2): ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
			"the role allows less: ask for a shorter --duration, or raise the role's maximum session duration"},
		{"keys that are inactive", "foo-readonly", func(w *world) { w.aws.SetKeyActive(w.keys["jon"].AccessKeyID, false) },
			"AssumeRole " + ops + " (step 2 of 2): InvalidClientTokenId: The security token included in the request is invalid.",
			"AWS does not know these keys: they may be deleted, inactive, or of another partition"},
		{"a device of somebody else", "jon", func(w *world) { w.env["AWS_MFA_SERIAL"] = annMFA; w.person.code = func() string { return "123456" } },
			`GetSessionToken for "jon" (step 2 of 2): AccessDenied: MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.`,
			"mfa_serial must be the ARN of a device of the user whose keys these are: " + annMFA},
		{"a secret that is wrong", "foo-readonly", func(w *world) {
			w.keys["jon"] = resolve.Credentials{AccessKeyID: w.keys["jon"].AccessKeyID, SecretAccessKey: "wrong"}
		},
			"AssumeRole " + ops + " (step 2 of 2): SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
			"the stored secret key does not belong to its access key id"},
		{"a clock 12 hours ahead", "foo-readonly", hour12,
			"AssumeRole " + ops + " (step 2 of 2): the clock of this computer is 12h ahead of AWS's: SignatureDoesNotMatch: Signature not yet current: 20261123T000000Z is still later than 20261122T121500Z (20261122T120000Z + 15 min.)",
			"set the clock, or switch on its synchronisation"},
		{"a clock 20 minutes behind", "foo-readonly", func(w *world) { w.deps.Now = func() time.Time { return w.aws.Clock.Now().Add(-20 * time.Minute) } },
			"AssumeRole " + ops + " (step 2 of 2): the clock of this computer is 20m behind AWS's: SignatureDoesNotMatch: Signature expired: 20261122T114000Z is now earlier than 20261122T114500Z (20261122T120000Z - 15 min.)",
			"set the clock, or switch on its synchronisation"},
		{"a wrong secret, and a clock that may be the reason", "foo-readonly", func(w *world) {
			w.keys["jon"] = resolve.Credentials{AccessKeyID: w.keys["jon"].AccessKeyID, SecretAccessKey: "wrong"}
			w.aws.SkewDate(6 * time.Minute)
		},
			"AssumeRole " + ops + " (step 2 of 2): the clock of this computer is 6m behind AWS's: SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
			"set the clock, or switch on its synchronisation"},
		{"a role that wants no source identity", "foo-readonly", func(w *world) { w.env["AWS_SOURCE_IDENTITY"] = "jon" },
			"AssumeRole " + ops + " (step 2 of 2): AccessDenied: User: arn:aws:iam::111122223333:user/jon is not authorized to perform: sts:SetSourceIdentity on resource: " + ops,
			"the role's trust policy must allow sts:SetSourceIdentity"},
		{"a key id that cannot be read", "foo-readonly", func(w *world) {
			w.deps.KeyID = func(context.Context, string) (string, error) { return "", errors.New("no such file") }
		}, `read the key id of "jon": no such file`, ""},
		{"throttling that does not end", "foo-readonly", func(w *world) { w.aws.Arm(awsfake.Fault{Kind: awsfake.Throttle, Count: 9}) },
			"AssumeRole " + ops + " (step 2 of 2): Throttling: Rate exceeded", ""},
		{"keys that are not there", "foo-readonly", func(w *world) { delete(w.keys, "jon") }, `keystore: not found`, ""},
		{"a cache that cannot be read", "foo-readonly", func(w *world) { w.cache.readErr = errors.New("keyring: locked") },
			`keyring: locked`, ""},
		{"a role that wants no tags", "foo-readonly", func(w *world) { w.env["AWS_SESSION_TAGS"] = "A=b" },
			"AssumeRole " + ops + " (step 2 of 2): AccessDenied: User: arn:aws:iam::111122223333:user/jon is not authorized to perform: sts:TagSession on resource: " + ops,
			"the role's trust policy must allow sts:TagSession"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test.change(w)
			err := w.fails(test.profile)
			text, id, _ := strings.Cut(err.Error(), " (request id ")
			if text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
			var aws *resolve.AWSError
			if errors.As(err, &aws) && (id == "" || aws.RequestID+")" != id) {
				t.Errorf("request id %q in %s", aws.RequestID, err)
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

func TestTroubleThatPasses(t *testing.T) {
	w := newWorld(t)
	w.aws.Arm(awsfake.Fault{Kind: awsfake.Throttle})
	w.aws.Arm(awsfake.Fault{Kind: awsfake.Drop})
	w.get("foo-readonly")
	w.called("AssumeRole: Throttling", "AssumeRole", "AssumeRole")
}

func TestCodeThatIsUsedUpByALostAnswer(t *testing.T) {
	w := newWorld(t)
	w.aws.Arm(awsfake.Fault{Kind: awsfake.DropAnswer})
	w.get("jon")
	w.called("GetSessionToken", "GetSessionToken: AccessDenied", "GetSessionToken")
	if len(w.person.asked) != 2 {
		t.Errorf("MFA was asked %d times", len(w.person.asked))
	}
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	w.cache.putErr, w.cache.lockErr = errors.New("disk full"), errors.New("read-only file system")
	w.get("foo-readonly")
	want := []string{"read-only file system", "disk full"}
	if diff := cmp.Diff(want, w.warned); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestClockThatIsALittleWrong(t *testing.T) {
	w := newWorld(t)
	w.deps.Now = func() time.Time { return w.aws.Clock.Now().Add(-10 * time.Minute) }
	w.get("bar-role2")
	want := []string{"the clock of this computer is 10m behind AWS's"}
	if diff := cmp.Diff(want, w.warned); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestCachedSessionThatAWSHasForgotten(t *testing.T) {
	w := newWorld(t)
	w.get("foo-admin")
	w.called("GetSessionToken", "AssumeRole")
	for k, c := range w.cache.sessions {
		w.aws.Expire(c.AccessKeyID)
		if k.Type == "sts.AssumeRole" {
			delete(w.cache.sessions, k)
		}
	}
	w.get("foo-admin")
	w.called("AssumeRole: ExpiredToken", "GetSessionToken", "AssumeRole")
	if len(w.person.asked) != 2 {
		t.Errorf("MFA was asked %d times", len(w.person.asked))
	}
}

func TestNewKeysMakeNewSessions(t *testing.T) {
	w := newWorld(t)
	w.get("foo-readonly")
	old := w.keys["jon"].AccessKeyID
	w.aws.SetKeyActive(old, false)
	key := secondUser(w).AddKey()
	w.keys["jon"] = resolve.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}
	w.get("foo-readonly")
	w.called("AssumeRole", "AssumeRole")
}

// secondUser adds a second user that the role trusts as well.
func secondUser(w *world) *awsfake.User {
	u := w.aws.Account("111122223333").AddUser("jon2")
	w.aws.Account("333344445555").AddRole(awsfake.Role{Name: "ops", Path: "/team/", Trust: awsfake.Trust{Principals: []string{u.ARN()}}})
	return u
}

func TestInterrupted(t *testing.T) {
	t.Run("during a call", func(t *testing.T) {
		w := newWorld(t)
		silent := listen(t)
		w.env["AWS_ENDPOINT_URL"] = "http://" + silent.Addr().String()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			conn, err := silent.Accept()
			cancel()
			if err == nil {
				<-t.Context().Done()
				_ = conn.Close()
			}
		}()
		start := time.Now()
		_, err := w.plan("foo-readonly", nil).Credentials(ctx, w.deps)
		if err != context.Canceled || time.Since(start) > 2*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
	t.Run("during a question", func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.person.code = func() string { cancel(); return "" }
		if _, err := w.plan("jon", nil).Credentials(ctx, w.deps); err != context.Canceled {
			t.Errorf("got %v", err)
		}
		w.called()
	})
	t.Run("while another has the lock", func(t *testing.T) {
		w := newWorld(t)
		plan := w.plan("foo-readonly", nil)
		w.get("foo-readonly")
		for k := range w.cache.sessions {
			if _, err := w.cache.Lock(t.Context(), k); err != nil {
				t.Fatal(err)
			}
			delete(w.cache.sessions, k)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := plan.Credentials(ctx, w.deps)
		if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "context deadline exceeded" {
			t.Errorf("got %v", err)
		}
	})
}

func TestNoAnswer(t *testing.T) {
	closed := "127.0.0.1:1" // a port that was closed just now may be given to the next test
	silent := silentServer(t)
	plain := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>please sign in to the hotel")
	})}
	hotel := listen(t)
	go func() { _ = plain.Serve(hotel) }()
	t.Cleanup(func() { _ = plain.Close() })
	empty := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>")
	})}
	hollow := listen(t)
	go func() { _ = empty.Serve(hollow) }()
	t.Cleanup(func() { _ = empty.Close() })
	secure := awsfake.StartTLS(t, awsfake.Options{})

	tests := []struct {
		name string
		env  map[string]string
		wait time.Duration
		want string
		hint string
	}{
		{"nobody listens", map[string]string{"AWS_ENDPOINT_URL": "http://" + closed}, 0, closed + " refused the connection", ""},
		{"the name server does not answer", map[string]string{"AWS_ENDPOINT_URL": "http://sts.down"}, 0, `the host "sts.down" cannot be looked up`, ""},
		{"the host does not exist", map[string]string{"AWS_ENDPOINT_URL": "http://sts.invalid"}, 0, `there is no host "sts.invalid"`, ""},
		{"the proxy refuses", map[string]string{"AWS_ENDPOINT_URL": "https://sts.invalid", "HTTPS_PROXY": "http://u:geheim@" + closed}, 0,
			"the proxy " + closed + " refused the connection", "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"},
		{"the proxy does not exist", map[string]string{"AWS_ENDPOINT_URL": "http://sts.invalid", "http_proxy": "proxy.invalid:3128"}, 0,
			`there is no host "proxy.invalid"`, "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"},
		{"the certificate is not trusted", map[string]string{"AWS_ENDPOINT_URL": secure.URL}, 0,
			"the certificate of " + strings.TrimPrefix(secure.URL, "https://") + " is not trusted: signed by an unknown authority",
			"if a proxy signs the connections here, name its certificate with AWS_CA_BUNDLE"},
		{"no answer comes", map[string]string{"AWS_ENDPOINT_URL": "http://" + silent}, 50 * time.Millisecond, "no answer from " + silent + " in time", ""},
		{"somebody else answers", map[string]string{"AWS_ENDPOINT_URL": "http://" + hotel.Addr().String()}, 0,
			"the answer of " + hotel.Addr().String() + " is not AWS's (HTTP 200)", ""},
		{"the answer is empty", map[string]string{"AWS_ENDPOINT_URL": "http://" + hollow.Addr().String()}, 0, "the answer has no credentials in it", ""},
		{"the server speaks plain HTTP", map[string]string{"AWS_ENDPOINT_URL": "https://" + hotel.Addr().String()}, 0,
			"http: server gave HTTP response to HTTPS client", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.env = test.env
			w.deps.HTTP = func() (*http.Client, error) { return withoutDNS(resolve.HTTPClient(w.getenv, resolve.Setting{})) }
			ctx, cancel := context.WithCancel(t.Context())
			if test.wait > 0 {
				ctx, cancel = context.WithTimeout(t.Context(), test.wait)
			}
			defer cancel()
			_, err := w.plan("foo-readonly", nil).Credentials(ctx, w.deps)
			var network *resolve.NetworkError
			if !errors.As(err, &network) {
				t.Fatalf("got %T %v", err, err)
			}
			if want := "AssumeRole " + ops + " (step 2 of 2): " + test.want; err.Error() != want {
				t.Errorf("got  %s\nwant %s", err, want)
			}
			if network.Hint() != test.hint {
				t.Errorf("hint: got  %s\n      want %s", network.Hint(), test.hint)
			}
		})
	}
}

func TestCABundle(t *testing.T) {
	aws := awsfake.StartTLS(t, awsfake.Options{})
	w := newWorldOn(t, aws)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	w.env["AWS_CA_BUNDLE"] = bundle
	plan := w.plan("foo-readonly", nil)
	w.deps.HTTP = func() (*http.Client, error) { return resolve.HTTPClient(w.getenv, plan.CABundle) }

	if err := w.fails("foo-readonly"); !strings.HasPrefix(err.Error(), "AWS_CA_BUNDLE: CA bundle: open "+bundle) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(bundle, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.fails("foo-readonly"); err.Error() != "AWS_CA_BUNDLE: no certificate in the CA bundle "+bundle {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(bundle, aws.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	w.get("foo-readonly")
}

func TestProxy(t *testing.T) {
	w := newWorld(t)
	var seen []string
	proxy := listen(t)
	server := http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Host+" "+r.Header.Get("Proxy-Authorization"))
		w.aws.ServeHTTP(rw, r)
	})}
	go func() { _ = server.Serve(proxy) }()
	t.Cleanup(func() { _ = server.Close() })

	w.env = map[string]string{"AWS_ENDPOINT_URL": "http://sts.invalid", "HTTP_PROXY": "http://u:p@" + proxy.Addr().String()}
	w.get("foo-readonly")
	if diff := cmp.Diff([]string{"sts.invalid Basic dTpw"}, seen); diff != "" {
		t.Errorf("the proxy saw (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"http://u:p@[", "ftp://proxy", "http://"} {
		w.env["HTTP_PROXY"] = bad
		_, err := resolve.HTTPClient(w.getenv, resolve.Setting{})
		if err == nil || err.Error() != "HTTP_PROXY: not the URL of a proxy" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// withoutDNS knows that hosts under .invalid do not exist, and cannot tell about those under .down.
func withoutDNS(c *http.Client, err error) (*http.Client, error) {
	if err != nil {
		return nil, err
	}
	transport := c.Transport.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, _, _ := net.SplitHostPort(addr)
		switch filepath.Ext(host) {
		case ".invalid":
			return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
		case ".down":
			return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}}
		}
		return dial(ctx, network, addr)
	}
	return c, nil
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// silentServer accepts connections and says nothing.
func silentServer(t *testing.T) string { return listen(t).Addr().String() }

func TestPrintingCredentialsShowsNoSecret(t *testing.T) {
	c := resolve.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s3cret", SessionToken: "t0ken"}
	for _, v := range []any{c, &c, resolve.Result{Credentials: c}, []resolve.Credentials{c}, struct{ C resolve.Credentials }{c}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "s3cret") || strings.Contains(text, "t0ken") || strings.Contains(text, "733363") {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
	if got := c.String(); got != "credentials AKIA…MPLE" {
		t.Errorf("got %s", got)
	}
}
