//go:build unix

package sources

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Programs of identity providers: a profile that init writes, a stand-in that prints what
// the program prints (its source is named in internal/vault/toolline.go), and one run of
// it for as long as its session lasts.
func TestToolsOfIdentityProviders(t *testing.T) {
	const arns = "--trust-anchor-arn arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/ta --profile-arn arn:aws:rolesanywhere:eu-west-1:111122223333:profile/p --role-arn arn:aws:iam::111122223333:role/reader"
	for _, test := range []struct {
		tool, args string
		prints     string // %[1]s the id, %[2]s the secret, %[3]s the token, %[4]s the end
		argv       string // what the tool is given
		says       string
	}{
		{"saml2aws", "--role arn:aws:iam::111122223333:role/reader --idp-account corp",
			`{"Version":1,"AccessKeyId":"%[1]s","SecretAccessKey":"%[2]s","SessionToken":"%[3]s","Expiration":"%[4]s"}`,
			"login --credential-process --quiet --profile work --role arn:aws:iam::111122223333:role/reader --idp-account corp", ""},
		{"gimme-aws-creds", "--profile corp",
			`{"shared_credentials_file": "/home/ana/.aws/credentials", "profile": {"name": "corp", "derived_name": "reader", "config_name": "corp"}, "role": {"arn": "arn:aws:iam::111122223333:role/reader", "name": "reader", "friendly_name": "reader", "friendly_account_name": "Account: corp"}, "credentials": {"aws_access_key_id": "%[1]s", "aws_secret_access_key": "%[2]s", "aws_session_token": "%[3]s", "aws_security_token": "%[3]s", "expiration": "%[5]s"}}`,
			"--output-format json --profile corp", "AWS tools cannot read the output of gimme-aws-creds"},
		{"okta-aws-cli", "--org-domain example.okta.com --oidc-client-id 0oa1 --open-browser",
			"{\n  \"AccessKeyId\": \"%[1]s\",\n  \"SecretAccessKey\": \"%[2]s\",\n  \"SessionToken\": \"%[3]s\",\n  \"Expiration\": \"%[4]s\",\n  \"Version\": 1\n}",
			"web --format process-credentials --org-domain example.okta.com --oidc-client-id 0oa1 --open-browser", ""},
		{"tsh", "aws-reader",
			`{"Version":1,"AccessKeyId":"%[1]s","SecretAccessKey":"%[2]s","SessionToken":"%[3]s","Expiration":"%[4]s"}`,
			"apps config --format aws-credential-process aws-reader", ""},
		{"aws_signing_helper", "--certificate /etc/my.pem --private-key /etc/my.key " + arns,
			`{"Version":1,"AccessKeyId":"%[1]s","SecretAccessKey":"%[2]s","SessionToken":"%[3]s","Expiration":"%[4]s"}`,
			"credential-process --certificate /etc/my.pem --private-key /etc/my.key " + arns, ""},
	} {
		t.Run(test.tool, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			bin := filepath.Join(p.Dir, "bin")
			if err := os.MkdirAll(bin, 0o700); err != nil {
				t.Fatal(err)
			}
			have := p.export("jon")
			end := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
			printed := fmt.Sprintf(strings.ReplaceAll(test.prints, "%[5]s", end.Format("2006-01-02T15:04:05+00:00")), have.AccessKeyID, have.SecretAccessKey, have.SessionToken, end.Format(time.RFC3339))
			runs := filepath.Join(bin, "runs")
			from := append([]string{"init", "--yes", "--from", test.tool, "--", "work"}, strings.Fields(test.args)...)

			// It is not there yet.
			_, said, status := p.vault(append([]string{"init", "--yes", "--from", test.tool, "--", "early"}, strings.Fields(test.args)...)...)
			if status != 0 || !strings.Contains(said, test.tool+" is not on your PATH; it comes from https://") {
				t.Errorf("%d: %s", status, said)
			}
			p.write(filepath.Join(bin, "printed"), strings.TrimRight(printed, "%")+"\n")
			p.script(filepath.Join(bin, test.tool), fmt.Sprintf(`echo "$*" >>%[1]s; echo signing in >&2; cat %[2]s`, runs, filepath.Join(bin, "printed")))
			p.env = append(p.env, "PATH="+bin+":"+os.Getenv("PATH"))
			_, said, status = p.vault(from...)
			if status != 0 || strings.Contains(said, "not on your PATH") || !strings.Contains(said, test.says) {
				t.Fatalf("%d: %s", status, said)
			}
			got := p.export("work")
			if got != (credentials{have.AccessKeyID, have.SecretAccessKey, have.SessionToken, end.Format(time.RFC3339)}) {
				t.Errorf("%v", got.Expiration)
			}
			if arn := p.whoAmI(got); arn != "arn:aws:iam::111122223333:user/jon" && !strings.HasSuffix(arn, "/jon") {
				t.Error(arn)
			}
			p.export("work") // from the cache
			if text, _ := os.ReadFile(runs); string(text) != test.argv+"\n" {
				t.Errorf("it was run with\n%swant\n%s", text, test.argv)
			}
			// The same again changes nothing.
			before := p.configText()
			if p.ok(from...); p.configText() != before {
				t.Error(p.configText())
			}
		})
	}
}
