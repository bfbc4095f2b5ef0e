package bind_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/bind"
	"awsvault/internal/grammar"
)

// Embedded has flags of its own.
type Embedded struct {
	Policies []string `name:"policy"`
	Fresh    bool
}

func TestFill(t *testing.T) {
	type command struct {
		Profile   string `arg:""`
		Duration  time.Duration
		NoSession bool
		Embedded
	}
	for _, test := range []struct {
		line string
		want command
		ok   bool
	}{
		{"use dev", command{Profile: "dev"}, true},
		{"use", command{}, true},
		{"use dev --duration 1h30m -n", command{Profile: "dev", Duration: 90 * time.Minute, NoSession: true}, true},
		{"use --policy a --policy b --fresh dev", command{Profile: "dev", Embedded: Embedded{Policies: []string{"a", "b"}, Fresh: true}}, true},
		{"use dev -d 1h -d 2h", command{Profile: "dev", Duration: 2 * time.Hour}, true},
		{"use dev -d soon -d 2h", command{}, false},
		{"use dev -d=", command{}, false},
	} {
		var got command
		ok := bind.Fill(grammar.Read(strings.Fields(test.line), nil), &got)
		if ok != test.ok || ok && !cmp.Equal(got, test.want) {
			t.Errorf("%s: %v, %+v; want %v, %+v", test.line, ok, got, test.ok, test.want)
		}
	}
}

func TestAnOptionalSwitchIsNilUnlessItIsGiven(t *testing.T) {
	for line, want := range map[string]string{"import credentials": "nil", "import credentials --scrub": "true", "import credentials --no-scrub": "false"} {
		var got struct {
			Profiles []string `arg:""`
			Scrub    *bool
		}
		if !bind.Fill(grammar.Read(strings.Fields(line), nil), &got) {
			t.Errorf("%s is not filled", line)
		}
		is := "nil"
		if got.Scrub != nil {
			is = map[bool]string{true: "true", false: "false"}[*got.Scrub]
		}
		if is != want {
			t.Errorf("%s: %s, want %s", line, is, want)
		}
	}
}

func TestCommandIsFoundByItsName(t *testing.T) {
	var cli struct {
		Use struct{ X int } `cmd:""`
		SSO struct {
			Login struct{ Y int } `cmd:""`
		} `cmd:"" name:"sso"`
		Flag string
	}
	for name, want := range map[string]any{"use": &cli.Use, "sso": &cli.SSO, "sso login": &cli.SSO.Login, "flag": nil, "nope": nil, "sso nope": nil} {
		if got := bind.Command(&cli, name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
