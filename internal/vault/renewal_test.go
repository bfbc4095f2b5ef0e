package vault_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/renew"
	"awsvault/internal/vault"
)

// inShell activates a profile in a shell, and then advances the clock until left remains.
func (w *world) inShell(profile string, left time.Duration) vault.Active {
	w.t.Helper()
	w.state = w.t.TempDir()
	target := w.plan(profile).Target(w.get(profile))
	_, state, err := env.Use(env.Vars{}, env.State{}, nil, target, env.Key("0123456789abcdef0123456789abcdef"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.aws.Clock.Set(target.Credentials.Expires.Add(-left))
	w.aws.Reset()
	return vault.Active{State: state, Expires: target.Credentials.Expires}
}

// atPrompt runs a prompt of a shell whose record is r.
func (w *world) atPrompt(a vault.Active, r renew.Record) (c *vault.Result, action renew.Action, started int) {
	w.t.Helper()
	c, action = w.session(vault.Nobody{}).RenewAtPrompt(w.t.Context(), a, r, func() error { started++; return nil })
	return c, action, started
}

// behind runs the background process.
func (w *world) behind(a vault.Active) error {
	return w.session(vault.Nobody{}).RenewInBackground(w.t.Context(), a)
}

func TestRenewedInTheBackground(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", 5*time.Minute)
	_, first, started := w.atPrompt(a, renew.Record{})
	want := renew.Action{Do: renew.Start, Record: renew.Record{Started: true}, Deadline: w.now().Add(2 * time.Second)}
	if diff := cmp.Diff(want, first); diff != "" || started != 1 {
		t.Errorf("started %d (-want +got):\n%s", started, diff)
	}
	// Another shell, and this one again, before the process has its lock.
	for _, r := range []renew.Record{{}, first.Record} {
		if _, got, started := w.atPrompt(a, r); got.Do != renew.Wait || got.Say != "" || started != 0 {
			t.Errorf("%+v: %+v, started %d", r, got, started)
		}
	}
	w.called()
	if err := w.behind(a); err != nil {
		t.Fatal(err)
	}
	w.called("AssumeRole")
	if left, _ := os.ReadDir(filepath.Join(w.state, "renewals")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, r := range []renew.Record{{}, first.Record} {
		c, _, started := w.atPrompt(a, r)
		if c == nil || !c.Expires.Equal(w.now().Add(time.Hour)) || started != 0 {
			t.Errorf("%+v: got %v", r, c)
		}
	}
	w.called()
	// A second process finds the session that the first one made.
	if err := w.behind(a); err != nil {
		t.Fatal(err)
	}
	w.called()
}

func TestAFailureInTheBackgroundIsFoundByThePrompt(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", 5*time.Minute)
	_, first, _ := w.atPrompt(a, renew.Record{})
	w.aws.SetKeyActive(w.cache.keys["jon"].AccessKeyID, false)
	if err := w.behind(a); err == nil {
		t.Fatal("it went well")
	}
	_, got, started := w.atPrompt(a, first.Record)
	if got.Record != (renew.Record{Failures: 1}) || started != 0 ||
		!strings.HasPrefix(got.Say, "vault: foo-readonly expires in 5m and could not be renewed: AssumeRole "+ops) {
		t.Errorf("%+v, started %d", got, started)
	}
	// A shell that did not start the process tries again once the failure is old.
	w.aws.Clock.Advance(11 * time.Second)
	if _, got, started := w.atPrompt(a, renew.Record{}); got.Do != renew.Start || started != 1 {
		t.Errorf("%+v, started %d", got, started)
	}
}

func TestASessionThatCannotBeKeptIsNoRenewal(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", 5*time.Minute)
	w.cache.putErr = errors.New("disk full")
	if err := w.behind(a); err == nil || err.Error() != "the new session could not be kept" {
		t.Errorf("got %v", err)
	}
	if _, got, _ := w.atPrompt(a, renew.Record{Started: true}); got.Say != "vault: foo-readonly expires in 5m and could not be renewed: the new session could not be kept" {
		t.Errorf("%+v", got)
	}
}

func TestOneRenewalInTheBackgroundAtATime(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", 5*time.Minute)
	entered, leave, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	started := false
	w.cache.putting = func() {
		if !started {
			started = true
			close(entered)
			<-leave
		}
	}
	go func() { ended <- w.behind(a) }()
	<-entered
	if _, got, started := w.atPrompt(a, renew.Record{}); got.Do != renew.Wait || !got.Record.Started || started != 0 {
		t.Errorf("%+v, started %d", got, started)
	}
	if err := w.behind(a); err != nil {
		t.Errorf("the second: %v", err)
	}
	close(leave)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	w.called("AssumeRole")
}

func TestAProcessThatCannotBeStarted(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", 5*time.Minute)
	c, got := w.session(vault.Nobody{}).RenewAtPrompt(t.Context(), a, renew.Record{}, func() error { return errors.New("no more processes") })
	if c != nil || got.Do != renew.Wait || got.Say != "vault: foo-readonly expires in 5m and could not be renewed: no more processes" {
		t.Errorf("%+v", got)
	}
	if left, _ := os.ReadDir(filepath.Join(w.state, "renewals")); len(left) > 0 {
		t.Errorf("others would wait for it: %v", left)
	}
}

func TestExpiredCredentialsAreGotAtThePrompt(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", -8*time.Hour)
	c, _, started := w.atPrompt(a, renew.Record{})
	if c == nil || !c.Expires.Equal(w.now().Add(time.Hour)) || started != 0 {
		t.Errorf("got %v, started %d", c, started)
	}
	w.called("AssumeRole")

	t.Run("Ctrl-C gives up", func(t *testing.T) {
		a := w.inShell("foo-readonly", -8*time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c, got := w.session(vault.Nobody{}).RenewAtPrompt(ctx, a, renew.Record{Failures: 1}, nil)
		want := renew.Action{Record: renew.Record{Failures: 2}, Deadline: w.now().Add(time.Minute)}
		if diff := cmp.Diff(want, got); diff != "" || c != nil {
			t.Errorf("%v (-want +got):\n%s", c, diff)
		}
	})
	t.Run("AWS refuses", func(t *testing.T) {
		w := newWorld(t)
		a := w.inShell("foo-readonly", -8*time.Hour)
		w.aws.SetKeyActive(w.cache.keys["jon"].AccessKeyID, false)
		c, got, _ := w.atPrompt(a, renew.Record{})
		if c != nil || got.Record != (renew.Record{Failures: 1}) || !strings.HasPrefix(got.Say, "vault: foo-readonly has expired and could not be renewed: ") {
			t.Errorf("%v, %+v", c, got)
		}
	})
}

// A prompt asks nothing. It reports once what only a person could answer.
func TestAPromptAsksNoOne(t *testing.T) {
	passphrase := fault.NewPerson("the keystore needs its passphrase, and there is no terminal to ask on", "")
	for _, c := range []struct {
		name    string
		profile string
		left    time.Duration
		change  func(*world)
		state   string
	}{
		{"an MFA code", "foo-admin", 5 * time.Minute, func(w *world) { clear(w.cache.sessions) }, "expires in 5m"},
		{"an MFA code, after the end", "foo-admin", -time.Hour, func(w *world) { clear(w.cache.sessions) }, "has expired"},
		{"the passphrase of the sessions", "foo-readonly", 5 * time.Minute, func(w *world) { w.cache.readErr = passphrase }, "expires in 5m"},
		{"the passphrase of the sessions, after the end", "foo-readonly", -time.Hour, func(w *world) { w.cache.readErr = passphrase }, "has expired"},
		{"the passphrase of the keys", "foo-readonly", 5 * time.Minute, func(w *world) { w.cache.revErr = passphrase }, "expires in 5m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.inShell(c.profile, c.left)
			asked := len(w.person.asked)
			c.change(w)
			creds, got, started := w.atPrompt(a, renew.Record{})
			want := renew.Action{
				Record: renew.Record{Failures: 1, Person: true}, Deadline: w.now().Add(30 * time.Second),
				Say: "vault: " + c.profile + " " + c.state + ", run vault refresh",
			}
			if diff := cmp.Diff(want, got); diff != "" || creds != nil || started != 0 {
				t.Errorf("%v, started %d (-want +got):\n%s", creds, started, diff)
			}
			if _, again, started := w.atPrompt(a, got.Record); again.Say != "" || started != 0 {
				t.Errorf("said again: %+v, started %d", again, started)
			}
			w.called()
			if len(w.person.asked) != asked {
				t.Error("the person was asked")
			}
		})
	}
}

func TestThereIsNothingToRenew(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", 5*time.Minute)
	for name, active := range map[string]vault.Active{
		"nothing is active":  {Expires: a.Expires},
		"it does not expire": {State: a.State},
	} {
		if err := w.behind(active); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.called()
}

func TestABrokenConfigIsSaidAtThePrompt(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", 5*time.Minute)
	w.config = strings.Replace(w.config, "profile foo-readonly", "profile gone", 1)
	_, got, started := w.atPrompt(a, renew.Record{})
	if !strings.Contains(got.Say, "could not be renewed") || !strings.Contains(got.Say, "foo-readonly") || started != 0 {
		t.Errorf("%+v, started %d", got, started)
	}
	missing := (*awsconf.NotFoundError)(nil)
	if err := w.behind(a); !errors.As(err, &missing) {
		t.Errorf("in the background: %v", err)
	}
}

// A protected profile is renewed only while the person who named it is there, and never after
// its end. A state that any program could have written renews nothing.
func TestProtectedProfilesAreNotRenewedForAnyone(t *testing.T) {
	person := func(name, state string) renew.Action {
		return renew.Action{Record: renew.Record{Failures: 1, Person: true}, Say: "vault: " + name + " " + state + ", run vault refresh"}
	}
	section := func(w *world) {
		w.config = strings.Replace(w.config, "[profile foo-readonly]", "[profile foo-readonly]\nvault_protected = true", 1)
	}
	for _, c := range []struct {
		name      string
		left      time.Duration
		authentic bool
		protect   func(*world)
		cached    bool // another shell has got a new session
		want      renew.Action
		taken     bool
		calls     []string
	}{
		{"in its window", 5 * time.Minute, true, section, false, renew.Action{Do: renew.Start, Record: renew.Record{Started: true}}, false, nil},
		{"in its window, and a new session is there", 5 * time.Minute, true, section, true, renew.Action{}, true, nil},
		{"after its end", -time.Minute, true, section, false, person("foo-readonly", "has expired"), false, nil},
		{"after its end, by a pattern", -time.Minute, true, func(w *world) { w.env["AWS_VAULT_PROTECTED"] = "foo-*" }, false, person("foo-readonly", "has expired"), false, nil},
		{"after its end, and a new session is there", -time.Minute, true, section, true, person("foo-readonly", "has expired"), false, nil},
		{"a claim, in its window", 5 * time.Minute, false, section, false, person("foo-readonly", "expires in 5m"), false, nil},
		{"a claim, in its window, and a new session is there", 5 * time.Minute, false, section, true, person("foo-readonly", "expires in 5m"), false, nil},
		{"a claim, after its end", -time.Hour, false, section, true, person("foo-readonly", "has expired"), false, nil},
		{"a claim of an unprotected profile", 5 * time.Minute, false, func(*world) {}, true, person("foo-readonly", "expires in 5m"), false, nil},
		{"a claim of an unprotected profile, after its end", -time.Hour, false, func(*world) {}, false, person("foo-readonly", "has expired"), false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.inShell("foo-readonly", c.left)
			a.State.Authentic = c.authentic
			a.State.About.Protected = false // whatever the state says
			if c.cached {
				w.want.Fresh = true
				w.get("foo-readonly")
				w.want.Fresh = false
				w.aws.Reset()
			}
			c.protect(w)
			creds, got, started := w.atPrompt(a, renew.Record{})
			got.Deadline = time.Time{}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (creds != nil) != c.taken || (started == 1) != (c.want.Do == renew.Start) {
				t.Errorf("got %v, started %d", creds, started)
			}
			w.called(c.calls...)
			if c.want.Record.Person {
				if err := w.behind(a); err != nil {
					t.Error(err)
				}
				w.called() // a background process does not do it either
			}
		})
	}
}

// A directory activated the profile before it was protected.
func TestAProfileThatIsProtectedSinceItsDirectoryWasEntered(t *testing.T) {
	w := newWorld(t)
	a := w.inShell("foo-readonly", 5*time.Minute)
	a.State.About.Origin = []byte("/p/.awsprofile")
	if _, got, started := w.atPrompt(a, renew.Record{}); got.Do != renew.Start || started != 1 {
		t.Errorf("unprotected: %+v", got)
	}
	w.env["AWS_VAULT_PROTECTED"] = "foo-*"
	if _, got, started := w.atPrompt(a, renew.Record{}); got.Say != "vault: foo-readonly expires in 5m, run vault refresh" || started != 0 {
		t.Errorf("protected: %+v, started %d", got, started)
	}
}

func TestWhatIsProtectedIsReadFromTheConfig(t *testing.T) {
	w := newWorld(t)
	s := w.session(vault.Nobody{})
	if s.Protects("foo-readonly") {
		t.Error("it is not protected")
	}
	w.config = strings.Replace(w.config, "[profile foo-readonly]", "[profile foo-readonly]\nvault_protected = true", 1)
	if !s.Protects("foo-readonly") || s.Protects("foo-admin") {
		t.Error("the section is not looked at each time")
	}
	w.env["AWS_VAULT_PROTECTED"] = "*admin"
	if !s.Protects("foo-admin") {
		t.Error("patterns are not looked at")
	}
	w.config = strings.Replace(w.config, "vault_protected = true", "vault_protected = maybe", 1)
	if !s.Protects("foo-readonly") {
		t.Error("a value that cannot be read protects nothing")
	}
}
