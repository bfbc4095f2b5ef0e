package env

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
)

// A renewal may add a variable: keys without a token are renewed by a session, which has one.
// If the user has set a token meanwhile, it belongs to the user and must come back.
func TestRefreshKeepsWhatTheUserHasSetMeanwhile(t *testing.T) {
	const name = "AWS_SESSION_TOKEN"
	for _, before := range []Vars{{}, {"AWS_SECRET_ACCESS_KEY": "mine", "AWS_REGION": "eu-west-1"}} {
		s := &shell{vars: clone(before), kept: Vars{}}
		c, _, err := Use(s.vars, s.state(), s.keptNames(), Target{Profile: "dev", Credentials: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "B"}}, testKey)
		if err != nil {
			t.Fatal(err)
		}
		s.apply(c)
		s.vars[name] = "the user's"
		want := clone(before)
		want[name] = "the user's"

		c, _, err = Refresh(s.vars, s.state(), aws.Credentials{AccessKeyID: "C", SecretAccessKey: "D", SessionToken: "E"}, "", testKey)
		if err != nil {
			t.Fatal(err)
		}
		keep := Op{Name: name, Action: Keep}
		set := Op{Name: name, Action: Set, Value: "E", Secret: true}
		if d := cmp.Diff(Change{keep, set}, of(c, name)); d != "" {
			t.Errorf("what happens to %s (-want +got):\n%s", name, d)
		}
		s.apply(c)
		if lost := s.off(); len(lost) != 0 {
			t.Errorf("lost: %v", lost)
		}
		if d := cmp.Diff(want, s.vars); d != "" {
			t.Errorf("after off (-want +got):\n%s", d)
		}
	}
}

// The same holds for a variable that no shell has to keep, because its value is in the state.
func TestRefreshRemembersAnExpiryThatTheUserHasSet(t *testing.T) {
	s := &shell{vars: Vars{}, kept: Vars{}}
	c, _, err := Use(s.vars, s.state(), nil, Target{Profile: "dev", Credentials: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "B"}}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(c)
	s.vars["AWS_CREDENTIAL_EXPIRATION"] = "2030-01-01T00:00:00Z"
	c, _, err = Refresh(s.vars, s.state(), aws.Credentials{AccessKeyID: "C", SecretAccessKey: "D", SessionToken: "E", Expires: at("2026-01-01T00:00:00Z")}, "", testKey)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(c)
	if got := s.vars["AWS_CREDENTIAL_EXPIRATION"]; got != "2026-01-01T00:00:00Z" {
		t.Errorf("after the renewal it is %q", got)
	}
	s.off()
	if d := cmp.Diff(Vars{"AWS_CREDENTIAL_EXPIRATION": "2030-01-01T00:00:00Z"}, s.vars); d != "" {
		t.Errorf("after off (-want +got):\n%s", d)
	}
}

// The account must match the keys: AWS would refuse a program that makes a host name of the
// old one.
func TestRefreshReplacesTheAccountWithTheKeys(t *testing.T) {
	first := aws.Credentials{AccessKeyID: "A", SecretAccessKey: "B"}
	for name, c := range map[string]struct {
		user    string // what the person sets meanwhile
		account string // of the new keys
		want    string
		after   Vars
	}{
		"the same account":                {account: "111122223333", want: "111122223333", after: Vars{}},
		"the profile leads elsewhere now": {account: "444455556666", want: "444455556666", after: Vars{}},
		"it is not known any more":        {want: "", after: Vars{}},
		"the person has changed it":       {user: "999999999999", account: "444455556666", want: "999999999999", after: Vars{"AWS_ACCOUNT_ID": "999999999999"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shell{vars: Vars{}, kept: Vars{}}
			change, _, err := Use(s.vars, s.state(), nil, Target{Profile: "dev", Credentials: first, About: About{Account: "111122223333"}}, testKey)
			if err != nil {
				t.Fatal(err)
			}
			s.apply(change)
			if got := s.vars["AWS_ACCOUNT_ID"]; got != "111122223333" {
				t.Fatalf("use sets %q", got)
			}
			if c.user != "" {
				s.vars["AWS_ACCOUNT_ID"] = c.user
			}
			change, after, err := Refresh(s.vars, s.state(), aws.Credentials{AccessKeyID: "C", SecretAccessKey: "D"}, c.account, testKey)
			if err != nil {
				t.Fatal(err)
			}
			s.apply(change)
			if got := s.vars["AWS_ACCOUNT_ID"]; got != c.want {
				t.Errorf("after the renewal it is %q, want %q", got, c.want)
			}
			if c.account != "" && after.About.Account != c.account {
				t.Errorf("status says account %q", after.About.Account)
			}
			s.off()
			if d := cmp.Diff(c.after, s.vars); d != "" {
				t.Errorf("after off (-want +got):\n%s", d)
			}
		})
	}
}

// The export-credentials command of the AWS CLI writes the same time with +00:00 at the end.
func TestTheSameExpiryInAnotherSpellingIsOurs(t *testing.T) {
	s := &shell{vars: Vars{}, kept: Vars{}}
	c, _, err := Use(s.vars, s.state(), nil, Target{Profile: "dev", Credentials: aws.Credentials{
		AccessKeyID: "A", SecretAccessKey: "B", SessionToken: "C", Expires: at("2026-01-01T00:00:00Z"),
	}}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(c)
	s.vars["AWS_CREDENTIAL_EXPIRATION"] = "2026-01-01T00:00:00+00:00"
	if got := Changed(s.vars, s.state()); len(got) > 0 {
		t.Errorf("changed by the user: %v", got)
	}
	s.off()
	if d := cmp.Diff(Vars{}, s.vars); d != "" {
		t.Errorf("after off (-want +got):\n%s", d)
	}
}

// of returns the steps of a change for one variable.
func of(c Change, name string) Change {
	var ops Change
	for _, op := range c {
		if op.Name == name {
			ops = append(ops, op)
		}
	}
	return ops
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}
