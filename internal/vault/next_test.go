package vault_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/awsconf"
	"awsvault/internal/vault"
)

func TestWhatComesNextFollowsTheState(t *testing.T) {
	const plain = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
	fresh := []vault.Step{{Command: "vault sso add", Note: "your company uses IAM Identity Center"}, {Command: "vault add NAME", Note: "you have an access key"}}
	use := vault.Step{Command: "vault use"}
	for _, test := range []struct {
		name, config string
		stored       []string
		other        vault.Elsewhere
		want         []vault.Step
	}{
		{"nothing is there", "", nil, vault.Elsewhere{}, fresh},
		{"[default] is only a region", "[default]\nregion = eu-west-1\n", nil, vault.Elsewhere{}, fresh},
		{"[default] has a stored key", "[default]\nregion = eu-west-1\n", []string{"default"}, vault.Elsewhere{}, []vault.Step{use}},
		{"a session without profiles", "[sso-session corp]\n", nil, vault.Elsewhere{}, []vault.Step{{Command: "vault sso sync"}}},
		{"a profile", "[profile dev]\n", nil, vault.Elsewhere{}, []vault.Step{use}},
		{"a key in plain text", "[profile dev]\n" + plain, nil, vault.Elsewhere{}, []vault.Step{{Command: "vault import credentials", Note: "1 key in plain text"}, use}},
		{"a key in plain text that is stored", "[profile dev]\n" + plain, []string{"dev"}, vault.Elsewhere{}, []vault.Step{use}},
		{"keys of aws-vault", "", nil, vault.Elsewhere{Backend: "file", Keys: 2}, []vault.Step{{Command: "vault import aws-vault --from file", Note: "2 keys of aws-vault"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, test.config, newKeeper(nil))
			f, err := awsconf.Parse("config", awsconf.ConfigFile, test.config)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, d.session().Next(awsconf.Merge(f, nil), test.stored, test.other)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
