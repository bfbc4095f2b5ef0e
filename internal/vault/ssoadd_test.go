package vault_test

import (
	"context"
	"strings"
	"testing"

	"awsvault/internal/vault"
)

func TestWhatIsNoStartURLAndNoRegion(t *testing.T) {
	for text, good := range map[string]bool{
		"https://corp.awsapps.com/start": true, "https://identitycenter.amazonaws.com/ssoins-1": true, "": false, "corp": false,
		"http://corp.awsapps.com/start": false, "https://u:p@corp.awsapps.com/start": false, "https://corp.awsapps.com/start?x=1": false, "https://a b/": false,
	} {
		if err := vault.CheckStartURL(text); (err == nil) != good {
			t.Errorf("start URL %q: %v", text, err)
		}
	}
	for text, good := range map[string]bool{"eu-west-1": true, "us-gov-east-1": true, "": false, "eu": false, "eu-west": false, "EU-WEST-1": false, "eu-west-": false, "eu west 1": false} {
		if err := vault.CheckRegion(text); (err == nil) != good {
			t.Errorf("region %q: %v", text, err)
		}
	}
}

func TestASessionIsNamedAfterItsStartURL(t *testing.T) {
	for url, name := range map[string]string{
		"https://corp.awsapps.com/start": "corp", "https://d-9067000000.awsapps.com/start": "sso",
		"https://identitycenter.amazonaws.com/ssoins-1": "sso", "https://corp.awsapps.cn/start": "corp", "": "sso",
	} {
		if got := vault.SSOName(url); got != name {
			t.Errorf("%q is called %q, want %q", url, got, name)
		}
	}
}

func TestAnSSOSessionIsWrittenOnce(t *testing.T) {
	d := newDesk(t, "[default]\nregion = eu-west-1\n", newKeeper(nil))
	file := d.configFile(nil)
	file.Text = func() ([]byte, error) { return []byte(d.config), nil }
	add := vault.SSOAdd{Session: d.session(), Name: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1", File: *file}
	in, _, err := add.SignIn()
	if err != nil || in.Session != "corp" || in.StartURL != add.StartURL || strings.Contains(d.config, "corp") {
		t.Fatalf("the sign-in is %+v, %v, and the file\n%s", in, err, d.config)
	}
	for range 2 {
		if err := add.Write(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	const want = "[default]\nregion = eu-west-1\n\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n"
	if d.config != want {
		t.Errorf("the file is\n%s", d.config)
	}
	add.StartURL = "https://other.awsapps.com/start"
	if _, _, err := add.SignIn(); err == nil || !strings.Contains(err.Error(), "[sso-session corp] has another start URL, https://corp.awsapps.com/start") {
		t.Errorf("another one of that name: %v", err)
	}
}
