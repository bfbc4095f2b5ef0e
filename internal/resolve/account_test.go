package resolve_test

import (
	"testing"

	"awsvault/internal/resolve"
)

// Vault compares the account that the profile promises with the real one before any call.
func TestAProfileKeepsItsAccount(t *testing.T) {
	for _, test := range []struct{ settings, owner, err string }{
		{"source_profile = jon\nrole_arn = " + admin + "\naccount = 222233334444", "222233334444", ""},
		{"source_profile = jon\naccount = 222233334444", "222233334444", ""},
		{"source_profile = jon\nmfa_serial = " + jonMFA + "\naccount = 111122223333", "111122223333", ""},
		{"source_profile = jon\nrole_arn = " + admin + "\naccount = 111122223333", "", `config:6: account is 111122223333, but profile "dev" leads to 222233334444`},
		{"source_profile = jon\nmfa_serial = " + jonMFA + "\naccount = 222233334444", "", `config:6: account is 222233334444, but profile "dev" leads to 111122223333`},
		{"source_profile = jon\nrole_arn = " + admin + "\naccount = 11112222333", "", `config:6: account "11112222333" is not 12 digits`},
		{"include_profile = shared\nsource_profile = jon\nrole_arn = " + ops + "\n[profile shared]\naccount = 111122223333", "", `config:8: account is 111122223333, but profile "dev" leads to 333344445555`},
	} {
		in := inputs(t, "dev", "[default]\naccount = 999999999999\n[profile dev]\n"+test.settings+"\n", nil)
		in.Region = "us-east-1"
		plan, err := resolve.NewPlan(in)
		switch {
		case test.err != "" && (err == nil || err.Error() != test.err):
			t.Errorf("%q: %v", test.settings, err)
		case test.err == "" && (err != nil || plan.Owner() != test.owner):
			t.Errorf("%q: %v, %+v", test.settings, err, plan)
		}
		if d := resolve.NewDescriber(in).Describe("dev"); (d.Problem == nil) != (test.err == "") {
			t.Errorf("%q: described as %+v", test.settings, d)
		}
	}
	// A role on top may belong to any account.
	in := inputs(t, "dev", "[profile dev]\nsource_profile = jon\naccount = 111122223333\n", nil)
	in.OnTop = admin
	if _, err := resolve.NewPlan(in); err != nil {
		t.Error(err)
	}
}
