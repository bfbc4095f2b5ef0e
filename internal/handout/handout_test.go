package handout_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/handout"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// nothing is an empty keystore that keeps nothing.
type nothing struct{ vault.Keystore }

func (nothing) Has(context.Context, string) (bool, error) { return false, nil }
func (nothing) Session(context.Context, aws.SessionKey) (aws.Credentials, bool, error) {
	return aws.Credentials{}, false, nil
}
func (nothing) PutSession(context.Context, aws.SessionKey, aws.Credentials) error { return nil }
func (nothing) Lock(context.Context, aws.SessionKey) (func(), error)              { return func() {}, nil }
func (nothing) Said() vault.Said                                                  { return nothing{} }
func (nothing) Key(string) (exists, known bool, revision string)                  { return false, false, "" }
func (nothing) Primes(context.Context) bool                                       { return false }

// process delivers the credentials of a credential_process, and counts the calls.
type process struct {
	calls int
	now   time.Time
}

func (p *process) Credentials(context.Context, vault.Request) (aws.Credentials, error) {
	p.calls++
	return aws.Credentials{AccessKeyID: "ASIA1", SecretAccessKey: "secret", SessionToken: "token", Expires: p.now.Add(time.Hour)}, nil
}

func session(t *testing.T, p *process) *vault.Session {
	return vault.New(vault.World{
		Environ: env.Vars{}, Now: func() time.Time { return p.now },
		Config: func() (*awsconf.Config, error) {
			f, err := awsconf.Parse("config", awsconf.ConfigFile, "[profile dev]\ncredential_process = x\nregion = eu-west-1\n")
			return awsconf.Merge(f, nil), err
		},
		Keystore: func(string, string, vault.Person) vault.Keystore { return nothing{} },
		Sources: func(*vault.Session) vault.Sources {
			return vault.Sources{Of: map[resolve.Kind]vault.Source{resolve.Process: p}}
		},
	}, vault.Nobody{})
}

func TestAGrantHasItsSessionUnlessItIsLazy(t *testing.T) {
	for lazy, calls := range map[bool]int{false: 1, true: 0} {
		p := &process{now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
		grant, target, err := handout.Grant(t.Context(), session(t, p), vault.Want{Profile: "dev", MFAToken: "123456"}, lazy)
		if err != nil {
			t.Fatal(err)
		}
		if p.calls != calls || grant.Have.Credentials.AccessKeyID != map[bool]string{false: "ASIA1", true: ""}[lazy] {
			t.Errorf("lazy %v: %d calls; it has %q", lazy, p.calls, grant.Have.Credentials.AccessKeyID)
		}
		if grant.Name != "dev" || grant.Region != "eu-west-1" || target.Profile != "dev" || !target.About.Served {
			t.Errorf("the grant is %q in %q, the target %q, served %v", grant.Name, grant.Region, target.Profile, target.About.Served)
		}
		if s := grant.Source.(handout.Source); s.Want.MFAToken != "" { // a code works once
			t.Errorf("the server has the code %q", s.Want.MFAToken)
		}
		role, err := grant.Role("arn:aws:iam::111122223333:role/r")
		if err != nil || role.(handout.Source).Want.OnTop != "arn:aws:iam::111122223333:role/r" || grant.Source.(handout.Source).Want.OnTop != "" {
			t.Errorf("a role on top: %+v, %v", role, err)
		}
		got, err := grant.Source.Credentials(t.Context(), p.now)
		if err != nil || got.Credentials.AccessKeyID != "ASIA1" || p.calls != calls+1 {
			t.Errorf("the source: %v, %v; %d calls", got, err, p.calls)
		}
	}
	if _, _, err := handout.Grant(t.Context(), session(t, &process{}), vault.Want{Profile: "nope"}, false); err == nil {
		t.Error("a profile that does not exist has a grant")
	}
}

func TestFlagsThatDoNotGoTogether(t *testing.T) {
	for _, test := range []struct {
		name string
		t    handout.Telling
		says string
	}{
		{"a profile", handout.Telling{Profiles: []string{"dev"}}, ""},
		{"two profiles", handout.Telling{Profiles: []string{"dev", "prod"}, Format: "bash"}, ""},
		{"a format that is none", handout.Telling{Format: "ini"}, `there is no format "ini"`},
		{"a file for two", handout.Telling{Profiles: []string{"dev", "prod"}, EnvFile: "x"}, "a file is for one profile only"},
		{"the words of a command", handout.Telling{Profiles: []string{"aws", "s3"}, EnvFile: "x", Connect: "s"}, ""},
		{"a socket, and what programs set", handout.Telling{Socket: "s", Format: "bash"}, "AWS tools cannot use a socket, so there is nothing to write in format bash"},
		{"a socket for a container", handout.Telling{Socket: "s", Format: "compose"}, ""},
		{"a command that it does not start", handout.Telling{Connect: "s", Bind: "127.0.0.1", Profiles: []string{"aws"}}, "--connect with --bind serves programs that it does not start"},
		{"no address", handout.Telling{Bind: "here"}, `--bind "here" is not an address`},
		{"another machine's address, unsaid", handout.Telling{Bind: "10.0.0.1"}, "at 10.0.0.1 other machines can connect, and the token is sent to them unencrypted"},
		{"another machine's address", handout.Telling{Bind: "10.0.0.1", IKnow: true}, ""},
		{"a role that is none", handout.Telling{Roles: []string{"arn:aws:iam::*:role/deploy-*", "foo"}}, `--allow-role "foo" is neither the ARN of a role nor a pattern of one`},
		{"the loopback's", handout.Telling{Bind: "127.0.0.2"}, ""},
	} {
		err, says := test.t.Check(), ""
		if err != nil {
			says = err.Error()
		}
		if says != test.says || err != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %q, want %q", test.name, says, test.says)
		}
	}
}

func target(profile string) env.Target {
	return env.Target{Profile: profile, Region: "eu-west-1", Server: env.Server{URI: "http://127.0.0.1:1/" + profile, Token: "secret"}}
}

func TestBlocks(t *testing.T) {
	for _, test := range []struct {
		name    string
		t       handout.Telling
		targets []env.Target
		begins  string
		heads   int
	}{
		{"a shell's, unless a format is given", handout.Telling{GOOS: "linux"}, []env.Target{target("dev")}, "export AWS_CONTAINER_CREDENTIALS_FULL_URI=", 0},
		{"PowerShell's on Windows", handout.Telling{GOOS: "windows"}, []env.Target{target("dev")}, "$env:", 0},
		{"for docker", handout.Telling{Format: "env-file"}, []env.Target{target("dev")}, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/dev\n", 0},
		{"a block for each, with its name", handout.Telling{GOOS: "linux"}, []env.Target{target("dev"), target("prod")}, "# dev\nexport ", 2},
		{"cmd.exe knows no such comment", handout.Telling{Format: "cmd"}, []env.Target{target("dev"), target("prod")}, "", 0},
	} {
		text, err := test.t.Blocks(test.targets)
		if err != nil || !strings.HasPrefix(text, test.begins) || strings.Count(text, "# ") != test.heads {
			t.Errorf("%s: %q, %v", test.name, text, err)
		}
	}
	if _, err := (handout.Telling{Format: "nope"}).Blocks([]env.Target{target("dev")}); err == nil {
		t.Error("a format that does not exist")
	}
}

func TestWhatIsWrittenToAFileIsPrivateAndRemoved(t *testing.T) {
	for format, contains := range map[string]string{"": "", "compose": "services", "systemd": "EnvironmentFile="} {
		path := filepath.Join(t.TempDir(), "vault.env")
		text, remove, err := handout.Telling{Format: format, EnvFile: path}.File(env.Sidecar{Program: "/bin/vault", Profile: "dev", URL: "http://x/", EnvFile: path}, target("dev"))
		if err != nil || !strings.Contains(text, contains) || format == "" && text != "" || strings.Contains(text, "secret") {
			t.Fatalf("%q: %q, %v", format, text, err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 && filepath.Separator == '/' {
			t.Errorf("%q: %v, %v", format, info, err)
		}
		if written, _ := os.ReadFile(path); !strings.Contains(string(written), "AWS_CONTAINER_AUTHORIZATION_TOKEN=secret") {
			t.Errorf("%q: the file has %q", format, written)
		}
		remove()
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%q: it stays: %v", format, err)
		}
	}
}

func TestDocument(t *testing.T) {
	noRegion := target("dev")
	noRegion.Region = ""
	got, err := json.Marshal(handout.NewDocument([]env.Target{noRegion, target("prod")}))
	const want = `{"schema":1,"served":[{"profile":"dev","uri":"http://127.0.0.1:1/dev","token":"secret","region":null},{"profile":"prod","uri":"http://127.0.0.1:1/prod","token":"secret","region":"eu-west-1"}]}`
	if string(got) != want || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if got, _ := json.Marshal(handout.NewDocument(nil)); string(got) != `{"schema":1,"served":[]}` {
		t.Errorf("%s", got)
	}
}

func TestWhatIsPrintedAndSaid(t *testing.T) {
	one, two := []env.Target{target("dev")}, []env.Target{target("dev"), target("prod")}
	for name, c := range map[string]struct {
		t            handout.Telling
		targets      []env.Target
		begins, said string
	}{
		"one":      {handout.Telling{GOOS: "linux"}, one, "export ", "serving; set these variables where the programs run. Ctrl-C ends it"},
		"several":  {handout.Telling{GOOS: "linux"}, two, "# dev\n", "serving 2 profiles; copy one block to where the programs run. Ctrl-C ends it"},
		"JSON":     {handout.Telling{Format: "json"}, one, `{"schema":1,`, ""},
		"a socket": {handout.Telling{Socket: "/tmp/a b"}, one, "", "serving on /tmp/a b; Ctrl-C ends it. Where the programs run:  vault serve --connect '/tmp/a b' -- CMD"},
	} {
		text, err := c.t.Text(c.targets)
		if err != nil || !strings.HasPrefix(text, c.begins) || c.begins == "" && text != "" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if said := c.t.Said(c.targets); said != c.said {
			t.Errorf("%s: says %q", name, said)
		}
	}
}
