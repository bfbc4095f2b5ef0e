//go:build unix

// Package sources drives the built program through every credential source,
// against the fake AWS, and holds what `explain` says to what then happens.
package sources

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

const (
	account  = "111122223333"
	prod     = "444455556666"
	startURL = "https://example.awsapps.com/start"
	ann      = "ann@example.com"
)

// TestMain lets the test program be the browser: BROWSER is set to a script that
// starts it again.
func TestMain(m *testing.M) {
	if how := os.Getenv("VAULT_TEST_BROWSER"); how != "" {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if tabs, err := os.OpenFile(os.Getenv("VAULT_TEST_TABS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			fmt.Fprintln(tabs, os.Args[1])
			tabs.Close()
		}
		if _, err := awsfake.Visit(ctx, os.Args[1], cmp.Or(os.Getenv("VAULT_TEST_PERSON"), ann), how == "allow"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// place is a world with every kind of source in it.
type place struct {
	*world.World
	t      *testing.T
	issuer *awsfake.Issuer
	env    []string
	tabs   string
}

func newPlace(t *testing.T) *place {
	w := world.New(t)
	p := &place{World: w, t: t, tabs: filepath.Join(w.Dir, "tabs")}
	a := w.Fake.Account(account)
	p.issuer = w.Fake.AddIssuer("ci", true)
	provider := a.AddOIDCProvider(p.issuer.URL, "sts.amazonaws.com")
	web := a.AddRole(awsfake.Role{Name: "web", MaxSession: 4 * time.Hour, Trust: awsfake.Trust{Federated: provider, Audience: "sts.amazonaws.com", Subject: "repo:*"}})
	task := a.AddRole(awsfake.Role{Name: "task", Trust: awsfake.Trust{Principals: []string{"ecs-tasks.amazonaws.com"}}})
	machine := a.AddRole(awsfake.Role{Name: "machine", Trust: awsfake.Trust{Principals: []string{"ec2.amazonaws.com"}}})
	a.AddRole(awsfake.Role{Name: "top", MaxSession: 12 * time.Hour, Trust: awsfake.Trust{Principals: []string{"arn:aws:iam::" + account + ":root"}}})
	w.Fake.SetInstance(awsfake.Instance{Account: account, Region: "eu-west-1", Role: machine})
	ecs := w.Fake.AddTask(task, "task-token")

	token := filepath.Join(w.Dir, "token")
	p.write(token, p.issuer.Token("repo:x", "sts.amazonaws.com", nil))
	process := filepath.Join(w.Dir, "process")
	user := a.AddUser("process")
	key := user.AddKey()
	p.script(process, fmt.Sprintf(`echo '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s"}'`, key.ID, key.Secret))
	login := w.Fake.Account(account).AddUser("ann").Login("eu-west-1")
	dir := filepath.Join(w.Home, ".aws", "login", "cache")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p.write(filepath.Join(dir, login.FileName), string(login.File))
	other := a.AddUser("file").AddKey()
	p.write(filepath.Join(w.Home, ".aws", "credentials"), fmt.Sprintf("[infile]\naws_access_key_id = %s\naws_secret_access_key = %s\n", other.ID, other.Secret))
	around := a.AddUser("around").AddKey()

	p.env = []string{
		"AWS_ENDPOINT_URL_SSO=" + w.Fake.RegionURL("eu-west-1"), "AWS_ENDPOINT_URL_SSO_OIDC=" + w.Fake.RegionURL("eu-west-1"),
		"AWS_ENDPOINT_URL_SIGNIN=" + w.Fake.RegionURL("eu-west-1"), "AWS_EC2_METADATA_SERVICE_ENDPOINT=" + w.Fake.URL, "AWS_EC2_METADATA_DISABLED=",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + ecs.FullURI, "AWS_CONTAINER_AUTHORIZATION_TOKEN=" + ecs.Token,
		"AWS_ACCESS_KEY_ID=" + around.ID, "AWS_SECRET_ACCESS_KEY=" + around.Secret,
		"VAULT_TEST_TABS=" + p.tabs, "VAULT_TEST_BROWSER=allow", "BROWSER=" + os.Args[0], "AWS_MIN_TTL=1m", "NO_COLOR=1",
	}
	p.config(fmt.Sprintf(`[default]
region = eu-west-1
[profile plain]
[profile jon]
mfa_serial = %[1]s
[sso-session corp]
sso_start_url = %[2]s
sso_region = eu-west-1
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
[profile sso-old]
sso_start_url = %[2]s
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = ReadOnly
[profile web]
role_arn = %[3]s
web_identity_token_file = %[4]s
[profile web-process]
role_arn = %[3]s
web_identity_token_process = cat %[4]s | tr -d '\n'
[profile process]
credential_process = "%[5]s"
[profile process-session]
credential_process = "%[6]s" export plain --format=json --backend file
[profile infile]
[profile env]
credential_source = Environment
[profile ecs]
credential_source = EcsContainer
[profile ec2]
credential_source = Ec2InstanceMetadata
[profile login]
login_session = %[7]s
`, w.Example.MFASerial, startURL, web, token, process, w.Vault, login.Session) + roles())
	return p
}

// roles are role profiles on top of each source, as NAME-role, with MFA as
// NAME-mfa, chained as NAME-chain.
func roles() string {
	var b strings.Builder
	for _, source := range []string{"plain", "jon", "sso", "web", "process", "process-session", "infile", "env", "ecs", "ec2", "login"} {
		from := "source_profile = " + source
		switch source {
		case "env":
			from = "credential_source = Environment"
		case "ecs":
			from = "credential_source = EcsContainer"
		case "ec2":
			from = "credential_source = Ec2InstanceMetadata"
		}
		fmt.Fprintf(&b, "[profile %[1]s-role]\nrole_arn = arn:aws:iam::%[2]s:role/top\n%[3]s\n", source, account, from)
		fmt.Fprintf(&b, "[profile %[1]s-chain]\nrole_arn = arn:aws:iam::%[2]s:role/top\nrole_session_name = two\nsource_profile = %[1]s-role\nduration_seconds = 7200\n", source, account)
	}
	fmt.Fprintf(&b, "[profile jon-mfa]\nrole_arn = arn:aws:iam::%s:role/admin\nsource_profile = jon\nmfa_serial = arn:aws:iam::%[1]s:mfa/jon\n", account)
	fmt.Fprintf(&b, "[profile jon-mfa2]\nrole_arn = arn:aws:iam::%s:role/top\nsource_profile = jon\nmfa_serial = arn:aws:iam::%[1]s:mfa/jon\n", account)
	fmt.Fprintf(&b, "[profile plain-mfa]\nrole_arn = arn:aws:iam::%s:role/admin\nsource_profile = plain\nmfa_serial = arn:aws:iam::%[1]s:mfa/jon\n", account)
	fmt.Fprintf(&b, "[profile sso-mfa]\nrole_arn = arn:aws:iam::%s:role/top\nsource_profile = sso\nmfa_serial = arn:aws:iam::%[1]s:mfa/jon\n", account)
	return b.String()
}

func (p *place) write(path, text string) {
	p.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) script(path, text string) {
	p.t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) config(text string) {
	p.t.Helper()
	if err := p.WriteConfig(text); err != nil {
		p.t.Fatal(err)
	}
}

// vault runs without a terminal.
func (p *place) vault(args ...string) (stdout, stderr string, status int) {
	return p.Run(p.env, args...)
}

func (p *place) ok(args ...string) string {
	p.t.Helper()
	out, errs, status := p.vault(args...)
	if status != 0 {
		p.t.Fatalf("vault %s: status %d\n%s", strings.Join(args, " "), status, errs)
	}
	return out
}

// onTerminal runs on a terminal of its own, and returns what it showed.
func (p *place) onTerminal(env []string, args ...string) (string, int) {
	p.t.Helper()
	cmd := exec.Command(p.Vault, args...)
	cmd.Env = p.Environ(append(append([]string{}, p.env...), env...)...)
	cmd.Dir = p.Home
	tty, err := pty.Start(cmd)
	if err != nil {
		p.t.Fatal(err)
	}
	defer tty.Close()
	shown := make(chan string)
	go func() {
		b, _ := io.ReadAll(tty) // ends with EIO when the last one has left
		shown <- string(b)
	}()
	cmd.Wait()
	return <-shown, cmd.ProcessState.ExitCode()
}

// signIn signs ann in to the Identity Center, in the browser. On a terminal it would ask
// whether to write profiles.
func (p *place) signIn(session string) {
	p.t.Helper()
	if _, errs, status := p.vault("sso", "login", session); status != 0 {
		p.t.Fatalf("status %d\n%s", status, errs)
	}
}

func (p *place) opened() int {
	text, _ := os.ReadFile(p.tabs)
	return strings.Count(string(text), "\n")
}

// explained is what explain says will happen.
type explained struct {
	Calls int
	MFA   struct{ Now int }
	Steps []struct {
		Kind string
	}
	Settings []struct{ Key, From, Note string }
}

func (p *place) explain(args ...string) explained {
	p.t.Helper()
	var e explained
	if err := json.Unmarshal([]byte(p.ok(append([]string{"explain", "--json"}, args...)...)), &e); err != nil {
		p.t.Fatal(err)
	}
	return e
}

// credentialCalls are the calls that hand out credentials, and how many of them had an MFA code.
func (p *place) credentialCalls() (ops []string, codes int) {
	for _, c := range p.Fake.Calls() {
		switch c.Operation {
		case "GetSessionToken", "AssumeRole", "AssumeRoleWithWebIdentity", "GetRoleCredentials":
			op := c.Operation
			if c.Error != "" {
				op += ":" + c.Error
			}
			ops = append(ops, op)
			if c.Params.Get("TokenCode") != "" {
				codes++
			}
		}
	}
	return ops, codes
}
