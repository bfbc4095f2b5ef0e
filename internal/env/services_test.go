package env

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
)

var ourKeys = aws.Credentials{AccessKeyID: "A", SecretAccessKey: "B"}

// The token of a single service is another identity: the AWS CLI sends it instead of a
// signature with the keys. The token is a secret, so the shell keeps it aside.
func TestABearerTokenOfAServiceIsTakenAwayAndKept(t *testing.T) {
	user := Vars{"AWS_BEARER_TOKEN_BEDROCK": "other", "AWS_BEARER_TOKEN_": "no service", "AWS_BEARER_TOKEN_a$b": "no name"}
	s := &shell{vars: clone(user), kept: Vars{}}
	if d := cmp.Diff([]string{"AWS_BEARER_TOKEN_BEDROCK"}, Foreign(s.vars, State{})); d != "" {
		t.Errorf("foreign before (-want +got):\n%s", d)
	}
	c, _, err := Use(s.vars, s.state(), nil, Target{Profile: "dev", Credentials: ourKeys}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	const name = "AWS_BEARER_TOKEN_BEDROCK"
	if d := cmp.Diff(Change{{Name: name, Action: Keep}, {Name: name, Action: Unset}}, of(c, name)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	s.apply(c)
	// A program of the person's sets one of another service meanwhile.
	s.vars["AWS_BEARER_TOKEN_SQS"] = "later"
	if d := cmp.Diff([]string{"AWS_BEARER_TOKEN_SQS"}, Foreign(s.vars, s.state())); d != "" {
		t.Errorf("foreign while active (-want +got):\n%s", d)
	}
	inner := &shell{vars: clone(s.vars), kept: Vars{}}
	if d := cmp.Diff(Lost{name}, inner.off()); d != "" {
		t.Errorf("a nested shell cannot bring it back (-want +got):\n%s", d)
	}
	user["AWS_BEARER_TOKEN_SQS"] = "later"
	s.off()
	if d := cmp.Diff(user, s.vars); d != "" {
		t.Errorf("after off (-want +got):\n%s", d)
	}
}

func TestEndpointsOfAProfileAreSetAndTakenAway(t *testing.T) {
	user := Vars{"AWS_ENDPOINT_URL_SQS": "https://mine.example", "AWS_ENDPOINT_URL_S3": "https://my-s3.example"}
	s := &shell{vars: clone(user), kept: Vars{}}
	use := func(profile string, e Endpoints) {
		t.Helper()
		c, _, err := Use(s.vars, s.state(), s.keptNames(), Target{Profile: profile, Credentials: ourKeys, Endpoints: e}, testKey)
		if err != nil {
			t.Fatal(err)
		}
		s.apply(c)
	}
	expect := func(when string, want Vars) {
		t.Helper()
		got := Vars{}
		for n, v := range s.vars {
			if strings.HasPrefix(n, "AWS_ENDPOINT_URL") {
				got[n] = v
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", when, d)
		}
	}
	use("local", Endpoints{"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_ENDPOINT_URL_S3": "http://localhost:9000", "PATH": "/evil"})
	expect("with endpoints", Vars{"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_ENDPOINT_URL_S3": "http://localhost:9000", "AWS_ENDPOINT_URL_SQS": "https://mine.example"})
	if got := Foreign(s.vars, s.state()); len(got) > 0 {
		t.Errorf("endpoints are no credentials: %v", got)
	}
	if d := cmp.Diff(user, Outside(s.vars, s.state())); d != "" {
		t.Errorf("outside (-want +got):\n%s", d)
	}
	use("plain", nil)
	expect("of a profile without", user)
	use("local", Endpoints{"AWS_ENDPOINT_URL": "http://localhost:4566"})
	s.off()
	expect("after off", user)
}

func TestAStateHasRoomForWhatIsTakenAway(t *testing.T) {
	now := Vars{}
	for i := range 100 {
		now[fmt.Sprintf("AWS_BEARER_TOKEN_%d", i)] = "t"
	}
	_, s, err := Use(now, State{}, nil, Target{Profile: "dev", Credentials: ourKeys}, testKey)
	if err != nil || !Decode(s.Encode(testKey), testKey).Active() {
		t.Errorf("100 tokens: %v", err)
	}
	for i := range 200 {
		now[fmt.Sprintf("AWS_BEARER_TOKEN_%d", i)] = "t"
	}
	if _, _, err = Use(now, State{}, nil, Target{Profile: "dev", Credentials: ourKeys}, testKey); err == nil {
		t.Error("200 tokens cannot be brought back, and are taken")
	}
}
