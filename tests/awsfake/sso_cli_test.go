package awsfake_test

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
)

// debianCLI returns a version 2 of the AWS CLI. Only version 2 has `aws sso`.
func debianCLI(t *testing.T) string {
	t.Helper()
	for _, cli := range []string{"/usr/bin/aws", "aws"} {
		out, err := exec.Command(cli, "--version").Output()
		if err == nil && strings.HasPrefix(string(out), "aws-cli/2.") {
			return cli
		}
	}
	need.Missing(t, "apt-get install awscli")
	return ""
}

// TestRealCLISignsIn makes the CLI sign in and out. 2.9 has no setting for these endpoints, so
// it uses the proxy and names the real hosts.
func TestRealCLISignsIn(t *testing.T) {
	cli := debianCLI(t)
	t.Parallel()
	s := awsfake.Start(t, awsfake.Options{Proxy: true})
	example := must[awsfake.Example](t)(s.Load(awsfake.ExampleSeed))
	home := t.TempDir()
	ca, config := filepath.Join(home, "ca.pem"), filepath.Join(home, "config")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(ca, string(s.CA()))
	write(config, "[profile a]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = Admin\nregion = eu-west-1\n"+
		"[sso-session s]\nsso_region = "+example.SSORegion+"\nsso_start_url = "+example.SSOStartURL+"\nsso_registration_scopes = sso:account:access\n")
	run := func(while func(), args ...string) (string, error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, cli, args...)
		cmd.Env = []string{
			"HOME=" + home, "PATH=" + os.Getenv("PATH"), "AWS_CONFIG_FILE=" + config, "AWS_PROFILE=a", "AWS_EC2_METADATA_DISABLED=true",
			"HTTPS_PROXY=" + s.URL, "AWS_CA_BUNDLE=" + ca, "PYTHONUNBUFFERED=1",
		}
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if while != nil {
			go while()
		}
		err := cmd.Run()
		return out.String(), err
	}
	click := func(allow bool) func() {
		return func() {
			for t.Context().Err() == nil {
				if codes := s.UserCodes(); len(codes) > 0 {
					_, _ = awsfake.Visit(t.Context(), s.URL+"/device?user_code="+url.QueryEscape(codes[0]), "", allow)
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
	if out, err := run(nil, "sts", "get-caller-identity"); err == nil {
		t.Errorf("it is somebody before it has signed in: %s", out)
	}
	if out, err := run(click(false), "sso", "login", "--no-browser"); err == nil {
		t.Errorf("it signs in although it is denied: %s", out)
	}
	out, err := run(click(true), "sso", "login", "--no-browser")
	if err != nil || !strings.Contains(out, "Successfully logged into Start URL: "+example.SSOStartURL) {
		t.Fatalf("aws sso login: %v\n%s\n%v", err, out, s.Operations())
	}
	out, err = run(nil, "sts", "get-caller-identity", "--output", "text", "--query", "Arn")
	if err != nil || !strings.HasSuffix(strings.TrimSpace(out), "/ann@example.com") {
		t.Errorf("aws sts get-caller-identity: %v\n%s", err, out)
	}
	for _, call := range s.Calls() {
		if call.Service != "sso-oidc-page" && call.Region != "eu-west-1" {
			t.Errorf("%s came to region %q", call.Operation, call.Region)
		}
	}
	if out, err = run(nil, "sso", "logout"); err != nil {
		t.Errorf("aws sso logout: %v\n%s", err, out)
	}
	same(t, s.Count("Logout"), 1)
	if out, err := run(nil, "sts", "get-caller-identity"); err == nil {
		t.Errorf("it is somebody after it has signed out: %s", out)
	}
}

func TestRealCLIWithWebIdentity(t *testing.T) {
	cli := debianCLI(t)
	t.Parallel()
	s := awsfake.Start(t, awsfake.Options{Proxy: true})
	issuer := s.AddIssuer("ci", true)
	role := s.Account(account).AddRole(awsfake.Role{Name: "deploy", Trust: awsfake.Trust{Federated: s.Account(account).AddOIDCProvider(issuer.URL, "sts.amazonaws.com"), Subject: "build-*"}})
	home := t.TempDir()
	ca, token := filepath.Join(home, "ca.pem"), filepath.Join(home, "token")
	whoami := func(subject string) (string, error) {
		for path, text := range map[string]string{ca: string(s.CA()), token: issuer.Token(subject, "sts.amazonaws.com", nil)} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), cli, "sts", "get-caller-identity", "--output", "text", "--query", "Arn")
		cmd.Env = []string{
			"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true", "AWS_DEFAULT_REGION=eu-west-1",
			"AWS_CONFIG_FILE=" + filepath.Join(home, "none"), "HTTPS_PROXY=" + s.URL, "AWS_CA_BUNDLE=" + ca,
			"AWS_WEB_IDENTITY_TOKEN_FILE=" + token, "AWS_ROLE_ARN=" + role, "AWS_ROLE_SESSION_NAME=run",
		}
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if out, err := whoami("build-7"); err != nil || out != "arn:aws:sts::111122223333:assumed-role/deploy/run" {
		t.Errorf("got %s, %v", out, err)
	}
	if out, err := whoami("evil"); err == nil || !strings.Contains(out, "Not authorized to perform sts:AssumeRoleWithWebIdentity") {
		t.Errorf("got %s, %v, want a refusal", out, err)
	}
}
