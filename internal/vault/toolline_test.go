package vault_test

import (
	"strings"
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

func TestToolLine(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/reader"
	for _, test := range []struct {
		name, tool, profile, config, goos string
		args                              []string
		want, says, hint                  string
	}{
		{name: "saml2aws", tool: "saml2aws", profile: "dev", args: []string{"--role", role}, want: "saml2aws login --credential-process --quiet --profile dev --role " + role},
		{name: "an equals sign", tool: "saml2aws", profile: "dev", args: []string{"--role=" + role}, want: "saml2aws login --credential-process --quiet --profile dev '--role=" + role + "'"},
		{name: "quotes", tool: "tsh", profile: "dev", args: []string{"my app"}, want: "tsh apps config --format aws-credential-process 'my app'"},
		{name: "quotes of Windows", tool: "tsh", profile: "dev", goos: "windows", args: []string{"my app", "x"}, want: `tsh apps config --format aws-credential-process "my app" x`},
		{name: "a profile that is there", tool: "tsh", profile: "dev", config: "[profile dev]\nregion = eu-west-1\n", args: []string{"a"}, want: "tsh apps config --format aws-credential-process a"},
		{name: "the same line", tool: "tsh", profile: "dev", config: "[profile dev]\ncredential_process = tsh apps config --format aws-credential-process a\n", args: []string{"a"}, want: "tsh apps config --format aws-credential-process a"},

		{name: "another line", tool: "tsh", profile: "dev", config: "[profile dev]\ncredential_process = other\n", args: []string{"a"},
			says: `config:2: profile "dev" already gets its credentials from credential_process`, hint: "choose another name, or take credential_process out: vault edit dev"},
		{name: "a role", tool: "tsh", profile: "dev", config: "[profile dev]\nregion = x\nrole_arn = " + role + "\nsource_profile = x\n", args: []string{"a"},
			says: `config:3: profile "dev" already gets its credentials from role_arn`, hint: "choose another name, or take role_arn out: vault edit dev"},
		{name: "no role", tool: "saml2aws", profile: "dev", args: []string{"--idp-account", "x"},
			says: "saml2aws needs --role", hint: "vault init --from saml2aws -- dev --role " + role},
		{name: "no app", tool: "tsh", profile: "dev", says: "tsh needs an argument", hint: "vault init --from tsh -- dev APP"},
		{name: "no anchor", tool: "aws_signing_helper", profile: "dev", args: []string{"--certificate", "x", "--profile-arn", "y", "--role-arn", "z"},
			says: "aws_signing_helper needs --trust-anchor-arn", hint: "vault init --from aws_signing_helper -- dev --certificate FILE --private-key FILE --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN"},
		{name: "a password", tool: "saml2aws", profile: "dev", args: []string{"--role", role, "--password=hunter2"},
			says: "--password has a secret, and every program could read it in ~/.aws/config", hint: "leave it out: saml2aws asks for it, or keeps it in its own keychain"},
		{name: "a switch", tool: "okta-aws-cli", profile: "dev", args: []string{"--cache-access-token", "--open-browser"}, want: "okta-aws-cli web --format process-credentials --cache-access-token --open-browser"},
		{name: "a key's password", tool: "aws_signing_helper", profile: "dev", args: []string{"--tpm-key-password", "hunter2", "--trust-anchor-arn", "a", "--profile-arn", "b", "--role-arn", "c"},
			says: "--tpm-key-password has a secret, and every program could read it in ~/.aws/config", hint: "leave it out: aws_signing_helper asks for it, or keeps it in its own keychain"},
		{name: "a PIN", tool: "aws_signing_helper", profile: "dev", args: []string{"--certificate", "pkcs11:object=x?pin-value=1234", "--trust-anchor-arn", "a", "--profile-arn", "b", "--role-arn", "c"},
			says: "--certificate has a secret, and every program could read it in ~/.aws/config", hint: "leave it out: aws_signing_helper asks for it, or keeps it in its own keychain"},
		{name: "a URL with a password", tool: "saml2aws", profile: "dev", args: []string{"--role", role, "--url=https://u:pw@host/"},
			says: "--url has a secret, and every program could read it in ~/.aws/config", hint: "leave it out: saml2aws asks for it, or keeps it in its own keychain"},
		{name: "a key", tool: "okta-aws-cli", profile: "dev", args: []string{"-k", "-----BEGIN PRIVATE KEY-----"},
			says: "-k has a secret, and every program could read it in ~/.aws/config", hint: "leave it out: okta-aws-cli asks for it, or keeps it in its own keychain"},
		{name: "a flag cut short", tool: "gimme-aws-creds", profile: "dev", args: []string{"--mfa-c", "123456"},
			says: "--mfa-c has a secret, and every program could read it in ~/.aws/config", hint: "leave it out: gimme-aws-creds asks for it, or keeps it in its own keychain"},
		{name: "a line break", tool: "tsh", profile: "dev", args: []string{"a\nb"}, says: `"a\nb" cannot be written into a credential_process: it has a control character, or is not UTF-8`},
	} {
		t.Run(test.name, func(t *testing.T) {
			tool, err := vault.FindTool(test.tool)
			if err != nil {
				t.Fatal(err)
			}
			goos := test.goos
			if goos == "" {
				goos = "linux"
			}
			line, err := newDesk(t, test.config, newKeeper(nil)).session().ToolLine(goos, tool, test.profile, test.args)
			if test.says != "" {
				if err == nil || err.Error() != test.says || fault.HintOf(err) != test.hint {
					t.Errorf("it says %v (%s), want %s", err, fault.HintOf(err), test.says)
				}
				return
			}
			if err != nil || line.Profile != test.profile || line.Command != test.want {
				t.Errorf("%v, %v; want %s", line, err, test.want)
			}
		})
	}
}

func TestFindTool(t *testing.T) {
	for name, hint := range map[string]string{
		"saml2awz": "did you mean saml2aws?",
		"leapp":    "one of saml2aws, gimme-aws-creds, okta-aws-cli, tsh, aws_signing_helper; any other program can be a credential_process",
	} {
		if _, err := vault.FindTool(name); err == nil || !strings.Contains(err.Error(), name) || fault.HintOf(err) != hint {
			t.Errorf("%v (%s)", err, fault.HintOf(err))
		}
	}
}
