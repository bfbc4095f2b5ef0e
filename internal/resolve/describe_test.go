package resolve

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/internal/awsconf"
)

// same compares the quick answers of a Describer with those of the plans.
func same(t rapid.TB, in Inputs) (quick int) {
	t.Helper()
	d, slow := NewDescriber(in), NewDescriber(in)
	slow.simple = false
	for _, name := range d.in.Config.Names() {
		if _, ok := d.form(name); ok && d.simple {
			quick++
		}
		got, want := d.Describe(name), slow.Describe(name)
		text := func(err error) string { return fmt.Sprint(err) }
		if diff := cmp.Diff(want, got, cmp.Transformer("text", text)); diff != "" {
			t.Errorf("%s (-plan +quick):\n%s", name, diff)
		}
	}
	return quick
}

func merged(t rapid.TB, config, credentials string) *awsconf.Config {
	t.Helper()
	c, err := awsconf.Parse("config", awsconf.ConfigFile, config)
	if err != nil {
		t.Fatal(err)
	}
	k, err := awsconf.Parse("credentials", awsconf.CredentialsFile, credentials)
	if err != nil {
		t.Fatal(err)
	}
	return awsconf.Merge(c, k)
}

func TestDescriptionsAreThoseOfThePlans(t *testing.T) {
	files, err := filepath.Glob("../../tests/config/corpus/*.config")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			credentials, _ := os.ReadFile(strings.TrimSuffix(file, "config") + "credentials") // most have none
			if _, err := awsconf.Parse("", awsconf.ConfigFile, string(text)); err != nil {
				t.Skip("a file that cannot be read has no profiles")
			}
			config := merged(t, string(text), string(credentials))
			for _, env := range []map[string]string{{}, {"AWS_REGION": "eu-west-1"}, {"AWS_MFA_SERIAL": "arn:aws:iam::111122223333:mfa/ana"}, {"AWS_DEFAULT_REGION": "not a region"}} {
				getenv := func(name string) string { return env[name] }
				same(t, Inputs{Config: config, Getenv: getenv, PreferProfileRegion: true})
				same(t, Inputs{Config: config, Getenv: getenv, PreferProfileRegion: true, Stored: func(name string) bool { return len(name)%2 == 0 }})
			}
		})
	}
}

// This checks the same for random files of right and wrong settings.
func TestDescriptionsAreThoseOfThePlansAtRandom(t *testing.T) {
	settings := []string{
		"role_arn = arn:aws:iam::111122223333:role/admin", "role_arn = arn:aws-cn:iam::111122223333:role/path/reader", "role_arn = nonsense", "role_arn =",
		"source_profile = plain", "source_profile = other", "source_profile = dev", "source_profile = missing", "source_profile = \"plain\"",
		"region = eu-west-1", "region = not a region", "region =", "mfa_serial = arn:aws:iam::111122223333:mfa/ana", "mfa_serial = GAHT12345678", "mfa_serial = no", "mfa_serial = arn:aws:iam::111122223333:user/ana",
		"sso_session = corp", "sso_session = crop", "sso_account_id = 444455556666", "sso_account_id = 44", "sso_role_name = Admin", "sso_role_name = not one",
		"vault_protected = true", "vault_protected = yes", "include_profile = other", "include_profile = missing", "output = json", "duration_seconds = 900", "duration_seconds = x",
		"role_session_name = team-1", "role_session_name = x", "credential_process = /bin/x", "web_identity_token_file = /t", "credential_source = Environment", "external_id = x", "session_tags = a", "endpoint_url = http://127.0.0.1:1", "sts_regional_endpoints = sometimes",
		"login_session = arn:aws:iam::111122223333:user/ana", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key = s",
	}
	// Random settings seldom form a simple profile, so half of the files consist of simple
	// forms.
	place := []string{"region = eu-west-1", "mfa_serial = GAHT12345678", "output = json", "region = not a region", "role_session_name = team-1", "role_session_name = a b"}
	forms := []string{"role_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = plain\n", "sso_session = corp\nsso_account_id = 444455556666\nsso_role_name = Admin\n"}
	simple := "[profile plain]\nregion = eu-west-1\n[profile dev]\n" + forms[0]
	if same(t, Inputs{Config: merged(t, simple, ""), Getenv: func(string) string { return "" }, Stored: func(name string) bool { return name == "plain" }}) == 0 {
		t.Error("no profile was described without a plan, so nothing is compared")
	}
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		text.WriteString("[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n")
		isSimple := rapid.Bool().Draw(t, "simple")
		for _, header := range []string{"[default]", "[profile plain]", "[profile other]", "[profile dev]", "[profile ops]"} {
			text.WriteString(header + "\n")
			some := settings
			if isSimple {
				some = place
			}
			if isSimple && header != "[default]" && header != "[profile plain]" {
				text.WriteString(rapid.SampledFrom(forms).Draw(t, "form"))
			}
			seen := map[string]bool{}
			for _, line := range rapid.SliceOfN(rapid.SampledFrom(some), 0, 4).Draw(t, header) {
				key, _, _ := strings.Cut(line, " ")
				if !seen[key] {
					text.WriteString(line + "\n")
				}
				seen[key] = true
			}
		}
		stored := rapid.SliceOfN(rapid.SampledFrom([]string{"plain", "other", "dev", "ops", "default"}), 0, 3).Draw(t, "stored")
		in := Inputs{
			Config: merged(t, text.String(), ""), PreferProfileRegion: rapid.Bool().Draw(t, "own region first"),
			Stored: func(name string) bool { return slices.Contains(stored, name) },
		}
		variables := map[string]string{"AWS_REGION": rapid.SampledFrom([]string{"", "us-east-1", "no region"}).Draw(t, "region")}
		for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"} {
			variables[name] = rapid.SampledFrom([]string{"", "", "", "http://127.0.0.1:1", "no URL"}).Draw(t, name)
		}
		in.Getenv = func(name string) string { return variables[name] }
		same(t, in)
	})
}

func TestDescribe(t *testing.T) {
	config := merged(t, `
[default]
region = eu-west-1
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
[profile plain]
mfa_serial = arn:aws:iam::111122223333:mfa/ana
[profile role]
role_arn = arn:aws:iam::444455556666:role/team/reader
source_profile = plain
[profile coded]
role_arn = arn:aws:iam::444455556666:role/team/reader
source_profile = plain
mfa_serial = arn:aws:iam::111122223333:mfa/ana
region = us-east-2
[profile sso]
sso_session = corp
sso_account_id = 777788889999
sso_role_name = Admin
[profile prod]
role_arn = arn:aws:iam::444455556666:role/admin
source_profile = plain
vault_protected = true
[profile alias]
include_profile = prod
[profile broken]
role_arn = arn:aws:iam::444455556666:role/admin
source_profile = nowhere
vault_protected = true
`, "")
	d := NewDescriber(Inputs{Config: config, Stored: func(name string) bool { return name == "plain" }})
	for _, want := range []Description{
		{Name: "plain", Account: "111122223333", Region: "eu-west-1", Source: "key", MFA: true},
		{Name: "role", Account: "444455556666", Role: "reader", Region: "eu-west-1", Source: "profile plain"},
		{Name: "coded", Account: "444455556666", Role: "reader", Region: "us-east-2", Source: "profile plain", MFA: true},
		{Name: "sso", Account: "777788889999", Role: "Admin", Region: "eu-west-1", Source: "sso corp"},
		{Name: "prod", Account: "444455556666", Role: "admin", Region: "eu-west-1", Source: "profile plain", Protected: true},
		{Name: "alias", Account: "444455556666", Role: "admin", Region: "eu-west-1", Source: "profile plain", Protected: true},
	} {
		if diff := cmp.Diff(want, d.Describe(want.Name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
	got := d.Describe("broken")
	if got.Problem == nil || got.Account != "444455556666" || got.Role != "admin" || !got.Protected || got.Region != "eu-west-1" {
		t.Errorf("broken: %+v", got)
	}
}

func BenchmarkDescribe(b *testing.B) {
	var text strings.Builder
	text.WriteString("[default]\nregion = eu-west-1\n[profile plain]\nmfa_serial = arn:aws:iam::111122223333:mfa/ana\n")
	for i := range 10000 {
		fmt.Fprintf(&text, "[profile team-%d/admin]\nrole_arn = arn:aws:iam::%012d:role/admin\nsource_profile = plain\nregion = eu-central-1\n", i, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		file, err := awsconf.Parse("config", awsconf.ConfigFile, text.String())
		if err != nil {
			b.Fatal(err)
		}
		config := awsconf.Merge(file, nil)
		d := NewDescriber(Inputs{Config: config, Stored: func(n string) bool { return n == "plain" }})
		for _, name := range config.Names() {
			d.Describe(name)
		}
	}
}
