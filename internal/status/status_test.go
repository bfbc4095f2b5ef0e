package status

import (
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/internal/say"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)

// in returns the facts of a shell in which a target is active, with additional variables.
func in(t *testing.T, target env.Target, more env.Vars) Facts {
	t.Helper()
	vars := env.Vars{}
	change, state, err := env.Use(vars, env.State{}, nil, target, env.Key("k"))
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range change {
		if op.Action == env.Set {
			vars[op.Name] = op.Value
		}
	}
	state.Authentic = true
	for name, value := range more {
		vars[name] = value
	}
	return Facts{State: state, Vars: vars, Expires: noon.Add(time.Hour), Now: noon, Tilde: func(path string) string { return "~" + path }}
}

func target() env.Target {
	return env.Target{
		Profile: "dev", Region: "eu-west-1",
		Credentials: aws.Credentials{AccessKeyID: "ASIAX", SecretAccessKey: "s", SessionToken: "t", Expires: noon.Add(time.Hour)},
		About:       env.About{ARN: "arn:aws:sts::111122223333:assumed-role/reader/x", Account: "111122223333", RegionFrom: "~/.aws/config:3"},
	}
}

func TestText(t *testing.T) {
	byDirectory := target()
	byDirectory.About.Origin = []byte("/p/.awsprofile")
	silent := in(t, target(), nil)
	silent.Expires, silent.State.About.Via = time.Time{}, env.ViaServer
	served := target()
	served.About.Narrowed, served.About.Policies = "narrowed", []string{"Deny", "{}"}
	for name, c := range map[string]struct {
		facts Facts
		want  string
	}{
		"nothing": {Facts{Vars: env.Vars{}}, "No profile is active in this shell.\n"},
		"what others set": {Facts{Vars: env.Vars{"AWS_PROFILE": "x"}, Ink: say.Ink{Colour: true}},
			"No profile is active in this shell.\n\x1b[33m!\x1b[0m AWS_PROFILE: set, but not by vault\n"},
		"a role": {in(t, target(), nil), `Profile   dev   (vault use)
Identity  arn:aws:sts::111122223333:assumed-role/reader/x
Region    eu-west-1   (~/.aws/config:3)
Expires   13:00 (1h left)
`},
		"of a directory": {in(t, byDirectory, env.Vars{"AWS_REGION": "us-east-1"}), `Profile   dev   (from ~/p/.awsprofile)
Identity  arn:aws:sts::111122223333:assumed-role/reader/x
Region    us-east-1   (changed by you)
Expires   13:00 (1h left)
Changed   AWS_REGION   (you changed them; vault off leaves them)
`},
		"served, and the server is silent": {silent, `Profile   dev   (vault use)
Identity  arn:aws:sts::111122223333:assumed-role/reader/x
Region    eu-west-1   (~/.aws/config:3)
Served    by your credential server   (programs ask it for credentials, and it renews them)
Expires   not known: the credential server does not answer
`},
		"narrowed": {in(t, served, nil), `Profile   dev   (vault use)
Narrowed  narrowed   (Deny, a policy document)
Identity  arn:aws:sts::111122223333:assumed-role/reader/x
Region    eu-west-1   (~/.aws/config:3)
Expires   13:00 (1h left)
`},
	} {
		if got := c.facts.Text(); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
	claim := in(t, target(), nil)
	claim.State.Authentic = false
	if got := claim.Text(); !strings.HasPrefix(got, "Profile   dev   (not confirmed: ") {
		t.Errorf("a claim: %s", got)
	}
	taken := in(t, target(), env.Vars{"AWS_ACCESS_KEY_ID": "AKIAOTHER"})
	if got := taken.Text(); !strings.HasPrefix(got, "Profile   dev   (you changed its keys: this shell is no longer dev)\n") {
		t.Errorf("with other keys: %s", got)
	}
}

func TestDocument(t *testing.T) {
	for name, c := range map[string]struct {
		facts Facts
		want  string
	}{
		"nothing": {Facts{Vars: env.Vars{}}, `{"schema":1,"active":null,"previous":null,"foreign":`},
		"a role":  {in(t, target(), nil), `{"schema":1,"active":{"profile":"dev","account":"111122223333","arn":"arn:aws:sts::111122223333:assumed-role/reader/x","region":"eu-west-1","expires":"` + noon.Add(time.Hour).UTC().Format(time.RFC3339) + `","expired":false,"origin":{"kind":"manual","path":null},"changed":`},
	} {
		got, err := say.JSON(c.facts.Document())
		if err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", name, err, got, c.want)
		}
	}
}

func TestGood(t *testing.T) {
	f := in(t, target(), nil)
	if !f.Good() {
		t.Error("what is active is good")
	}
	if f.Expired = true; f.Good() {
		t.Error("what has expired is not")
	}
	if (Facts{}).Good() {
		t.Error("nothing is not")
	}
}
