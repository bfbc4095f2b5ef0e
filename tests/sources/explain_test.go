//go:build unix

package sources

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what explain says as what it is to say")

// explainConfig has what explain has to say something about.
const explainConfig = `
[profile long]
role_arn = arn:aws:iam::111122223333:role/top
source_profile = sso
duration_seconds = 14400
mfa_serial = arn:aws:iam::111122223333:mfa/jon
region = us-east-1
vault_protected = true
[profile looks]
role_arn = arn:aws:iam::111122223333:role/top
source_profile = plain
vault_policy = ReadOnlyAccess
vault_narrow_role = arn:aws:iam::111122223333:role/top
[profile sso-looks]
include_profile = sso
vault_policy = ReadOnlyAccess, AmazonS3ReadOnlyAccess
vault_narrow_role = arn:aws:iam::111122223333:role/top
[profile loop]
role_arn = arn:aws:iam::111122223333:role/top
source_profile = loop2
[profile loop2]
role_arn = arn:aws:iam::111122223333:role/top
source_profile = loop
[profile gone]
role_arn = arn:aws:iam::111122223333:role/top
source_profile = jonn
[profile nowhere]
region = eu-west-1
[profile bad]
source_profile = plain
role_arn = nonsense
[profile halfsso]
sso_session = corp
sso_account_id = 1
`

func explainPlace(t *testing.T) *place {
	p := newPlace(t)
	p.config(p.configText() + explainConfig)
	return p
}

// alike spells what differs from world to world alike.
func (p *place) alike(text string) string {
	text = strings.NewReplacer(p.Fake.URL, "FAKE", p.Home, "~", p.Dir, "DIR").Replace(text)
	text = regexp.MustCompile(`AKIA[A-Z0-9]{16}`).ReplaceAllString(text, "AKIA")
	text = regexp.MustCompile(` {3,}`).ReplaceAllString(text, "  ") // columns are as wide as paths, which differ in length
	return regexp.MustCompile(`FAKE[-.:/\w]*|http://127\.0\.0\.1:\d+[-.:/\w]*|…[^ ]*`).ReplaceAllString(text, "URL")
}

// In words and in JSON; without a call, a question, or an open keystore.
func TestExplainSays(t *testing.T) {
	for _, profile := range []string{"plain", "jon-mfa", "plain-chain", "sso", "sso-role", "long", "looks", "sso-looks", "web", "process-role", "infile", "ecs", "login"} {
		for _, form := range []string{"txt", "json"} {
			t.Run(profile+"."+form, func(t *testing.T) {
				t.Parallel()
				p := explainPlace(t)
				p.Fake.Reset()
				args := []string{"explain", profile}
				if form == "json" {
					args = append(args, "--json")
				}
				got := p.alike(p.ok(args...))
				path := filepath.Join("testdata", "explain", profile+"."+form)
				if *update {
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), got); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
				locked, errs, status := p.Run(append(append([]string{}, p.env...), "AWS_VAULT_FILE_PASSPHRASE=wrong"), args...)
				if d := cmp.Diff(got, p.alike(locked)); d != "" || status != 0 {
					t.Errorf("with a locked keystore: status %d, %s (-open +locked):\n%s", status, errs, d)
				}
				if calls := p.Fake.Calls(); len(calls) > 0 || p.opened() > 0 {
					t.Errorf("%d calls, %d tabs", len(calls), p.opened())
				}
			})
		}
	}
}

// What is wrong with a profile is said alike by explain and by what uses it.
func TestExplainFailsAsOthersDo(t *testing.T) {
	t.Parallel()
	p := explainPlace(t)
	for _, profile := range []string{"loop", "gone", "nowhere", "bad", "halfsso", "no-such"} {
		_, explained, status := p.vault("explain", profile)
		_, exported, status2 := p.vault("export", profile)
		if explained != exported || status != status2 || status == 0 || !strings.HasPrefix(explained, "vault: ") {
			t.Errorf("%s: explain %d %q, export %d %q", profile, status, explained, status2, exported)
		}
	}
}
