package env

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
)

func TestQuoting(t *testing.T) {
	const odd = "it's $(x) `y` \\ \"z\" !\n\x7f\xff’é"
	cases := []struct{ shell, value, want string }{
		{"bash", odd, `$'it\'s\040$(x)\040` + "`y`" + `\040\\\040"z"\040!\012\177\377\342\200\231\303\251'`},
		{"zsh", "", `$''`},
		{"fish", odd, `'it\'s $(x) ` + "`y`" + ` \\ "z" !'\X0a\X7f\Xff\Xe2\X80\X99\Xc3\Xa9`},
		{"fish", "", `''`},
		{"fish", "\na", `''\X0a'a'`},
		{"powershell", "it's ’", `('it''s ' + [char]0x2019)`},
		{"powershell", "é\n$x", `('' + [char]0x00e9 + [char]0x000a + '$x')`},
		{"powershell", "😀", `('' + [char]0xd83d + [char]0xde00)`},
		{"powershell", "", `''`},
		{"nushell", "a\"\\é😀", `"a\"\\\u{e9}\u{1f600}"`},
		{"xonsh", "a\"\\é😀'", `"a\"\\\U000000e9\U0001f600'"`},
		{"elvish", "it's é", `'it''s é'`},
	}
	for _, c := range cases {
		d, err := HookDialect(c.shell)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Quote(d, c.value)
		if err != nil || got != c.want {
			t.Errorf("%s: %q\n got %s, %v\nwant %s", c.shell, c.value, got, err, c.want)
		}
	}
}

func TestDialectsRefuseWhatTheyCannotHold(t *testing.T) {
	for _, c := range []struct{ format, value string }{
		{"bash", "a\x00"}, {"sh", "a\x00"}, {"fish", "a\x00"}, {"powershell", "a\x00"}, {"powershell", "\xff"},
		{"nushell", "\xff"}, {"elvish", "\xff"}, {"elvish", "\x00"}, {"cmd", "100%"}, {"cmd", `a"b`}, {"cmd", "é"}, {"cmd", "a\n"},
		{"dotenv", "it's"}, {"dotenv", "a\nb"}, {"env", "a\nb"}, {"export-env", "a\rb"}, {"ini", "a\nb"}, {"json", "\xff"},
	} {
		if got, err := Export(c.format, Target{Profile: "p", Credentials: aws.Credentials{AccessKeyID: c.value}}); err == nil {
			t.Errorf("%s: %q became %q", c.format, c.value, got)
		} else if strings.Contains(err.Error(), c.value) {
			t.Errorf("%s: the error shows the value: %v", c.format, err)
		}
	}
}

func TestTheHookForPowerShellGetsSecretsAsData(t *testing.T) {
	d, _ := HookDialect("powershell")
	script, err := Script(d, Change{{Name: "AWS_REGION", Action: Set, Value: "x"}, {Name: "AWS_SESSION_TOKEN", Action: Set, Value: "a'$b", Secret: true}}, nil)
	want := "$env:AWS_REGION = 'x'\n!AWS_SESSION_TOKEN=a'$b\n" + EndMark + "\n"
	if d := cmp.Diff(want, script); d != "" || err != nil {
		t.Error(d, err)
	}
	if _, err := Script(d, Change{{Name: "AWS_SESSION_TOKEN", Action: Set, Value: "a\nb"}}, nil); err == nil {
		t.Error("a secret with a line break was accepted")
	}
}

func TestShellsThatReadDataGetOneLineOfIt(t *testing.T) {
	change := Change{{Name: "AWS_SECRET_KEY", Action: Keep}, {Name: "AWS_PROFILE", Action: Unset}, {Name: "AWS_REGION", Action: Set, Value: "a\"\\é😀\n"}, {Name: "AWS_SECRET_KEY", Action: Restore}, {Name: "AWS_SECRET_KEY", Action: Drop}}
	locals := []Local{{"__vault_shown", "dev"}, {"__vault_time", "1"}}
	want := map[string]string{
		"nushell": `{"ops":[["keep","AWS_SECRET_KEY"],["unset","AWS_PROFILE"],["set","AWS_REGION","a\"\\\u00e9\ud83d\ude00\n"],["restore","AWS_SECRET_KEY"],["drop","AWS_SECRET_KEY"]],"locals":{"__vault_shown":"dev","__vault_time":"1"}}` + "\n:vault:end:\n",
		"cmd":     "AWS_PROFILE=\nAWS_REGION=x y&%z\n__vault_shown=dev\n:vault:end:\n",
	}
	want["xonsh"], want["elvish"] = want["nushell"], want["nushell"]
	for shell, text := range want {
		d, err := HookDialect(shell)
		if err != nil {
			t.Fatal(err)
		}
		if shell == "cmd" {
			change[2].Value = "x y&%z"
		} else {
			change[2].Value = "a\"\\é😀\n"
		}
		got, err := Script(d, change, locals)
		if got != text || err != nil {
			t.Errorf("%s: %v\n got %s\nwant %s", shell, err, got, text)
		}
		for _, bad := range []string{"\xff"} {
			if got, err := Script(d, Change{{Name: "AWS_REGION", Action: Set, Value: bad}}, nil); err == nil {
				t.Errorf("%s: %q is %q", shell, bad, got)
			}
		}
	}
	d, _ := HookDialect("cmd")
	for _, bad := range []string{"=a", "a\nb", "é"} {
		if got, err := Script(d, Change{{Name: "AWS_REGION", Action: Set, Value: bad}}, nil); err == nil {
			t.Errorf("cmd: %q is %q", bad, got)
		}
	}
	if got, _ := Script(d, nil, []Local{{"__vault_shown", "a?$P"}}); !strings.HasPrefix(got, "__vault_shown=AWS\n") {
		t.Errorf("in cmd.exe's prompt: %q", got)
	}
}

func TestExportFormats(t *testing.T) {
	target := Target{Profile: "dev", Region: "eu-west-1", Credentials: aws.Credentials{
		AccessKeyID: "ASIA1", SecretAccessKey: "s/+=", SessionToken: "t", Expires: time.Date(2026, 11, 22, 20, 4, 5, 6, time.FixedZone("", 3600)),
	}}
	want := map[string]string{
		"env":     "AWS_ACCESS_KEY_ID=ASIA1\nAWS_SECRET_ACCESS_KEY=s/+=\nAWS_SESSION_TOKEN=t\nAWS_CREDENTIAL_EXPIRATION=2026-11-22T19:04:05Z\nAWS_REGION=eu-west-1\nAWS_DEFAULT_REGION=eu-west-1\n",
		"json":    "{\n  \"Version\": 1,\n  \"AccessKeyId\": \"ASIA1\",\n  \"SecretAccessKey\": \"s/+=\",\n  \"SessionToken\": \"t\",\n  \"Expiration\": \"2026-11-22T19:04:05Z\"\n}\n",
		"ini":     "[dev]\naws_access_key_id=ASIA1\naws_secret_access_key=s/+=\naws_session_token=t\naws_credential_expiration=2026-11-22T19:04:05Z\nregion=eu-west-1\n",
		"cmd":     "set \"AWS_ACCESS_KEY_ID=ASIA1\"\nset \"AWS_SECRET_ACCESS_KEY=s/+=\"\nset \"AWS_SESSION_TOKEN=t\"\nset \"AWS_CREDENTIAL_EXPIRATION=2026-11-22T19:04:05Z\"\nset \"AWS_REGION=eu-west-1\"\nset \"AWS_DEFAULT_REGION=eu-west-1\"\n",
		"fish":    "set -gx AWS_ACCESS_KEY_ID 'ASIA1'\nset -gx AWS_SECRET_ACCESS_KEY 's/+='\nset -gx AWS_SESSION_TOKEN 't'\nset -gx AWS_CREDENTIAL_EXPIRATION '2026-11-22T19:04:05Z'\nset -gx AWS_REGION 'eu-west-1'\nset -gx AWS_DEFAULT_REGION 'eu-west-1'\n",
		"nushell": "$env.AWS_ACCESS_KEY_ID = \"ASIA1\"\n$env.AWS_SECRET_ACCESS_KEY = \"s/+=\"\n$env.AWS_SESSION_TOKEN = \"t\"\n$env.AWS_CREDENTIAL_EXPIRATION = \"2026-11-22T19:04:05Z\"\n$env.AWS_REGION = \"eu-west-1\"\n$env.AWS_DEFAULT_REGION = \"eu-west-1\"\n",
		"elvish":  "set-env AWS_ACCESS_KEY_ID 'ASIA1'\nset-env AWS_SECRET_ACCESS_KEY 's/+='\nset-env AWS_SESSION_TOKEN 't'\nset-env AWS_CREDENTIAL_EXPIRATION '2026-11-22T19:04:05Z'\nset-env AWS_REGION 'eu-west-1'\nset-env AWS_DEFAULT_REGION 'eu-west-1'\n",
	}
	want["export-env"] = "export " + strings.ReplaceAll(strings.TrimSuffix(want["env"], "\n"), "\n", "\nexport ") + "\n"
	want["dotenv"] = want["env"]
	for format, text := range want {
		got, err := Export(format, target)
		if d := cmp.Diff(text, got); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", format, err, d)
		}
	}
	for _, format := range Formats() {
		if _, err := Export(format, target); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
	also := Target{Profile: "k", Credentials: aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "s"}, About: About{Account: "111122223333"},
		Endpoints: Endpoints{"AWS_ENDPOINT_URL_S3": "http://b?x", "AWS_ENDPOINT_URL": "http://a"}}
	for format, text := range map[string]string{
		"env":    "AWS_ACCESS_KEY_ID=AKIA\nAWS_SECRET_ACCESS_KEY=s\n",
		"ini":    "[k]\naws_access_key_id=AKIA\naws_secret_access_key=s\n",
		"json":   "{\n  \"Version\": 1,\n  \"AccessKeyId\": \"AKIA\",\n  \"SecretAccessKey\": \"s\",\n  \"AccountId\": \"111122223333\"\n}\n",
		"dotenv": "AWS_ACCESS_KEY_ID=AKIA\nAWS_SECRET_ACCESS_KEY=s\nAWS_ACCOUNT_ID=111122223333\nAWS_ENDPOINT_URL=http://a\nAWS_ENDPOINT_URL_S3='http://b?x'\n",
	} {
		if got, err := Export(format, also); got != text || err != nil {
			t.Errorf("with account and endpoints, %s: %v\n%s", format, err, cmp.Diff(text, got))
		}
	}
	long := Target{Profile: "k", Credentials: aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "s"}}
	if got, _ := Export("json", long); got != "{\n  \"Version\": 1,\n  \"AccessKeyId\": \"AKIA\",\n  \"SecretAccessKey\": \"s\"\n}\n" {
		t.Errorf("long-lived keys: %s", got)
	}
}

// A hook cuts off the last line at the line end before it. It evaluates the text before that
// line end, and never the mark.
func TestTheMarkStandsOnALineOfItsOwn(t *testing.T) {
	for script, want := range map[string]string{"": "", "a=1": "a=1", "a=1\n": "a=1", "a=1\nb=2\n": "a=1\nb=2"} {
		whole := strings.TrimSuffix(Whole(script), "\n") // as $(...) does
		at := strings.LastIndexByte(whole, '\n')
		if at < 0 || whole[:at] != want || whole[at+1:] != EndMark {
			t.Errorf("%q: a hook gets %q", script, whole)
		}
	}
	for _, name := range []string{"bash", "zsh", "fish", "powershell"} { // the others get a document
		d, err := HookDialect(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Script(d, nil, nil); err != nil || got != "\n"+EndMark+"\n" {
			t.Errorf("%s: nothing is %q, %v", name, got, err)
		}
	}
}
