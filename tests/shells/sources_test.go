package shells

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

const ann = "ann@example.com"

// sources is a world with a profile of each source, and a person at a browser.
type sources struct {
	*world.World
	env    []string
	tabs   string
	person *awsfake.Person
}

// newSources lets ann allow every page that is opened.
func newSources(t *testing.T) *sources {
	w := world.New(t)
	s := &sources{World: w, tabs: filepath.Join(w.Dir, "tabs")}
	center := w.Fake.Center(w.Example.SSOStartURL)
	s.person = center.Person(ann)
	a := w.Fake.Account("111122223333")
	issuer := w.Fake.AddIssuer("ci", true)
	provider := a.AddOIDCProvider(issuer.URL, "sts.amazonaws.com")
	web := a.AddRole(awsfake.Role{Name: "web", Trust: awsfake.Trust{Federated: provider, Audience: "sts.amazonaws.com", Subject: "repo:*"}})
	task := w.Fake.AddTask(a.AddRole(awsfake.Role{Name: "task", Trust: awsfake.Trust{Principals: []string{"ecs-tasks.amazonaws.com"}}}), "t")
	machine := a.AddRole(awsfake.Role{Name: "machine", Trust: awsfake.Trust{Principals: []string{"ec2.amazonaws.com"}}})
	w.Fake.SetInstance(awsfake.Instance{Account: "111122223333", Region: "eu-west-1", Role: machine})
	write(t, filepath.Join(w.Dir, "token"), issuer.Token("repo:x", "sts.amazonaws.com", nil))
	key := a.AddUser("process").AddKey()
	write(t, filepath.Join(w.Dir, "doc"), fmt.Sprintf(`{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s"}`, key.ID, key.Secret))
	login := a.AddUser("ann").Login("eu-west-1")
	cache := filepath.Join(w.Home, ".aws", "login", "cache")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(cache, login.FileName), string(login.File))
	key = a.AddUser("file").AddKey()
	write(t, filepath.Join(w.Home, ".aws", "credentials"), fmt.Sprintf("[infile]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.ID, key.Secret))
	if err := w.WriteConfig(world.Config + fmt.Sprintf(`
[sso-session corp]
sso_start_url = %[1]s
sso_region = eu-west-1
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
[profile web]
role_arn = %[2]s
web_identity_token_file = %[3]s/token
[profile process]
credential_process = cat %[3]s/doc
[profile ecs]
credential_source = EcsContainer
[profile ec2]
credential_source = Ec2InstanceMetadata
[profile login]
login_session = %[4]s
[profile infile]
`, w.Example.SSOStartURL, web, w.Dir, login.Session)); err != nil {
		t.Fatal(err)
	}
	browser := filepath.Join(w.Dir, "browser")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nprintf '%s\\n' \"$1\" >> "+s.tabs+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	here := w.Fake.RegionURL("eu-west-1")
	s.env = []string{
		"AWS_ENDPOINT_URL_SSO=" + here, "AWS_ENDPOINT_URL_SSO_OIDC=" + here, "AWS_ENDPOINT_URL_SIGNIN=" + here,
		"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + w.Fake.URL, "AWS_EC2_METADATA_DISABLED=",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + task.FullURI, "AWS_CONTAINER_AUTHORIZATION_TOKEN=" + task.Token, "BROWSER=" + browser,
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		for seen := 0; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
			for ; seen < len(s.opened()); seen++ {
				_, _ = awsfake.Visit(ctx, s.opened()[seen], ann, true) // that it fails is seen in the shell
			}
		}
	}()
	return s
}

// opened lists the pages that were opened.
func (s *sources) opened() []string {
	text, _ := os.ReadFile(s.tabs)
	return strings.Split(string(text), "\n")[:strings.Count(string(text), "\n")]
}

func (s *sources) count(op string) (n int) {
	for _, got := range s.Fake.Operations() {
		if strings.HasPrefix(got, op) {
			n++
		}
	}
	return n
}

// soonDueSSO activates credentials of the portal that end in four minutes, and
// does something before the next prompt, which renews them.
func soonDueSSO(s *session, w *sources, do func()) {
	s.t.Helper()
	const less = 56 * time.Minute
	w.Fake.Clock.Advance(-less)
	s.runThen("vault use sso --fresh", func() {
		w.Fake.Clock.Advance(less)
		do()
	})
}

// A sign-in from a shell, and what the prompt does when it ends.
func TestIdentityCenterInAShell(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := newSources(t)
		s := start(t, k, w.World, w.env...)
		text := s.ok("vault use sso")
		for _, want := range []string{"Sign in to corp:", "/authorize?", "sso  role/Admin  111122223333"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %q", want, text)
			}
		}
		id, _ := value(s.exported(), "AWS_ACCESS_KEY_ID")
		if token, _ := value(s.exported(), "AWS_SESSION_TOKEN"); !strings.HasPrefix(id, "ASIA") || token == "" || s.active() != "sso" || len(w.opened()) != 1 {
			t.Errorf("key %q, active %q, tabs %q", id, s.active(), w.opened())
		}

		// The token has ended, and the credentials are about to: both are renewed, in silence.
		sum := sha1.Sum([]byte("corp"))
		path := filepath.Join(w.Home, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
		soonDueSSO(s, w, func() {
			file, _ := os.ReadFile(path)
			write(t, path, regexp.MustCompile(`"expiresAt":"[^"]*"`).ReplaceAllString(string(file), `"expiresAt":"2026-01-01T00:00:00Z"`))
			w.Fake.Reset()
		})
		quiet := s.said(func() {
			s.until("not renewed", func() bool {
				ends, _ := value(s.exported(), "AWS_CREDENTIAL_EXPIRATION")
				end, err := time.Parse(time.RFC3339, ends)
				return err == nil && time.Until(end) > 30*time.Minute
			})
		})
		if w.count("CreateToken") != 1 || w.count("GetRoleCredentials") != 1 || len(w.opened()) != 1 || strings.Contains(quiet, "vault:") {
			t.Errorf("calls %v, tabs %d, said %q", w.Fake.Operations(), len(w.opened()), quiet)
		}

		// Somebody ended the session: the prompt says so once, and opens nothing.
		soonDueSSO(s, w, w.person.Revoke)
		const told = ", run vault refresh"
		s.until("not told", func() bool { return strings.Contains(s.all(), told) })
		s.enters(5)
		if n := strings.Count(s.all(), told); n != 1 || len(w.opened()) != 1 {
			t.Errorf("told %d times, %d tabs", n, len(w.opened()))
		}
		id, _ = value(s.exported(), "AWS_ACCESS_KEY_ID")
		if text := s.ok("vault refresh"); !strings.Contains(text, "Sign in to corp:") || len(w.opened()) != 2 {
			t.Errorf("refresh said %q, %d tabs", text, len(w.opened()))
		}
		if now, _ := value(s.exported(), "AWS_ACCESS_KEY_ID"); now == id {
			t.Error("not refreshed")
		}
		s.ok("vault off")
		if s.active() != "" {
			t.Errorf("active %q after off", s.active())
		}
	})
}

// A directory asks nobody: it opens no page.
func TestADirectoryOfIdentityCenter(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := newSources(t)
		dir := project(t, w.World, "pay", "sso\n")
		wrong := project(t, w.World, "wrong", "profile = sso\naccount = 999999999999\n")
		s := start(t, k, w.World, w.env...)
		s.ok("vault allow " + quoted(k.name, dir))
		if text, status := s.run("vault allow " + quoted(k.name, wrong)); status == "0" || !strings.Contains(text, `requires account 999999999999, but profile "sso" leads to 111122223333`) {
			t.Errorf("status %s: %q", status, text)
		}
		said := s.said(func() { s.cd(dir) })
		if !strings.Contains(said, "pay/.awsprofile wants sso, which needs you. Run: vault use sso") || s.active() != "" || len(w.opened()) != 0 {
			t.Errorf("said %q, active %q, tabs %q", said, s.active(), w.opened())
		}
		s.cd(w.Home)
		s.ok("vault sso login corp")
		s.cd(dir)
		if s.active() != "sso" || len(w.opened()) != 1 {
			t.Errorf("active %q, tabs %d:\n%s", s.active(), len(w.opened()), s.all())
		}
		s.cd(w.Home)
		if s.active() != "" {
			t.Errorf("active %q after leaving", s.active())
		}
	})
}

// Where nothing in the files says which account it is, AWS is asked before a
// directory's promise is believed.
func TestADirectoryOfAnotherAccount(t *testing.T) {
	w := newSources(t)
	k := kinds[0]
	good := project(t, w.World, "good", "profile = process\naccount = 111122223333\n")
	wrong := project(t, w.World, "wrong", "profile = process\naccount = 999999999999\n")
	s := start(t, k, w.World, w.env...)
	s.ok("vault allow " + quoted(k.name, good))
	s.ok("vault allow " + quoted(k.name, wrong))
	s.cd(good)
	if s.active() != "process" {
		t.Errorf("active %q:\n%s", s.active(), s.all())
	}
	said := s.said(func() { s.cd(wrong) })
	if !strings.Contains(said, `requires account 999999999999, but profile "process" leads to 111122223333`) || s.active() != "" {
		t.Errorf("active %q, said %q", s.active(), said)
	}
}

// The other sources, one shell each.
func TestSourcesInAShell(t *testing.T) {
	for i, source := range []string{"web", "process", "ecs", "ec2", "login", "infile"} {
		k := kinds[i%len(kinds)]
		t.Run(source+" in "+k.name, func(t *testing.T) {
			w := newSources(t)
			s := start(t, k, w.World, w.env...)
			before := s.exported()
			text := s.ok("vault use " + source)
			secret, _ := value(s.exported(), "AWS_SECRET_ACCESS_KEY")
			if secret == "" || s.active() != source || strings.Contains(text, secret) { // text may warn of keys in plain text
				t.Errorf("active %q, said %q", s.active(), text)
			}
			if uri, set := value(s.exported(), "AWS_CONTAINER_CREDENTIALS_FULL_URI"); set {
				t.Errorf("the container's endpoint %q is there beside the keys", uri)
			}
			s.ok("vault off")
			if after := s.exported(); strings.Join(after, "\n") != strings.Join(before, "\n") {
				t.Errorf("after off:\n%q\nbefore:\n%q", after, before)
			}
		})
	}
}
