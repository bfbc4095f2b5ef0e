package lead_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"awsvault/internal/agent"
	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/lead"
	"awsvault/internal/lease"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// nothing is an empty keystore that keeps nothing.
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

// delivers is a source that has a session.
type delivers struct{}

func (delivers) Credentials(context.Context, vault.Request) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "ASIA1", SecretAccessKey: "secret", SessionToken: "token", Expires: now.Add(time.Hour)}, nil
}

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// server answers with a lease, and records the requests.
type server struct {
	lease lease.Lease
	err   error // of everything but Grant
	calls []string
	terms lease.Terms
}

func (s *server) of(call, id string) (lease.Lease, error) {
	s.calls = append(s.calls, call+" "+id)
	return s.lease, s.err
}

func (s *server) Grant(_ context.Context, t lease.Terms) (lease.Lease, error) {
	s.calls, s.terms = append(s.calls, "grant"), t
	return leased("l2", now.Add(time.Hour)), nil
}
func (s *server) Look(_ context.Context, id string) (lease.Lease, error)  { return s.of("look", id) }
func (s *server) Renew(_ context.Context, id string) (lease.Lease, error) { return s.of("renew", id) }
func (s *server) Revoke(_ context.Context, id string) error               { _, err := s.of("revoke", id); return err }
func (s *server) Retire(_ context.Context, id string) error               { _, err := s.of("retire", id); return err }

func leased(id string, expires time.Time) lease.Lease {
	return lease.Lease{ID: id, URI: "http://127.0.0.1:1/" + id, Token: "token of " + id, State: lease.State{Name: "dev", Shell: 7, Expires: expires, Life: time.Hour}}
}

// shell returns a shell in which dev is active by the lease l1.
func shell(t *testing.T, config string, s *server) (lead.Shell, env.State) {
	h := lead.Shell{
		GOOS: "linux", PID: 7, Vars: env.Vars{}, Now: func() time.Time { return now },
		Key:     func() env.Key { return make(env.Key, 32) },
		Carries: func(env.Change) error { return nil },
		Config: func() (*awsconf.Config, error) {
			f, err := awsconf.Parse("config", awsconf.ConfigFile, config)
			return awsconf.Merge(f, nil), err
		},
		Server:   func() (lead.Server, error) { return s, nil },
		Settings: func() map[string]string { return map[string]string{"HOME": "/home/jon"} },
	}
	h.Session = func(env.State) *vault.Session {
		return vault.New(vault.World{
			Environ: env.Vars{}, Config: h.Config, Now: h.Now,
			Keystore: func(string, string, vault.Person) vault.Keystore { return nothing{} },
			Sources: func(*vault.Session) vault.Sources {
				return vault.Sources{Of: map[resolve.Kind]vault.Source{resolve.Process: delivers{}}}
			},
		}, vault.Nobody{})
	}
	target := env.Target{
		Profile: "dev", Server: env.Server{URI: "http://127.0.0.1:1/l1", Token: "token of l1"},
		About: env.About{Via: env.ViaServer, Served: true, Lease: "l1", Shell: 7, Lifetime: time.Hour},
	}
	change, state, err := env.Use(h.Vars, env.State{}, nil, target, h.Key())
	if err != nil {
		t.Fatal(err)
	}
	h.Vars = maps.Clone(h.Vars)
	for _, op := range change {
		if op.Action == env.Set {
			h.Vars[op.Name] = op.Value
		}
	}
	return h, state
}

const dev = "[profile dev]\ncredential_process = x\n"

func TestWaysThatCannotBeGone(t *testing.T) {
	for _, test := range []struct {
		name, via string
		noSession bool
		change    func(h *lead.Shell)
		config    string
		says      string
	}{
		{"none is named", "", true, nil, "", ""},
		{"variables", "env", true, nil, "", ""},
		{"AWS_PROFILE", "profile", true, nil, "", ""},
		{"a server", "server", false, nil, "", ""},
		{"what is no way", "magic", false, nil, "", `"magic" is not a way for programs to get credentials`},
		{"a server without a session", "server", true, nil, "", "a credential server hands out sessions, so it cannot be used with --no-session"},
		{"a server on Windows", "server", false, func(h *lead.Shell) { h.GOOS = "windows" }, "", "there is no credential server for a shell on Windows"},
		{"a server for a subshell", "server", false, func(h *lead.Shell) { h.PID = 0 }, "", "the credential server serves a shell, and this is only part of a shell, or has an old hook"},
		{"a server beside keys in [default]", "server", false, nil, "[default]\nregion = x\naws_access_key_id = A\n", "config:3: [default] has aws_access_key_id, which AWS tools use instead of a server"},
		{"a server beside a [default] without", "server", false, nil, "[default]\nregion = x\nrole_arn =\n", ""},
		{"a server beside files that cannot be read", "server", false, nil, "[default", ""},
	} {
		h, _ := shell(t, test.config, &server{})
		if test.change != nil {
			test.change(&h)
		}
		says := ""
		if err := h.Can(test.via, test.noSession); err != nil {
			says = err.Error()
		}
		if says != test.says {
			t.Errorf("%s: %q, want %q", test.name, says, test.says)
		}
	}
}

func TestLead(t *testing.T) {
	has := aws.Credentials{AccessKeyID: "ASIA1", SecretAccessKey: "secret"}
	origin := []byte(".awsprofile")
	for via, want := range map[string]env.Target{
		"":        {Profile: "dev", Credentials: has, About: env.About{Origin: origin}},
		"env":     {Profile: "dev", Credentials: has, About: env.About{Origin: origin}},
		"profile": {Profile: "dev", ByProfile: true, About: env.About{Origin: origin, Via: "profile"}},
		"server": {Profile: "dev", Credentials: aws.Credentials{Expires: now.Add(time.Hour)}, Server: env.Server{URI: "http://127.0.0.1:1/l2", Token: "token of l2"},
			About: env.About{Origin: origin, Via: "server", Served: true, Lease: "l2", Shell: 7, Lifetime: time.Hour}},
	} {
		s := &server{}
		h, _ := shell(t, "", s)
		target := env.Target{Profile: "dev", Credentials: has, About: env.About{Origin: origin}}
		told, err := h.Lead(t.Context(), &target, via)
		if err != nil || !same(target, want) {
			t.Errorf("%q: %+v, %v; want %+v", via, target, err, want)
		}
		if via != "server" {
			continue
		}
		if p := told(env.State{Profile: "dev"}, time.Time{}); !p.Deadline.Equal(now.Add(45*time.Minute)) || !p.Expires.Equal(now.Add(time.Hour)) {
			t.Errorf("the hook is told %+v", p)
		}
		var terms lead.Terms
		if err := json.Unmarshal(s.terms.Source, &terms); err != nil || terms.Profile != "dev" || terms.About.Origin != nil || terms.Environ["HOME"] != "/home/jon" || strings.Contains(string(s.terms.Source), "secret") {
			t.Errorf("the terms are %s", s.terms.Source)
		}
	}
	h, _ := shell(t, "", &server{})
	if _, err := h.Lead(t.Context(), &env.Target{}, "magic"); err == nil {
		t.Error("a way that does not exist")
	}
}

func same(a, b env.Target) bool {
	x, _ := json.Marshal(a.About)
	y, _ := json.Marshal(b.About)
	return string(x) == string(y) && a.Profile == b.Profile && a.Credentials == b.Credentials && a.Server == b.Server && a.ByProfile == b.ByProfile
}

func TestAsNow(t *testing.T) {
	h, s := shell(t, "", &server{})
	target := env.Target{Profile: "dev", Credentials: aws.Credentials{AccessKeyID: "ASIA1"}}
	lead.AsNow(h.Vars, s, &target)
	if target.Server != (env.Server{URI: "http://127.0.0.1:1/l1", Token: "token of l1"}) || target.About.Lease != "l1" || target.Credentials.AccessKeyID != "" {
		t.Errorf("by a server: %+v", target)
	}
	s.About = env.About{Via: env.ViaProfile}
	if lead.AsNow(h.Vars, s, &target); !target.ByProfile || target.About.Lease != "" {
		t.Errorf("by AWS_PROFILE: %+v", target)
	}
}

func TestOnlyTheShellsOwnLeaseIsGivenUp(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, test := range []struct {
		name   string
		change func(h *lead.Shell, s *env.State)
		err    error
		calls  string
		warns  bool
	}{
		{"its own", nil, nil, "revoke l1", false},
		{"its own, of a server that has ended", nil, lease.ErrNone, "revoke l1", false},
		{"its own, that the server does not know", nil, lease.ErrUnknown, "revoke l1", false},
		{"its own, in vain", nil, broken, "revoke l1", true},
		{"an outer shell's", func(_ *lead.Shell, s *env.State) { s.About.Shell = 6 }, nil, "", false},
		{"that of a subshell", func(h *lead.Shell, s *env.State) { h.PID, s.About.Shell = 0, 0 }, nil, "", false},
		{"none", func(_ *lead.Shell, s *env.State) { s.About.Via = "" }, nil, "", false},
	} {
		srv := &server{err: test.err}
		h, s := shell(t, "", srv)
		if test.change != nil {
			test.change(&h, &s)
		}
		warning := h.GiveUp(t.Context(), s, lead.Server.Revoke)
		if strings.Join(srv.calls, "; ") != test.calls || (warning != "") != test.warns {
			t.Errorf("%s: %q, %q", test.name, srv.calls, warning)
		}
	}
}

// failing returns a lease that its server could not renew.
func failing(expires time.Time, kind fault.Kind) lease.Lease {
	l := leased("l1", expires)
	problem, _ := json.Marshal(map[string]any{"problem": map[string]any{"text": "no network", "kind": kind}})
	if err := json.Unmarshal(problem, &l.State); err != nil {
		panic(err)
	}
	return l
}

func TestPrompt(t *testing.T) {
	retired := leased("l1", now.Add(time.Hour))
	retired.Retired = true
	for _, test := range []struct {
		name     string
		config   string
		server   server
		change   func(h *lead.Shell, s *env.State)
		deadline time.Time
		calls    string
		leads    bool // to another lease
		says     string
	}{
		{"there is time", dev, server{lease: leased("l1", now.Add(time.Hour))}, nil, now.Add(45 * time.Minute), "look l1", false, ""},
		{"it is being renewed", dev, server{lease: leased("l1", now.Add(time.Minute))}, nil, now.Add(2 * time.Second), "look l1", false, ""},
		{"it cannot be renewed", dev, server{lease: failing(now.Add(10*time.Minute), fault.Failed)}, nil, now.Add(30 * time.Second), "look l1", false, "no network"},
		{"the server cannot be asked", dev, server{err: errors.New("broken pipe")}, nil, now.Add(30 * time.Second), "look l1", false, "broken pipe"},
		{"the server was ended", dev, server{err: lease.ErrNone}, nil, now.Add(45 * time.Minute), "look l1; grant", true, "the credential server of dev ended, and a new one serves now"},
		{"the server does not know the lease", dev, server{err: lease.ErrUnknown}, nil, now.Add(45 * time.Minute), "look l1; grant", true, "a new one serves now"},
		{"the lease was given up", dev, server{lease: retired}, nil, now.Add(45 * time.Minute), "look l1; grant", true, ""},
		{"a claim takes no other lease", dev, server{err: lease.ErrNone}, func(_ *lead.Shell, s *env.State) { s.Authentic = false }, now.Add(30 * time.Second), "look l1", false, "run vault refresh"},
		{"a protected profile that has ended neither", dev + "vault_protected = true\n", server{err: lease.ErrNone}, nil, now.Add(30 * time.Second), "look l1", false, "run vault refresh"},
		{"another lease has no room", dev, server{err: lease.ErrNone}, func(h *lead.Shell, _ *env.State) { h.Carries = func(env.Change) error { return errors.New("no room") } }, now.Add(30 * time.Second), "look l1; grant", false, "no room"},
		{"the variables are the user's now", dev, server{}, func(h *lead.Shell, _ *env.State) { h.Vars["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://mine/" }, time.Time{}, "", false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, s := shell(t, test.config, &test.server)
			if test.change != nil {
				test.change(&h, &s)
			}
			got, err := h.Prompt(t.Context(), s)
			says := strings.Join(got.Say, "; ")
			if err != nil || strings.Join(test.server.calls, "; ") != test.calls || len(got.Change) > 0 != test.leads {
				t.Errorf("%v; it calls %q; the change has %d parts", err, test.server.calls, len(got.Change))
			}
			if !strings.Contains(says, test.says) || test.says == "" && says != "" {
				t.Errorf("it says %q, want %q", says, test.says)
			}
			if !got.Prompt.Deadline.Equal(test.deadline) {
				t.Errorf("the deadline is %v, want %v", got.Prompt.Deadline, test.deadline)
			}
		})
	}
}

// An agent gets less than its user, and cannot renew the user's credentials. The error gives
// that reason, and not that the server has nobody to ask.
func TestAnAgentDoesNotRenewItsUsersLease(t *testing.T) {
	const role = "[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/dev\nsource_profile = base\n[profile base]\ncredential_process = x\n"
	for _, test := range []struct {
		name, config string
		agent        string
		about        env.About
		refused      bool
	}{
		{"a person", role, "", env.About{Via: env.ViaServer}, false},
		{"an agent, of its user's lease", role, "CLAUDECODE", env.About{Via: env.ViaServer}, true},
		{"of its own", role, "CLAUDECODE", env.About{Via: env.ViaServer, Agent: "CLAUDECODE", Narrowed: "ro"}, false},
		{"of one that reads only", role, "CLAUDECODE", env.About{Via: env.ViaServer, ReadOnly: true, Narrowed: "ro"}, false},
		{"without a server it gets its own", role, "CLAUDECODE", env.About{}, false},
		{"it gets all that its user has", strings.Replace(role, "source", "vault_agent = full\nsource", 1), "CLAUDECODE", env.About{Via: env.ViaServer}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, _ := shell(t, test.config, &server{})
			session := vault.New(vault.World{
				Environ: env.Vars{}, Config: h.Config, Now: h.Now, Agent: agent.Said(test.agent),
				Keystore: func(string, string, vault.Person) vault.Keystore { return nothing{} },
				Sources:  func(*vault.Session) vault.Sources { return vault.Sources{} },
			}, vault.Nobody{})
			s := env.State{Profile: "dev", About: test.about}
			plan, err := session.Plan(t.Context(), vault.Again(s))
			if err != nil {
				t.Fatal(err)
			}
			err = lead.Renewable(s)(plan)
			if refused := err != nil; refused != test.refused {
				t.Fatalf("%v", err)
			}
			if err != nil && (err.Error() != "the lease of dev in this shell is its user's, and agents do not renew it: ask your user to do this" ||
				fault.HintOf(err) != "vault use dev --via server   takes a read-only lease" || fault.KindOf(err) != fault.Person) {
				t.Errorf("%v, %s", err, fault.HintOf(err))
			}
		})
	}
}

func TestRefresh(t *testing.T) {
	retired := leased("l1", now.Add(time.Hour))
	retired.Retired = true
	for _, test := range []struct {
		name   string
		server server
		calls  string
		leads  bool
		says   string
		fails  string
	}{
		{"the server takes it", server{lease: leased("l1", now.Add(time.Hour))}, "renew l1", false, "", ""},
		{"the server was ended", server{err: lease.ErrNone}, "renew l1; grant", true, "vault: a new credential server, or a new lease, serves now: restart the programs that use it", ""},
		{"the lease was given up", server{lease: retired}, "renew l1; grant", true, "vault: a new credential server, or a new lease, serves now: restart the programs that use it", ""},
		{"the server cannot be asked", server{err: errors.New("broken pipe")}, "renew l1", false, "", "broken pipe"},
		{"the server has less than there is", server{lease: failing(now.Add(time.Minute), fault.Failed)}, "renew l1", false, "", "no network"},
		{"the server has as much", server{lease: failing(now.Add(time.Hour), fault.Failed)}, "renew l1", false, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, s := shell(t, dev, &test.server)
			got, err := h.Refresh(t.Context(), s, env.Target{Profile: "dev", Credentials: aws.Credentials{Expires: now.Add(time.Hour)}})
			fails := ""
			if err != nil {
				fails = err.Error()
			}
			if fails != test.fails || strings.Join(test.server.calls, "; ") != test.calls || len(got.Change) > 0 != test.leads || strings.Join(got.Say, "; ") != test.says {
				t.Errorf("%q; it calls %q, says %q; the change has %d parts", fails, test.server.calls, got.Say, len(got.Change))
			}
		})
	}
}
