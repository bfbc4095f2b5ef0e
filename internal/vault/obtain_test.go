package vault_test

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

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/vault"
	"awsvault/tests/awsfake"
)

// world has an AWS with the users and roles of aws-vault's README, a keystore with jon's keys,
// a cache, and a person with jon's device.
type world struct {
	t      *testing.T
	aws    *awsfake.Server
	env    env.Vars
	config string
	cache  *memory // keys and sessions
	person *person
	now    func() time.Time
	http   func(resolve.Setting) (*http.Client, error) // nil for the usual one
	want   vault.Want
	state  string       // the state directory; empty if there is none
	role   vault.Source // nil: AWS
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, awsfake.Start(t, awsfake.Options{Clock: awsfake.ClockAt(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}))
}

func newWorldOn(t *testing.T, fake *awsfake.Server) *world {
	jon := fake.Account("111122223333").AddUser("jon")
	key := jon.AddKey()
	device := jon.AddMFA("jon")
	adminARN := fake.Account("222233334444").AddRole(awsfake.Role{
		Name: "admin", MaxSession: 12 * time.Hour, Trust: awsfake.Trust{Principals: []string{jon.ARN()}, MFA: true},
	})
	opsARN := fake.Account("333344445555").AddRole(awsfake.Role{
		Name: "ops", Path: "/team/", Trust: awsfake.Trust{Principals: []string{jon.ARN(), adminARN}},
	})
	if adminARN != admin || opsARN != ops || device.Serial != jonMFA {
		t.Fatal(adminARN, opsARN, device.Serial)
	}
	return &world{
		t: t, aws: fake, config: readme,
		env: env.Vars{"AWS_ENDPOINT_URL": fake.URL},
		cache: &memory{
			keys:     map[string]aws.Credentials{"jon": {AccessKeyID: key.ID, SecretAccessKey: key.Secret}},
			sessions: map[aws.SessionKey]aws.Credentials{}, locks: map[aws.SessionKey]chan struct{}{},
		},
		person: &person{code: device.NextCode},
		now:    fake.Clock.Now,
	}
}

// session returns a session of the world in its present state.
func (w *world) session(p vault.Person) *vault.Session {
	return vault.New(vault.World{
		Environ:  w.env,
		Config:   func() (*awsconf.Config, error) { return parsed(w.t, w.config), nil },
		Keystore: func(string, string, vault.Person) vault.Keystore { return w.cache },
		Sources: func(s *vault.Session) vault.Sources {
			sources := source.New(source.World{HTTP: w.http}, s)
			if w.role != nil {
				sources.Of[resolve.AssumeRole] = w.role
			}
			return sources
		},
		StateDir: w.state,
		Now:      w.now,
		Wait:     func(context.Context, time.Duration) error { return nil },
	}, p)
}

func parsed(t *testing.T, text string) *awsconf.Config {
	t.Helper()
	file, err := awsconf.Parse("config", awsconf.ConfigFile, text)
	if err != nil {
		t.Fatal(err)
	}
	return awsconf.Merge(file, nil)
}

func (w *world) plan(profile string) *vault.Plan {
	w.t.Helper()
	return w.planAs(w.person, profile)
}

func (w *world) planAs(p vault.Person, profile string) *vault.Plan {
	w.t.Helper()
	want := w.want
	want.Profile = profile
	plan, err := w.session(p).Plan(w.t.Context(), want)
	if err != nil {
		w.t.Fatal(err)
	}
	return plan
}

// get obtains a session, which must succeed.
func (w *world) get(profile string) vault.Result {
	w.t.Helper()
	got, err := w.plan(profile).Credentials(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// fails tries to obtain a session, which must fail.
func (w *world) fails(profile string) error {
	w.t.Helper()
	got, err := w.plan(profile).Credentials(w.t.Context())
	if err == nil {
		w.t.Fatalf("no error, but %v", got)
	}
	return err
}

func (w *world) getenv(name string) string { return w.env[name] }

// called compares the calls since the last check.
func (w *world) called(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.aws.Operations()); diff != "" {
		w.t.Errorf("calls (-want +got):\n%s", diff)
	}
	w.aws.Reset()
}

// memory is a cache that can fail.
type memory struct {
	mu                               sync.Mutex
	keys                             map[string]aws.Credentials
	sessions                         map[aws.SessionKey]aws.Credentials
	locks                            map[aws.SessionKey]chan struct{}
	readErr, putErr, lockErr, revErr error
	opened                           int    // the number of times that keys were read
	putting                          func() // called before a session is stored; may be nil
	asked                            int    // the number of times that the keystore was asked for names and revisions
	said                             said
	mayType, asks                    bool // whether the passphrase may be typed, and whether reading keys asks for it
	typed                            bool
	notes                            map[aws.SessionKey][]string
}

func (m *memory) Primes(context.Context) bool { return m.mayType }

func (m *memory) Typed() bool { return m.typed }

func (m *memory) Note(_ context.Context, k aws.SessionKey, word string) error {
	if m.notes == nil {
		m.notes = map[aws.SessionKey][]string{}
	}
	m.notes[k] = append(m.notes[k], word)
	return nil
}

func (m *memory) Noted(k aws.SessionKey, word string) bool { return slices.Contains(m.notes[k], word) }

// said holds the keystore's earlier answers, by profile.
type said map[string]struct {
	exists   bool
	revision string
}

func (said) Primes(context.Context) bool { return false }

func (s said) Key(profile string) (exists, known bool, revision string) {
	answer, known := s[profile]
	return answer.exists, known, answer.revision
}

func (m *memory) Has(_ context.Context, profile string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	return profile == "jon" || profile == "ann", nil
}

func (m *memory) Keys(_ context.Context, profile string) (aws.Credentials, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened++
	m.typed = m.typed || m.asks
	c, ok := m.keys[profile]
	if !ok {
		return c, errors.New("keystore: not found")
	}
	return c, nil
}

func (m *memory) Revision(_ context.Context, profile string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	return m.keys[profile].AccessKeyID, m.revErr
}

func (m *memory) Said() vault.Said { return m.said }

func (m *memory) Session(_ context.Context, k aws.SessionKey) (aws.Credentials, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.sessions[k]
	return c, ok, m.readErr
}

func (m *memory) PutSession(_ context.Context, k aws.SessionKey, c aws.Credentials) error {
	if m.putting != nil {
		m.putting()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.putErr == nil {
		m.sessions[k] = c
	}
	return m.putErr
}

func (m *memory) Lock(ctx context.Context, k aws.SessionKey) (func(), error) {
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

// types lists the types of the cached sessions.
func (m *memory) types() []string {
	var types []string
	for k := range m.sessions {
		types = append(types, k.Type+" "+k.Profile)
	}
	slices.Sort(types)
	return types
}

// person answers questions for a code, and mistypes the first few answers.
type person struct {
	mu                 sync.Mutex
	code               func() string
	typos              []string
	fixed              bool // the code is fixed instead of typed
	asked              []vault.MFARequest
	refused            []string
	said               []string
	answers, questions []string
	waits              []string
}

// Wait records the reason for the wait.
func (p *person) Wait(what string, _ time.Time) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits = append(p.waits, what)
	return func() {}
}

func (p *person) Asks() bool                             { return true }
func (p *person) SignIn(resolve.SignInWay) *vault.SignIn { return nil }
func (p *person) Streams() vault.Streams                 { return vault.Streams{} }
func (p *person) Waiting(string)                         {}
func (p *person) Done(line string)                       { p.said = append(p.said, "done: "+line) }
func (p *person) Say(line string)                        { p.said = append(p.said, line) }

// Secret answers keystores; a session itself never asks for a secret.
func (p *person) Secret(_ context.Context, q vault.SecretQuestion) (string, error) {
	return "", q.Unasked
}

// Confirm returns the next answer. When no answer is left, nobody can be asked.
func (p *person) Confirm(_ context.Context, q vault.Question) (bool, error) {
	if len(p.answers) == 0 {
		return false, q.Unasked
	}
	p.questions = append(p.questions, q.Text)
	answer := p.answers[0]
	p.answers = p.answers[1:]
	if q.Word != "" {
		return answer == q.Word, nil
	}
	return answer == "y" || answer == "" && q.Yes, nil
}

func (p *person) Code(_ context.Context, q vault.MFARequest) (vault.MFACode, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q.Refused != nil {
		p.refused = append(p.refused, q.Refused.Error())
	}
	p.asked = append(p.asked, q)
	if len(p.typos) > 0 {
		typo := p.typos[0]
		p.typos = p.typos[1:]
		return vault.MFACode{Text: typo, Retry: !p.fixed}, nil
	}
	return vault.MFACode{Text: p.code(), Retry: !p.fixed}, nil
}

// TestTable checks the table of aws-vault's README: which calls are made and in which order,
// whether MFA is asked, and what is cached. Here, every role is cached too.
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
		{"jon", false, 0, []string{"GetSessionToken"}, 1, []string{"sts.GetSessionToken jon"}, 8 * time.Hour, "", "111122223333"},
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
			w.want.NoSession, w.want.Duration = test.noSession, test.duration
			plan := w.plan(test.profile)
			if got := plan.MFAPrompts(); got != test.mfa {
				t.Errorf("the plan has %d MFA prompts, want %d", got, test.mfa)
			}
			got, err := plan.Credentials(t.Context())
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
			want := vault.Result{Credentials: w.cache.keys["jon"]}
			if session, ok := w.aws.Session(got.AccessKeyID); ok {
				want = vault.Result{Credentials: got.Credentials, ARN: test.arn, Account: test.account}
				want.Expires = w.aws.Clock.Now().Add(test.life)
				if test.arn != "" && session.ARN != test.arn {
					t.Errorf("AWS says %s", session.ARN)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}

			again, err := plan.Credentials(t.Context())
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
	w.env["AWS_REGION"] = "eu-west-1" // the user's session works there too; only the role is assumed again
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

// One code serves the roles and their user. If the user wants a shorter session than the
// cached one, vault makes a new session, which does not replace the cached one.
func TestOneCodeWhereOneIsEnough(t *testing.T) {
	w := newWorld(t)
	life := func(profile string, d time.Duration) time.Duration {
		t.Helper()
		w.want.Duration = d
		return w.get(profile).Expires.Sub(w.now())
	}
	expect := func(what string, got, want time.Duration, calls ...string) {
		t.Helper()
		if got != want {
			t.Errorf("%s lasts %s, want %s", what, got, want)
		}
		w.called(calls...)
	}
	const hour = time.Hour
	expect("a role", life("foo-admin", 0), hour, "GetSessionToken", "AssumeRole")
	expect("the user after it", life("jon", 0), 8*hour)
	expect("the user for longer", life("jon", 12*hour), 8*hour)
	expect("a role of half an hour", life("foo-admin", hour/2), hour/2, "AssumeRole")
	expect("the user for an hour", life("jon", hour), hour, "GetSessionToken")
	expect("the same again", life("jon", hour), hour)
	expect("the user without a wish", life("jon", 0), 8*hour)
	w.aws.Clock.Advance(2 * hour)
	expect("the user for an hour, later", life("jon", hour), hour, "GetSessionToken")
	expect("a role, later", life("foo-admin", 0), hour, "AssumeRole")
	w.aws.Clock.Advance(5 * hour)
	expect("the user for an hour, when less is left", life("jon", hour), hour)
	if len(w.person.asked) != 3 {
		t.Errorf("MFA was asked %d times", len(w.person.asked))
	}

	w = newWorld(t) // the short one first
	expect("the user for an hour", life("jon", hour), hour, "GetSessionToken")
	w.aws.Clock.Advance(10 * time.Minute)
	expect("the user for two", life("jon", 2*hour), 50*time.Minute)
	expect("a role", life("foo-admin", 0), hour, "AssumeRole")
	expect("the user without a wish", life("jon", 0), 50*time.Minute)
	if len(w.person.asked) != 1 {
		t.Errorf("MFA was asked %d times", len(w.person.asked))
	}
}

// AWS_ASSUME_ROLE_TTL applies to all roles. A role with a lower limit is assumed for an hour.
// A duration for the role itself goes to AWS, which may refuse it.
func TestARoleThatAllowsLessThanAVariableWants(t *testing.T) {
	w := newWorld(t)
	w.env["AWS_ASSUME_ROLE_TTL"] = "1d"
	if life := w.get("foo-readonly").Expires.Sub(w.now()); life != time.Hour {
		t.Errorf("it lasts %s", life)
	}
	w.called("AssumeRole: ValidationError", "AssumeRole")
	want := "vault: foo-readonly: 12h (the most that AWS allows) is more than the role allows; it is assumed for 1h"
	if !slices.Contains(w.person.said, want) {
		t.Errorf("it says %q", w.person.said)
	}
	w.get("foo-readonly")
	w.called() // cached

	w = newWorld(t)
	w.want.Profile, w.want.Duration = "foo-readonly", 12*time.Hour
	if _, _, err := w.session(w.person).Obtain(t.Context(), w.want); err == nil {
		t.Error("12 hours of a flag were cut without a word")
	}
	w.called("AssumeRole: ValidationError")
}

func TestCachedSession(t *testing.T) {
	w := newWorld(t)
	clients := 0
	w.http = func(b resolve.Setting) (*http.Client, error) { clients++; return source.HTTPClient(w.getenv, b) }

	first := w.get("foo-readonly")
	w.aws.Clock.Advance(55 * time.Minute)
	if again := w.get("foo-readonly"); again != first || w.cache.opened != 1 || clients != 1 {
		t.Errorf("with five minutes left it is %v; the keystore was opened %d times, %d clients made", again, w.cache.opened, clients)
	}
	w.want.MinLife = 10 * time.Minute
	if renewed := w.get("foo-readonly"); renewed == first {
		t.Error("ten minutes were wanted, and the session had five")
	}
	w.want.MinLife = 0
	w.aws.Clock.Advance(time.Second)
	w.called("AssumeRole", "AssumeRole")

	w.want.Min = 30 * time.Minute
	second := w.get("foo-readonly")
	w.aws.Clock.Advance(31 * time.Minute)
	if renewed := w.get("foo-readonly"); renewed == second {
		t.Error("--min 30m, and the session had 29 minutes")
	}
	w.want.Min = 0
	w.called("AssumeRole")

	w.want.Fresh = true
	w.get("foo-readonly")
	w.called("AssumeRole")
}

func TestFreshAsksForOneCode(t *testing.T) {
	w := newWorld(t)
	w.get("bar-role2")
	w.aws.Reset()
	w.want.Fresh = true
	w.get("bar-role2")
	w.called("GetSessionToken", "AssumeRole", "AssumeRole")
	if len(w.person.asked) != 2 {
		t.Errorf("MFA was asked %d times in two runs", len(w.person.asked))
	}
}

func TestRenewalNeedsNobodyWhileTheMFASessionLasts(t *testing.T) {
	w := newWorld(t)
	needs := func() bool {
		preview, err := w.planAs(nobody, "foo-admin").Preview(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return preview.Codes > 0
	}
	if !needs() {
		t.Error("nothing is cached, and nobody is needed")
	}
	w.get("foo-admin")
	w.want.MinLife = 30 * time.Minute
	w.aws.Clock.Advance(7*time.Hour + 50*time.Minute) // the MFA session has ten minutes left
	if needs() {
		t.Error("the MFA session is good, and a person is needed")
	}
	if _, err := w.planAs(nobody, "foo-admin").Credentials(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.aws.Clock.Advance(6*time.Minute + 31*time.Minute)
	if !needs() {
		t.Error("the MFA session is over, and no person is needed")
	}
	_, err := w.planAs(nobody, "foo-admin").Credentials(t.Context())
	if fault.KindOf(err) != fault.Person || err.Error() != `profile "jon" needs the MFA code of `+jonMFA+`, and there is no terminal to ask for it on` {
		t.Errorf("got %v", err)
	}
}

var nobody = vault.Nobody{}

func TestManyShellsMakeOneCall(t *testing.T) {
	w := newWorld(t)
	results := make([]vault.Result, 50)
	var all sync.WaitGroup
	for i := range results {
		plan := w.plan("foo-admin")
		all.Go(func() {
			var err error
			if results[i], err = plan.Credentials(t.Context()); err != nil {
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
		refused []string // the messages before each repeated question
		want    string   // the final error
		calls   []string
	}{
		{name: "a mistyped code is asked for again", typos: []string{"000000", " 12345 "}, refused: []string{wrong, malformed},
			calls: []string{"GetSessionToken: AccessDenied", "GetSessionToken"}},
		{name: "three times is enough", typos: []string{"1", "abcdef", "000000"}, refused: []string{malformed, malformed}, want: wrong,
			calls: []string{"GetSessionToken: AccessDenied"}},
		{name: "Enter alone is no try", typos: []string{"", "abcdef", "", "000000"}, refused: []string{malformed, malformed, wrong},
			calls: []string{"GetSessionToken: AccessDenied", "GetSessionToken"}},
		{name: "Enter alone for ever is an end", typos: []string{"", "", "", "", "", "", ""}, refused: []string{malformed, malformed}, want: malformed},
		{name: "a fixed code is tried once", typos: []string{"000000"}, fixed: true, want: wrong, calls: []string{"GetSessionToken: AccessDenied"}},
		{name: "a fixed code that is none is not tried", typos: []string{"١٢٣٤٥٦"}, fixed: true, want: malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.person.typos, w.person.fixed = test.typos, test.fixed
			_, err := w.plan("jon").Credentials(t.Context())
			w.called(test.calls...)
			if diff := cmp.Diff(test.refused, trimIDs(w.person.refused)); diff != "" {
				t.Errorf("refusals (-want +got):\n%s", diff)
			}
			var mfa *vault.MFAError
			if got := trimIDs([]string{fmt.Sprint(err)})[0]; test.want == "" && err != nil || test.want != "" && (got != test.want || !errors.As(err, &mfa)) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// trimIDs removes the request ids from error texts.
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
	w.want.Fresh = true
	w.person.fixed = true
	err := w.fails("jon")
	var mfa *vault.MFAError
	if !errors.As(err, &mfa) || !strings.HasPrefix(mfa.Hint(), "each code works once") {
		t.Errorf("got %v", err)
	}
}

func TestRefusals(t *testing.T) {
	hour12 := func(w *world) { w.now = func() time.Time { return w.aws.Clock.Now().Add(12 * time.Hour) } }
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
		{"a role that allows less", "foo-readonly", func(w *world) { w.want.Duration = 2 * time.Hour },
			"AssumeRole " + ops + " (step 2 of 2): ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
			"the role allows less: ask for a shorter --duration or --min, raise the role's maximum session duration, or have vault exec --server renew it"},
		{"keys that are inactive", "foo-readonly", func(w *world) { w.aws.SetKeyActive(w.cache.keys["jon"].AccessKeyID, false) },
			"AssumeRole " + ops + " (step 2 of 2): InvalidClientTokenId: The security token included in the request is invalid.",
			"AWS does not know these keys: they may be deleted, inactive, or in another partition"},
		{"a device of somebody else", "jon", func(w *world) { w.env["AWS_MFA_SERIAL"] = annMFA; w.person.code = func() string { return "123456" } },
			`GetSessionToken for "jon" (step 2 of 2): AccessDenied: MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.`,
			"mfa_serial must be the ARN of a device of the user whose keys these are: " + annMFA},
		{"a secret that is wrong", "foo-readonly", func(w *world) {
			w.cache.keys["jon"] = aws.Credentials{AccessKeyID: w.cache.keys["jon"].AccessKeyID, SecretAccessKey: "wrong"}
		},
			"AssumeRole " + ops + " (step 2 of 2): SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
			"the stored secret key does not belong to its access key id"},
		{"a clock 12 hours ahead", "foo-readonly", hour12,
			"AssumeRole " + ops + " (step 2 of 2): the clock of this computer is 12h ahead of AWS's: SignatureDoesNotMatch: Signature not yet current: 20261123T000000Z is still later than 20261122T121500Z (20261122T120000Z + 15 min.)",
			"set the clock, or turn on time synchronisation"},
		{"a clock 20 minutes behind", "foo-readonly", func(w *world) { w.now = func() time.Time { return w.aws.Clock.Now().Add(-20 * time.Minute) } },
			"AssumeRole " + ops + " (step 2 of 2): the clock of this computer is 20m behind AWS's: SignatureDoesNotMatch: Signature expired: 20261122T114000Z is now earlier than 20261122T114500Z (20261122T120000Z - 15 min.)",
			"set the clock, or turn on time synchronisation"},
		{"a wrong secret, and a clock that may be the reason", "foo-readonly", func(w *world) {
			w.cache.keys["jon"] = aws.Credentials{AccessKeyID: w.cache.keys["jon"].AccessKeyID, SecretAccessKey: "wrong"}
			w.aws.SkewDate(6 * time.Minute)
		},
			"AssumeRole " + ops + " (step 2 of 2): the clock of this computer is 6m behind AWS's: SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
			"set the clock, or turn on time synchronisation"},
		{"a role that wants no source identity", "foo-readonly", func(w *world) { w.env["AWS_SOURCE_IDENTITY"] = "jon" },
			"AssumeRole " + ops + " (step 2 of 2): AccessDenied: User: arn:aws:iam::111122223333:user/jon is not authorized to perform: sts:SetSourceIdentity on resource: " + ops,
			"the role's trust policy must allow sts:SetSourceIdentity"},
		{"a key id that cannot be read", "foo-readonly", func(w *world) {
			w.cache.revErr = errors.New("no such file")
		}, `read the key id of "jon": no such file`, ""},
		{"throttling that does not end", "foo-readonly", func(w *world) { w.aws.Arm(awsfake.Fault{Kind: awsfake.Throttle, Count: 9}) },
			"AssumeRole " + ops + " (step 2 of 2): Throttling: Rate exceeded", "AWS is limiting these calls: try again later"},
		{"keys that are not there", "foo-readonly", func(w *world) { delete(w.cache.keys, "jon") }, `keystore: not found`, ""},
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
			var refused *source.CallError
			if errors.As(err, &refused) && (id == "" || refused.Err.RequestID+")" != id) {
				t.Errorf("request id %q in %s", refused.Err.RequestID, err)
			}
			if hint := fault.HintOf(err); hint != test.hint {
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
	want := []string{"vault: warning: read-only file system", "vault: warning: disk full"}
	if diff := cmp.Diff(want, w.person.said); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestClockThatIsALittleWrong(t *testing.T) {
	w := newWorld(t)
	w.now = func() time.Time { return w.aws.Clock.Now().Add(-10 * time.Minute) }
	w.get("bar-role2")
	want := []string{"vault: warning: the clock of this computer is 10m behind AWS's"}
	if diff := cmp.Diff(want, w.person.said); diff != "" {
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
	old := w.cache.keys["jon"].AccessKeyID
	w.aws.SetKeyActive(old, false)
	key := secondUser(w).AddKey()
	w.cache.keys["jon"] = aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}
	w.get("foo-readonly")
	w.called("AssumeRole", "AssumeRole")
}

// secondUser adds a second user whom the role also trusts.
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
		_, err := w.plan("foo-readonly").Credentials(ctx)
		if err != context.Canceled || time.Since(start) > 2*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
	t.Run("during a question", func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.person.code = func() string { cancel(); return "" }
		if _, err := w.plan("jon").Credentials(ctx); err != context.Canceled {
			t.Errorf("got %v", err)
		}
		w.called()
	})
	t.Run("while another has the lock", func(t *testing.T) {
		w := newWorld(t)
		plan := w.plan("foo-readonly")
		w.get("foo-readonly")
		for k := range w.cache.sessions {
			if _, err := w.cache.Lock(t.Context(), k); err != nil {
				t.Fatal(err)
			}
			delete(w.cache.sessions, k)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := plan.Credentials(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "context deadline exceeded" {
			t.Errorf("got %v", err)
		}
	})
}

func TestNoAnswer(t *testing.T) {
	closed := "127.0.0.1:1" // the next test may get a port that was just closed
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
		env  env.Vars
		wait time.Duration
		want string
		hint string
	}{
		{"nobody listens", env.Vars{"AWS_ENDPOINT_URL": "http://" + closed}, 0, closed + " refused the connection", ""},
		{"the name server does not answer", env.Vars{"AWS_ENDPOINT_URL": "http://sts.down"}, 0, `the host "sts.down" cannot be looked up`, ""},
		{"the host does not exist", env.Vars{"AWS_ENDPOINT_URL": "http://sts.invalid"}, 0, `there is no host "sts.invalid"`, ""},
		{"the proxy refuses", env.Vars{"AWS_ENDPOINT_URL": "https://sts.invalid", "HTTPS_PROXY": "http://u:geheim@" + closed}, 0,
			"the proxy " + closed + " refused the connection", "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"},
		{"the proxy does not exist", env.Vars{"AWS_ENDPOINT_URL": "http://sts.invalid", "http_proxy": "proxy.invalid:3128"}, 0,
			`there is no host "proxy.invalid"`, "the proxy is set by HTTPS_PROXY, HTTP_PROXY and NO_PROXY"},
		{"the certificate is not trusted", env.Vars{"AWS_ENDPOINT_URL": secure.URL}, 0,
			"the certificate of " + strings.TrimPrefix(secure.URL, "https://") + " is not trusted: signed by an unknown authority",
			"if a proxy signs the connections here, name its certificate with AWS_CA_BUNDLE"},
		{"no answer comes", env.Vars{"AWS_ENDPOINT_URL": "http://" + silent}, 50 * time.Millisecond, "no answer from " + silent + " in time", ""},
		{"somebody else answers", env.Vars{"AWS_ENDPOINT_URL": "http://" + hotel.Addr().String()}, 0,
			"the answer of " + hotel.Addr().String() + " is not AWS's", "a proxy, or a network's sign-in page, may have answered instead of AWS"},
		{"the answer is empty", env.Vars{"AWS_ENDPOINT_URL": "http://" + hollow.Addr().String()}, 0, "the answer has no credentials in it", ""},
		{"the server speaks plain HTTP", env.Vars{"AWS_ENDPOINT_URL": "https://" + hotel.Addr().String()}, 0,
			"http: server gave HTTP response to HTTPS client", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.env = test.env
			w.http = func(b resolve.Setting) (*http.Client, error) { return withoutDNS(source.HTTPClient(w.getenv, b)) }
			ctx, cancel := context.WithCancel(t.Context())
			if test.wait > 0 {
				ctx, cancel = context.WithTimeout(t.Context(), test.wait)
			}
			defer cancel()
			_, err := w.plan("foo-readonly").Credentials(ctx)
			var network *source.CallError
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
	server := awsfake.StartTLS(t, awsfake.Options{})
	w := newWorldOn(t, server)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	w.env["AWS_CA_BUNDLE"] = bundle

	if err := w.fails("foo-readonly"); err.Error() != "AWS_CA_BUNDLE: CA bundle "+bundle+": no such file or directory" {
		t.Errorf("got %v", err)
	}
	if err := os.Mkdir(bundle, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := w.fails("foo-readonly"); err.Error() != "AWS_CA_BUNDLE: CA bundle "+bundle+" is a directory" {
		t.Errorf("got %v", err)
	}
	_ = os.Remove(bundle)
	if err := os.WriteFile(bundle, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.fails("foo-readonly"); err.Error() != "AWS_CA_BUNDLE: no certificate in the CA bundle "+bundle {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(bundle, server.CA(), 0o600); err != nil {
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

	w.env = env.Vars{"AWS_ENDPOINT_URL": "http://sts.invalid", "HTTP_PROXY": "http://u:p@" + proxy.Addr().String()}
	w.get("foo-readonly")
	if diff := cmp.Diff([]string{"sts.invalid Basic dTpw"}, seen); diff != "" {
		t.Errorf("the proxy saw (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"http://u:p@[", "ftp://proxy", "http://"} {
		w.env["HTTP_PROXY"] = bad
		_, err := source.HTTPClient(w.getenv, resolve.Setting{})
		if err == nil || err.Error() != "HTTP_PROXY: not the URL of a proxy" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// withoutDNS returns a client for which hosts under .invalid do not exist, and hosts under
// .down cannot be looked up.
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

// silentServer accepts connections and never answers.
func silentServer(t *testing.T) string { return listen(t).Addr().String() }

const (
	jonMFA = "arn:aws:iam::111122223333:mfa/jon"
	annMFA = "arn:aws:iam::111122223333:mfa/ann"
	admin  = "arn:aws:iam::222233334444:role/admin"
	ops    = "arn:aws:iam::333344445555:role/team/ops"
)

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
