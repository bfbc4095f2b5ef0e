package vault_test

import (
	"strings"
	"testing"

	"awsvault/internal/vault"
)

func TestForms(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	device := func(s string) error { return vault.CheckMFASerial(s) }
	for _, test := range []struct {
		name  string
		check func(string) error
		text  string
		says  string // the beginning of the error; empty if the key is good
	}{
		{"a key id", vault.CheckKeyID, "AKIAIOSFODNN7EXAMPLE", ""},
		{"the shortest key id", vault.CheckKeyID, "AKIA" + strings.Repeat("A", 12), ""},
		{"the longest key id", vault.CheckKeyID, "AKIA" + strings.Repeat("7", 124), ""},
		{"one too short", vault.CheckKeyID, "AKIA" + strings.Repeat("A", 11), "that is not an access key ID"},
		{"one too long", vault.CheckKeyID, "AKIA" + strings.Repeat("A", 125), "that is not an access key ID"},
		{"a temporary one", vault.CheckKeyID, "ASIAIOSFODNN7EXAMPLE", "a key that begins with ASIA is temporary"},
		{"small letters", vault.CheckKeyID, "AKIAiosfodnn7example", "that is not an access key ID"},
		{"a user's unique id", vault.CheckKeyID, "AIDAIOSFODNN7EXAMPLE", "that is not an access key ID"},
		{"a secret for an id", vault.CheckKeyID, secret, "that is a secret access key"},
		{"a line break at the end", vault.CheckKeyID, "AKIAIOSFODNN7EXAMPLE\n", "that is not an access key ID"},
		{"nothing", vault.CheckKeyID, "", "that is not an access key ID"},

		{"a secret", vault.CheckSecretKey, secret, ""},
		{"a longer secret", vault.CheckSecretKey, secret + "x", "that is not a secret access key (40 letters, digits, / and +; this has 41)"},
		{"a secret with a blank", vault.CheckSecretKey, secret[:39] + " ", "that is not a secret access key"},
		{"an id for a secret", vault.CheckSecretKey, "AKIAIOSFODNN7EXAMPLE", "that is not a secret access key"},

		{"a virtual device", device, "arn:aws:iam::111122223333:mfa/jon", ""},
		{"a device with a path", device, "arn:aws-us-gov:iam::111122223333:mfa/a/b+c=d,e.f@g-h_i", ""},
		{"a hardware token", device, "GAHT12345678", ""},
		{"a short serial number", device, "12345678", "that is not an MFA device"},
		{"a user", device, "arn:aws:iam::111122223333:user/jon", "that is the ARN of a user"},
		{"a device without a name", device, "arn:aws:iam::111122223333:mfa/", "that is not an MFA device"},
		{"a role", device, "arn:aws:iam::111122223333:role/jon", "that is not an MFA device"},
		{"no account", device, "arn:aws:iam::jon:mfa/jon", "that is not an MFA device"},
		{"a device with a blank", device, "arn:aws:iam::111122223333:mfa/j n", "that is not an MFA device"},

		{"a name", vault.CheckProfileName, "prod/Admin üñ", ""},
		{"no name", vault.CheckProfileName, "", `"" cannot be the name of a profile`},
		{"a blank before it", vault.CheckProfileName, " a", `" a" cannot be`},
		{"an escape", vault.CheckProfileName, "a\x1b[31m", `"a\x1b[31m" cannot be`},
		{"a line break", vault.CheckProfileName, "a\nb", `"a\nb" cannot be`},
		{"a bracket", vault.CheckProfileName, "a]", `"a]" cannot be`},
		{"a quote", vault.CheckProfileName, `a"`, `"a\"" cannot be`},
		{"a backslash", vault.CheckProfileName, `\a`, `"\\a" cannot be`},
		{"too long a name", vault.CheckProfileName, strings.Repeat("a", 257), `"a`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.check(test.text)
			if err == nil && test.says != "" || err != nil && (test.says == "" || !strings.HasPrefix(err.Error(), test.says)) {
				t.Errorf("%q: it says %v, want %q", test.text, err, test.says)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the secret is in %v", err)
			}
		})
	}
}
