package follow_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/call"
	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/follow"
	"awsvault/internal/lead"
	"awsvault/internal/lease"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

var start = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// shell is a shell with its hook, and all that is around it.
type shell struct {
	t      *testing.T
	vars   env.Vars
	call   *call.Shell
	prompt env.Prompt // what the hook was told last
	said   []string
	told   int // how often
	now    time.Time
	config string
	got    int   // sessions that were got
	fails  error // of getting one
	full   error // why the shell cannot carry a change
	begun  int   // renewals in the background
	state  string
	key    env.Key
	lease  server
}

func newShell(t *testing.T) *shell {
	return &shell{
		t: t, vars: env.Vars{"AWS_PROFILE": "mine"}, call: &call.Shell{Previous: "older", Dir: t.TempDir(), PID: 7}, now: start, state: t.TempDir(),
		config: "[profile dev]\ncredential_process = x\n[profile lab]\ncredential_process = x\n[profile prod]\ncredential_process = x\nvault_protected = true\n",
		key:    env.Key("0123456789abcdef0123456789abcdef"),
	}
}

// The hook.

func (s *shell) Apply(change env.Change, p env.Prompt) error {
	s.told++
	s.prompt = p
	s.vars = maps.Clone(s.vars)
	for _, op := range change {
		switch op.Action {
		case env.Set:
			s.vars[op.Name] = op.Value
		case env.Unset:
			delete(s.vars, op.Name)
		}
	}
	return nil
}

func (s *shell) ApplySaying(change env.Change, p env.Prompt, say func()) error {
	err := s.Apply(change, p)
	say()
	return err
}

func (s *shell) Hand(change env.Change, p env.Prompt) error {
	if s.full != nil {
		return s.full
	}
	return s.Apply(change, p)
}

func (s *shell) Carries(env.Change) error           { return s.full }
func (s *shell) Say(line string)                    { s.said = append(s.said, line) }
func (s *shell) Done(line string)                   { s.Say("done: " + line) }
func (s *shell) Activated(target env.Target) string { return "active: " + target.Profile }

// A keystore that has nothing, and a source that has sessions.

type nothing struct{ vault.Keystore }

func (nothing) Has(context.Context, string) (bool, error) { return false, nil }
func (nothing) Session(context.Context, aws.SessionKey) (aws.Credentials, bool, error) {
	return aws.Credentials{}, false, nil
}
func (nothing) PutSession(context.Context, aws.SessionKey, aws.Credentials) error { return nil }
func (nothing) Lock(context.Context, aws.SessionKey) (func(), error)              { return func() {}, nil }
func (nothing) Said() vault.Said                                                  { return nothing{} }
func (nothing) Key(string) (exists, known bool, revision string)                  { return false, false, "" }
func (nothing) Primes(context.Context) bool                                       { return false }

func (s *shell) Credentials(context.Context, vault.Request) (aws.Credentials, error) {
	if s.fails != nil {
		return aws.Credentials{}, s.fails
	}
	s.got++
	return aws.Credentials{AccessKeyID: "ASIA" + strings.Repeat("X", s.got), SecretAccessKey: "secret", SessionToken: "token", Expires: s.now.Add(time.Hour)}, nil
}

// server is the user's credential server, which has a lease of dev.
type server struct{ calls []string }

func (s *server) of(call, id string) (lease.Lease, error) {
	s.calls = append(s.calls, call+" "+id)
	return lease.Lease{ID: "l1", URI: "http://127.0.0.1:1/l1", Token: "token", State: lease.State{Name: "dev", Shell: 7, Expires: start.Add(2 * time.Hour), Life: time.Hour}}, nil
}

func (s *server) Grant(context.Context, lease.Terms) (lease.Lease, error) { return s.of("grant", "") }
func (s *server) Look(_ context.Context, id string) (lease.Lease, error)  { return s.of("look", id) }
func (s *server) Renew(_ context.Context, id string) (lease.Lease, error) { return s.of("renew", id) }
func (s *server) Revoke(_ context.Context, id string) error               { _, err := s.of("revoke", id); return err }
func (s *server) Retire(_ context.Context, id string) error               { _, err := s.of("retire", id); return err }

func (s *shell) files() dirprofile.Files {
	return dirprofile.New(dirprofile.Search{Home: filepath.Dir(s.call.Dir), UID: os.Getuid()}, s.state)
}

func (s *shell) session() *vault.Session {
	return vault.New(vault.World{
		Environ: env.Outside(s.vars, env.Active(s.vars, s.key)), Now: func() time.Time { return s.now }, StateDir: s.state,
		Config: func() (*awsconf.Config, error) {
			f, err := awsconf.Parse("config", awsconf.ConfigFile, s.config)
			return awsconf.Merge(f, nil), err
		},
		Keystore: func(string, string, vault.Person) vault.Keystore { return nothing{} },
		Sources: func(*vault.Session) vault.Sources {
			return vault.Sources{Of: map[resolve.Kind]vault.Source{resolve.Process: s}}
		},
		Wait: func(context.Context, time.Duration) error { return nil },
	}, vault.Nobody{Tell: s.Say})
}

// in is what the next call of the hook has.
func (s *shell) in() follow.Shell {
	key := func() (env.Key, error) {
		if s.key == nil {
			return nil, errors.New("the home is read-only")
		}
		return s.key, nil
	}
	state := env.Active(s.vars, s.key)
	led := lead.Shell{
		GOOS: "linux", PID: s.call.PID, Vars: s.vars, Now: func() time.Time { return s.now }, Carries: s.Carries,
		Key: func() env.Key { return s.key }, Server: func() (lead.Server, error) { return &s.lease, nil },
		Settings: func() map[string]string { return nil }, Session: func(env.State) *vault.Session { return s.session() },
		Config: func() (*awsconf.Config, error) { return awsconf.Merge(nil, nil), nil },
	}
	return follow.Shell{
		Hook: s, Call: s.call, Environ: s.vars, Session: s.session(), Led: led, Files: s.files, State: state, Key: key,
		Expires: func() time.Time {
			t, _ := resolve.ParseTime(s.vars["AWS_CREDENTIAL_EXPIRATION"])
			return t
		},
		Via: s.vars["AWS_VAULT_VIA"], Tilde: func(path string) string { return path },
		Start: func() error { s.begun++; return nil },
	}
}

// asks has the directory ask for a profile, and trusts that.
func (s *shell) asks(profile string) {
	s.t.Helper()
	path := filepath.Join(s.call.Dir, ".awsprofile")
	if err := os.WriteFile(path, []byte(profile+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	file, err := s.files().Search.Read(path)
	if err == nil {
		err = s.files().Allow(file)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// use activates a profile by name.
func (s *shell) use(profile string) {
	s.t.Helper()
	plan, got, err := s.session().Obtain(s.t.Context(), vault.Want{Profile: profile})
	if err != nil {
		s.t.Fatal(err)
	}
	change, _, err := env.Use(s.vars, env.Active(s.vars, s.key), nil, plan.Target(got), s.key)
	if err == nil {
		err = s.Apply(change, env.Prompt{})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.told = 0
}

// at is a prompt. The hook is told exactly once, whatever happens.
func (s *shell) at(what string) {
	s.t.Helper()
	s.told, s.said = 0, nil
	if err := s.in().Prompt(s.t.Context()); err != nil || s.told != 1 {
		s.t.Fatalf("%s: %v; the hook was told %d times", what, err, s.told)
	}
}

// shows checks what is active and what was said.
func (s *shell) shows(what, active string, said ...string) {
	s.t.Helper()
	if got := s.vars["AWS_VAULT"]; got != active || strings.Join(s.said, "\n") != strings.Join(said, "\n") {
		s.t.Errorf("%s: %q is active, and it says %q; want %q, %q", what, got, s.said, active, said)
	}
}

func TestADirectoryIsEnteredAndLeft(t *testing.T) {
	s := newShell(t)
	before := maps.Clone(s.vars)
	s.at("nothing is there")
	if s.shows("nothing is there", ""); s.prompt.Previous != "older" {
		t.Errorf("the profile before is %q", s.prompt.Previous)
	}
	s.asks("dev")
	s.at("entered")
	s.shows("entered", "dev", "active: dev")
	if s.prompt.Profile != "dev" || s.prompt.Deadline.IsZero() || s.vars["AWS_ACCESS_KEY_ID"] != "ASIAX" {
		t.Errorf("the hook is told %+v; the key is %q", s.prompt, s.vars["AWS_ACCESS_KEY_ID"])
	}
	s.at("again")
	if s.shows("again", "dev"); s.got != 1 {
		t.Errorf("%d sessions were got", s.got)
	}
	s.call.Dir = t.TempDir()
	s.at("left")
	if s.shows("left", "", "done: left dev"); !maps.Equal(s.vars, before) {
		t.Errorf("it leaves %v", s.vars)
	}
}

func TestLeavingBringsBackWhatWasActive(t *testing.T) {
	s := newShell(t)
	s.use("lab")
	s.asks("dev")
	s.at("entered")
	s.shows("entered", "dev", "active: dev")
	s.call.Dir = t.TempDir()
	s.at("left")
	s.shows("left", "lab", "active: lab")

	s.call.Dir = t.TempDir()
	s.asks("dev")
	s.at("entered once more")
	s.call.Dir, s.fails = t.TempDir(), errors.New("no network")
	s.at("left without a network")
	if active := s.vars["AWS_VAULT"]; active != "" || len(s.said) != 2 || !strings.Contains(s.said[0], "lab was active before and is not brought back") || s.said[1] != "done: left dev" {
		t.Errorf("%q is active, and it says %q", active, s.said)
	}
}

func TestADirectoryThatIsNotEntered(t *testing.T) {
	for _, test := range []struct {
		name, profile string
		change        func(*shell)
		says          string
	}{
		{"it asks for a protected profile", "prod", nil, "it is protected, so only vault use prod activates it"},
		{"it asks for one that does not exist", "nope", nil, `profile "nope" not found`},
		{"no key can be kept to leave it by", "dev", func(s *shell) { s.key = nil }, "no key can be kept to leave it by: the home is read-only"},
		{"AWS cannot be reached", "dev", func(s *shell) { s.fails = errors.New("no network") }, "no network"},
		{"it is not trusted", "dev", func(s *shell) { s.state = s.t.TempDir() }, "(profile dev) is not trusted yet"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newShell(t)
			s.asks(test.profile)
			if test.change != nil {
				test.change(s)
			}
			s.at(test.name)
			if active := s.vars["AWS_VAULT"]; active != "" || len(s.said) != 1 || !strings.Contains(s.said[0], test.says) {
				t.Errorf("%q is active, and it says %q", active, s.said)
			}
		})
	}
	s := newShell(t)
	s.asks("dev")
	s.full = errors.New("too many variables")
	if err := s.in().Prompt(t.Context()); !errors.Is(err, s.full) || s.told != 0 {
		t.Errorf("a shell that is full: %v; told %d times", err, s.told)
	}
}

// A person's own choice in the tree of a file counts more than the file.
func TestAChoiceByHandIsKept(t *testing.T) {
	s := newShell(t)
	s.asks("dev")
	s.call.Hand = filepath.Join(s.call.Dir, ".awsprofile")
	s.at("switched off by hand")
	s.shows("switched off by hand", "")
}

func TestThePromptRenewsWhatIsDue(t *testing.T) {
	s := newShell(t)
	s.use("dev")
	s.at("not due")
	if s.shows("not due", "dev"); s.prompt.Deadline.Before(s.now) || s.got != 1 {
		t.Errorf("the deadline is %s; %d sessions", s.prompt.Deadline, s.got)
	}
	s.now = start.Add(56 * time.Minute)
	s.at("due")
	if s.begun != 1 || s.vars["AWS_ACCESS_KEY_ID"] != "ASIAX" || !s.prompt.Deadline.After(s.now) {
		t.Errorf("%d renewals in the background; the deadline is %s", s.begun, s.prompt.Deadline)
	}
	s.now = start.Add(2 * time.Hour)
	s.at("expired")
	if s.vars["AWS_ACCESS_KEY_ID"] != "ASIAXX" || s.prompt.Expires.Before(s.now) {
		t.Errorf("expired: the key is %q, until %s", s.vars["AWS_ACCESS_KEY_ID"], s.prompt.Expires)
	}
	s.vars["AWS_ACCESS_KEY_ID"] = "ASIAMINE"
	s.now = start.Add(5 * time.Hour)
	s.at("the keys are the user's")
	if s.vars["AWS_ACCESS_KEY_ID"] != "ASIAMINE" || !s.prompt.Deadline.IsZero() || s.got != 2 {
		t.Errorf("the user's key: %q, the deadline %s", s.vars["AWS_ACCESS_KEY_ID"], s.prompt.Deadline)
	}
}

// direnv has brought back what was there before both.
func TestWhatAnotherHookHasChangedIsSetAnew(t *testing.T) {
	s := newShell(t)
	s.use("dev")
	s.call.Loader = true
	s.vars["AWS_PROFILE"] = "mine"
	s.at("with direnv's variable")
	if s.vars["AWS_PROFILE"] != "" || s.got != 2 {
		t.Errorf("AWS_PROFILE is %q; %d sessions were got", s.vars["AWS_PROFILE"], s.got)
	}
}

func TestOff(t *testing.T) {
	s := newShell(t)
	before := maps.Clone(s.vars)
	if err := s.in().Off(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.shows("nothing is active", "", "vault: no profile is active in this shell"); s.prompt.Previous != "older" {
		t.Errorf("the profile before is %q", s.prompt.Previous)
	}
	s.use("dev")
	s.said = nil
	if err := s.in().Off(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.shows("off", "", "done: left dev"); s.prompt.Previous != "dev" || !maps.Equal(s.vars, before) {
		t.Errorf("the profile before is %q; it leaves %v", s.prompt.Previous, s.vars)
	}
}

func TestRefresh(t *testing.T) {
	agree := func(*vault.Plan) error { return nil }
	s := newShell(t)
	if err := s.in().Refresh(t.Context(), "", agree); err == nil || err.Error() != "no profile is active in this shell" {
		t.Errorf("nothing is active: %v", err)
	}
	s.use("dev")
	s.now = s.now.Add(10 * time.Minute)
	if err := s.in().Refresh(t.Context(), "", agree); err != nil {
		t.Fatal(err)
	}
	if s.shows("renewed", "dev", "active: renewed dev"); s.vars["AWS_ACCESS_KEY_ID"] != "ASIAXX" || !s.prompt.Expires.Equal(s.now.Add(time.Hour)) {
		t.Errorf("the key is %q, until %s", s.vars["AWS_ACCESS_KEY_ID"], s.prompt.Expires)
	}
	no := errors.New("not confirmed")
	if err := s.in().Refresh(t.Context(), "", func(*vault.Plan) error { return no }); !errors.Is(err, no) || s.got != 2 {
		t.Errorf("not confirmed: %v; %d sessions", err, s.got)
	}
	s.vars["AWS_ACCESS_KEY_ID"] = "ASIAMINE"
	if err := s.in().Refresh(t.Context(), "", agree); err == nil || s.got != 2 {
		t.Errorf("keys of the user's own: %v; %d sessions", err, s.got)
	}
}

// A shell whose programs ask a server has its lease renewed, looked at and ended.
func TestALeaseFollowsItsShell(t *testing.T) {
	s := newShell(t)
	s.vars["AWS_VAULT_VIA"] = env.ViaServer
	s.asks("dev")
	s.at("entered")
	s.at("again")
	if err := s.in().Refresh(t.Context(), "", func(*vault.Plan) error { return nil }); err != nil {
		t.Fatal(err)
	}
	s.call.Dir = t.TempDir()
	s.at("left")
	s.shows("left", "", "done: left dev")
	s.asks("dev")
	s.at("entered again")
	if err := s.in().Off(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(s.lease.calls, ", "), "grant , look l1, renew l1, retire l1, grant , revoke l1"; got != want {
		t.Errorf("the server was asked %s; want %s", got, want)
	}
}
