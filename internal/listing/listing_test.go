package listing

import (
	"strings"
	"testing"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/pick"
)

// If the config may not be read, the list has no profiles and says why.
func TestListSaysThatTheConfigMayNotBeRead(t *testing.T) {
	var out, said strings.Builder
	page := Page{Out: &out, Say: func(text string) { said.WriteString(text + "\n") }}
	config := awsconf.Merge(awsconf.Absent("~/.aws/config", awsconf.ConfigFile, "cannot be read: permission denied"), nil)
	if err := (Listing{Config: config}).Print(Form{Profiles: true}, nil, page); err != nil {
		t.Fatal(err)
	}
	if out.Len() != 0 || said.String() != "vault: warning: no profiles are listed: ~/.aws/config cannot be read: permission denied\n" {
		t.Errorf("it prints %q and says %q", out.String(), said.String())
	}
}

func TestJSONGoesWithNoOtherForm(t *testing.T) {
	for _, form := range []Form{{JSON: true, Profiles: true}, {JSON: true, Sessions: true}, {JSON: true, Credentials: true}} {
		err := Listing{}.Print(form, nil, Page{})
		if fault.KindOf(err) != fault.Usage || fault.HintOf(err) != "vault list --json | jq -r '.profiles[].name'" {
			t.Errorf("%+v: %v", form, err)
		}
	}
}

// Words match the visible columns. A pattern matches the whole name.
func TestWhatFitsAFilter(t *testing.T) {
	for _, c := range []struct {
		terms, about string // the name, then account, role and region
		want         bool
	}{
		{"pro", "my-prod", true},
		{"PRO", "my-prod", false}, // a capital counts, as in the picker
		{"Adm", "dev 111122223333 Admin", true},
		{"!prod", "my-prod", false},
		{"!prod", "dev", true},
		{"mpd", "my-prod", false}, // in the picker letters may be left out
		{"prod eu-", "my-prod 111122223333 admin eu-west-1", true},
		{"prod us-", "my-prod 111122223333 admin eu-west-1", false},
		{"3333", "dev 111122223333", true},
		{"adm", "dev 111122223333 Admin", true},
		{"prod*", "my-prod", false},
		{"*prod*", "pay/prod/admin", true},
		{"Prod*", "prod", false},
		{"*-prod 1111", "my-prod 111122223333", true},
		{"adm*", "dev 111122223333 admin", false},
	} {
		m, err := newMatcher(strings.Fields(c.terms))
		about := append(strings.Fields(c.about), "", "", "")
		if got := m.fits(pick.Candidate{Name: about[0], Account: about[1], Role: about[2], Region: about[3]}); got != c.want || err != nil {
			t.Errorf("%q fits %q: %v, %v", c.about, c.terms, got, err)
		}
	}
	if _, err := newMatcher([]string{"a[b"}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a pattern that is none: %v", err)
	}
}
