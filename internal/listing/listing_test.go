package listing

import (
	"strings"
	"testing"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// A list without profiles, because the config may not be read, says so.
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
