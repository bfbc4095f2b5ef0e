//go:build unix

package readers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// Of a profile that says several things, vault uses what the AWS CLI uses.
func TestOfSeveralSourcesTheSameIsUsed(t *testing.T) {
	cli := bearing(t) // knows sso_session, and where STS is
	const corp = "sso_session = corp\n"
	key := "aws_access_key_id = KEY\naws_secret_access_key = SECRET\n"
	process := "credential_process = VAULT credential-process plain\n"
	profiles := map[string]string{
		"a session without an account, and a process":           corp + process,
		"a start URL without an account, and a process":         "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n" + process,
		"a session without an account, and keys":                corp + key,
		"a session without an account, in the source of a role": "role_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = half\n",
		"a token that is not there, and a source":               "role_arn = arn:aws:iam::111122223333:role/reader\nweb_identity_token_file = /proc/nonexistent\nsource_profile = keys\n",
		"a token that is not there, and the environment":        "role_arn = arn:aws:iam::111122223333:role/reader\nweb_identity_token_file = /proc/nonexistent\ncredential_source = Environment\n",
	}
	for name, text := range profiles {
		t.Run(name, func(t *testing.T) {
			w := world.New(t)
			text := world.Config + "[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n" +
				"[profile half]\n" + corp + process + "[profile keys]\n" + key + "[profile it]\nregion = eu-west-1\n" + text
			text = strings.NewReplacer("KEY", w.Example.AccessKeyID, "SECRET", w.Example.SecretAccessKey, "VAULT", w.Vault).Replace(text)
			if err := os.WriteFile(filepath.Join(w.Home, ".aws", "config"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			who := cli + " sts get-caller-identity --query Arn --output text"
			theirs, _ := shell(t, w, w.Environ(), who+" --profile it || echo refused")
			ours, errs := shell(t, w, w.Environ(), quote(w.Vault)+" exec it -- "+who+" || echo refused")
			cut := func(arn string) string { // the name of the session is each tool's own
				if parts := strings.Split(arn, "/"); len(parts) == 3 {
					return parts[0] + "/" + parts[1]
				}
				return arn
			}
			if cut(strings.TrimSpace(theirs)) != cut(strings.TrimSpace(ours)) {
				t.Errorf("the CLI is %q, vault %q\n%s", theirs, ours, errs)
			}
			if refused := strings.Contains(name, "not there"); refused != strings.Contains(ours, "refused") {
				t.Errorf("%q\n%s", ours, errs)
			}
		})
	}
}
