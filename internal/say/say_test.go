package say

import (
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/env"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local) // a Saturday

func TestUntilWhen(t *testing.T) {
	for _, c := range []struct {
		token string
		at    time.Time
		want  string
	}{
		{"", time.Time{}, "does not expire"},
		{"t", time.Time{}, "expires at an unknown time"},
		{"t", noon.Add(-90 * time.Minute), "expired 1h30m ago"},
		{"t", noon, "expired 0s ago"},
		{"t", noon.Add(59 * time.Minute), "expires 12:59 (59m left)"},
		{"", noon.Add(26 * time.Hour), "expires Sun 14:00 (26h left)"},
		{"t", noon.Add(7 * 24 * time.Hour), "expires 2026-12-05 (7d left)"},
	} {
		if got := Lasts(c.token, c.at, noon); got != c.want {
			t.Errorf("%v: got %q, want %q", c.at, got, c.want)
		}
	}
}

func TestWhatIsActive(t *testing.T) {
	session := aws.Credentials{AccessKeyID: "ASIAX", SessionToken: "t", Expires: noon.Add(time.Hour)}
	for want, target := range map[string]env.Target{
		"ok  dev  role/reader  111122223333  eu-west-1  expires 13:00 (1h left)": {Profile: "dev", Region: "eu-west-1", Credentials: session, About: env.About{Role: "reader", Account: "111122223333"}},
		"ok  dev  read-only  no region  expires 13:00 (1h left)":                 {Profile: "dev", Credentials: session, About: env.About{Narrowed: "ro"}},
		"ok  dev  narrowed  no region  by AWS_PROFILE":                           {Profile: "dev", ByProfile: true, About: env.About{Narrowed: "narrowed"}},
	} {
		if got := Active("ok", target, noon); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheMarkOfATerminal(t *testing.T) {
	for want, all := range map[string][]env.Vars{
		"✓":  {{"LANG": "en_GB.UTF-8"}, {"LC_ALL": "C.utf8", "LANG": "C"}, {"LC_CTYPE": "de_DE.UTF-8", "LANG": "C"}},
		"ok": {{}, {"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, {"LANG": "en_GB.UTF-8", "TERM": "dumb"}, {"LANG": "en_GB.UTF-8", "TERM": "linux"}},
	} {
		for _, vars := range all {
			if got := OK(vars); got != want {
				t.Errorf("%v: %q", vars, got)
			}
		}
	}
}

func TestARow(t *testing.T) {
	var b strings.Builder
	Row(&b, "Profile", "dev\x1b", "by\nyou")
	Row(&b, "Region", "", "of nothing")
	Row(&b, "", "more", "")
	if want := "Profile   dev?   (by you)\n          more\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestTheNameOfTheProgram(t *testing.T) {
	for text, want := range map[string]string{
		"run vault list, or `vault use`":    "run av list, or `av use`",
		"vault: no":                         "av: no",
		"a\nvault: no":                      "a\nav: no",
		"~/vault list.txt":                  "~/vault list.txt",
		"the vault is open":                 "the vault is open",
		"vault --help":                      "av --help",
		"vault help use; my-vault use":      "av help use; my-vault use",
		"vault exec a -- vault export prod": "av exec a -- av export prod",
	} {
		if got := Named(text, "av"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if got := Named(text, OwnName); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for name, want := range map[string]bool{"av": true, "aws-vault": true, "a.b_c": true, "": false, ".x": false, "-x": false, "a b": false, "x.test": false, strings.Repeat("a", 65): false} {
		if Callable(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestAnErrorAsJSON(t *testing.T) {
	for _, c := range []struct{ text, hint, want string }{
		{"no", "vault list", `{"schema":1,"error":{"message":"no","hint":"vault list","status":2}}` + "\n"},
		{`"a" <b>`, "", `{"schema":1,"error":{"message":"\"a\" <b>","hint":null,"status":2}}` + "\n"},
	} {
		if got := ErrorJSON(c.text, c.hint, 2); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
