package vault_test

import (
	"testing"

	"awsvault/internal/fault"
)

func TestTheSSOSessionThatANameMeans(t *testing.T) {
	const two = corp + "[sso-session lab]\nsso_start_url = https://lab.awsapps.com/start\nsso_region = eu-west-1\n" +
		"[profile dev]\nsso_session = lab\nsso_account_id = 111122223333\nsso_role_name = x\nca_bundle = /ca.pem\n" +
		"[profile plain]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
	for _, test := range []struct {
		name, config, argument string
		session, bundle, says  string
	}{
		{"the only one needs no name", corp, "", "corp", "", ""},
		{"by its name", two, "lab", "lab", "", ""},
		{"a profile's, with its certificates", two, "dev", "lab", "/ca.pem", ""},
		{"one of two has to be named", two, "", "", "", "which session? corp, lab"},
		{"there is none", "", "", "", "", "there is no [sso-session] in the AWS config file"},
		{"a profile of another kind", two, "plain", "", "", `profile "plain" does not sign in to IAM Identity Center`},
		{"neither a session nor a profile", two, "nope", "", "", `sso-session "nope" not found in config`},
	} {
		t.Run(test.name, func(t *testing.T) {
			in, bundle, err := newDesk(t, test.config, newKeeper(nil)).session().SSOSession(test.argument)
			if test.says != "" {
				if err == nil || err.Error() != test.says {
					t.Errorf("it says %v, want %s", err, test.says)
				}
				if test.argument == "" && fault.HintOf(err) == "" {
					t.Error("there is no hint")
				}
				return
			}
			if err != nil || in.Session != test.session || bundle.Text != test.bundle {
				t.Errorf("%+v, %q, %v", in, bundle.Text, err)
			}
		})
	}
}
