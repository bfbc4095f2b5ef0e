package env

import (
	"encoding/base64"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"awsvault/internal/aws"
)

// shell applies a change as a hook does. tests/shells compares the real shells with this
// model.
type shell struct {
	vars Vars
	kept Vars
}

func (s *shell) apply(c Change) {
	for _, op := range c {
		switch op.Action {
		case Set:
			s.vars[op.Name] = op.Value
		case Unset:
			delete(s.vars, op.Name)
		case Keep:
			s.kept[op.Name] = s.vars[op.Name]
		case Restore:
			s.vars[op.Name] = s.kept[op.Name]
			delete(s.kept, op.Name)
		case Drop:
			delete(s.kept, op.Name)
		}
	}
}

func (s *shell) state() State { return Decode(s.vars[StateName], testKey) }

func (s *shell) keptNames() map[string]bool {
	m := map[string]bool{}
	for n := range s.kept {
		m[n] = true
	}
	return m
}

func (s *shell) use(t *rapid.T, target Target) {
	c, _, err := Use(s.vars, s.state(), s.keptNames(), target, testKey)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(c)
}

func (s *shell) off() Lost {
	c, lost := Off(s.vars, s.state(), s.keptNames())
	s.apply(c)
	return lost
}

func clone(v Vars) Vars {
	c := Vars{}
	for n, val := range v {
		c[n] = val
	}
	return c
}

// value draws any value that an environment can hold. The prefix keeps the user's values apart
// from vault's, because a value equal to vault's counts as vault's.
func value(prefix string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		b := rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 20).Draw(t, "bytes")
		n := rapid.SampledFrom([]int{1, 1, 1, 1, 60}).Draw(t, "times")
		return prefix + strings.Repeat(string(b), n)
	})
}

func targets() *rapid.Generator[Target] {
	return rapid.Custom(func(t *rapid.T) Target {
		target := Target{
			Profile: rapid.SampledFrom([]string{"dev", "prod", "a b", "ünï"}).Draw(t, "profile"),
			Region:  rapid.SampledFrom([]string{"", "eu-west-1", "us-east-1"}).Draw(t, "region"),
			Credentials: aws.Credentials{
				AccessKeyID:     "ours" + rapid.StringN(1, 5, 20).Draw(t, "id"),
				SecretAccessKey: "ours" + rapid.StringN(1, 5, 20).Draw(t, "secret"),
			},
		}
		if rapid.Bool().Draw(t, "temporary") {
			target.Credentials.SessionToken = "ours" + rapid.StringN(1, 5, 20).Draw(t, "token")
			target.Credentials.Expires = time.Unix(rapid.Int64Range(1e9, 3e9).Draw(t, "expires"), 5).UTC()
		}
		target.About.Account = rapid.SampledFrom([]string{"", "111122223333", "444455556666"}).Draw(t, "account")
		target.Endpoints = rapid.SampledFrom([]Endpoints{nil, {"AWS_ENDPOINT_URL": "https://a.example"},
			{"AWS_ENDPOINT_URL_S3": "https://s3.example", "AWS_ENDPOINT_URL": "https://b.example"}}).Draw(t, "endpoints")
		return target
	})
}

// For any environment and any sequence of use, switch, refresh, changes by the user and off,
// the end is right: the user's values, and nothing of vault's.
func TestAnySequenceEndsInTheUsersOwnEnvironment(t *testing.T) {
	var namesOfAll []string
	for _, v := range managed {
		namesOfAll = append(namesOfAll, v.name)
	}
	namesOfAll = append(namesOfAll, "HOME", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "AWS_BEARER_TOKEN_BEDROCK", "AWS_BEARER_TOKEN_SQS")
	rapid.Check(t, func(t *rapid.T) {
		user := Vars(rapid.MapOf(rapid.SampledFrom(namesOfAll), value("u")).Draw(t, "environment"))
		if rapid.Bool().Draw(t, "an empty one") {
			user["AWS_PROFILE"] = ""
		}
		s := &shell{vars: clone(user), kept: Vars{}}
		steps := rapid.SliceOfN(rapid.SampledFrom([]string{"use", "use", "off", "refresh", "set", "unset"}), 1, 12).Draw(t, "steps")
		for _, step := range steps {
			switch step {
			case "use":
				target := targets().Draw(t, "target")
				s.use(t, target)
				for n, want := range wanted(target, s.vars, s.state()) {
					got, ok := s.vars[n]
					if ok != (want != nil) || ok && got != *want {
						t.Fatalf("after use, %s = %q, %v", n, got, ok)
					}
				}
				if target.Region == "" && s.vars["AWS_REGION"] != user["AWS_REGION"] {
					t.Fatalf("a target without a region left AWS_REGION = %q, the user had %q", s.vars["AWS_REGION"], user["AWS_REGION"])
				}
			case "refresh":
				before := clone(s.vars)
				to := targets().Draw(t, "renewed")
				c, _, err := Refresh(s.vars, s.state(), to.Credentials, to.About.Account, testKey)
				if !s.state().Active() {
					continue
				}
				if err == nil {
					s.apply(c)
				}
				renewed := credentials(aws.Credentials{}, "")
				for n, v := range s.vars {
					if _, ok := renewed[n]; !ok && n != StateName && before[n] != v {
						t.Fatalf("refresh changed %s", n)
					}
				}
			case "set":
				n := rapid.SampledFrom(namesOfAll).Draw(t, "name")
				v := value("u").Draw(t, "value")
				user[n], s.vars[n] = v, v
			case "unset":
				n := rapid.SampledFrom(namesOfAll).Draw(t, "name")
				if r, ok := s.state().Vars[n]; ok && r.Ours == "" {
					continue // set after it was taken away, and unset again: that nobody can see
				}
				if _, ok := s.vars[n]; ok {
					delete(user, n)
					delete(s.vars, n)
				}
			case "off":
				s.off()
				if d := cmp.Diff(user, s.vars); d != "" {
					t.Fatalf("after off (-want +got):\n%s", d)
				}
			}
		}
		if lost := s.off(); len(lost) > 0 {
			t.Fatalf("lost %v in the shell that activated", lost)
		}
		if d := cmp.Diff(user, s.vars); d != "" {
			t.Fatalf("at the end (-want +got):\n%s", d)
		}
		if len(s.kept) > 0 {
			t.Fatalf("left in the shell: %d kept values", len(s.kept))
		}
	})
}

func TestTheStateCarriesNoSecretAndSurvivesEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := "hush" + rapid.StringMatching(`[A-Za-z0-9]{12,40}`).Draw(t, "secret")
		now := Vars{
			"AWS_SECRET_ACCESS_KEY": secret + "1", "AWS_SESSION_TOKEN": secret + "2", "AWS_SECURITY_TOKEN": secret + "3",
			"AWS_SECRET_KEY": secret + "4", "AWS_CONTAINER_AUTHORIZATION_TOKEN": secret + "5", "AWS_PROFILE": "mine",
			"AWS_BEARER_TOKEN_BEDROCK": secret + "8",
		}
		target := targets().Draw(t, "target")
		target.Credentials.AccessKeyID = "ours"
		target.Credentials.SecretAccessKey = secret + "6"
		target.Credentials.SessionToken = secret + "7"
		c, after, err := Use(now, State{}, nil, target, testKey)
		if err != nil {
			t.Fatal(err)
		}
		body, _, _ := cutLast(strings.TrimPrefix(after.Encode(testKey), stateVersion), '.')
		text, err := base64.RawURLEncoding.DecodeString(body)
		if err != nil || strings.Contains(string(text), secret) {
			t.Fatalf("the state shows a secret: %s, %v", text, err)
		}
		after.About.Protected = false // it is not kept
		if d := cmp.Diff(after, Decode(after.Encode(testKey), testKey)); d != "" {
			t.Fatalf("decoded (-want +got):\n%s", d)
		}
		for _, shell := range Hooks() {
			d, _ := HookDialect(shell)
			script, err := Script(d, c, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, before := range []string{"1", "2", "3", "4", "5", "8"} {
				if strings.Contains(script, secret+before) {
					t.Fatalf("%s: the script holds a secret of the user's", shell)
				}
			}
		}
	})
}

func TestAStateThatIsNotOursMeansThatNothingIsActive(t *testing.T) {
	good := State{Profile: "dev", Vars: map[string]Record{"AWS_PROFILE": {Before: Before{Kind: wasAbsent}}}}
	if !Decode(good.Encode(testKey), testKey).Active() {
		t.Fatal("the good state is not read")
	}
	bad := func(change func(*State)) string {
		s := good
		s.Vars = map[string]Record{"AWS_PROFILE": {Before: Before{Kind: wasAbsent}}}
		change(&s)
		return s.Encode(testKey)
	}
	cases := map[string]string{
		"empty":                 "",
		"a later version":       "3" + good.Encode(testKey)[1:],
		"no version":            good.Encode(testKey)[2:],
		"cut short":             good.Encode(testKey)[:20],
		"no proof, and no dot":  strings.TrimSuffix(good.Encode(nil), "."),
		"padding":               strings.TrimSuffix(good.Encode(nil), ".") + "=.",
		"a line break inside":   good.Encode(testKey)[:9] + "\n" + good.Encode(testKey)[9:],
		"not JSON":              stateVersion + base64.RawURLEncoding.EncodeToString([]byte("$(touch x)")) + ".",
		"a field not known":     stateVersion + base64.RawURLEncoding.EncodeToString([]byte(`{"profile":"a","about":{},"vars":{},"x":1}`)) + ".",
		"no profile":            bad(func(s *State) { s.Profile = "" }),
		"an escape in the name": bad(func(s *State) { s.Profile = "a\x1b[31m" }),
		"a long name":           bad(func(s *State) { s.Profile = strings.Repeat("a", 600) }),
		"a variable not ours":   bad(func(s *State) { s.Vars["PATH"] = Record{Before: Before{Kind: wasAbsent}} }),
		"a value of a secret":   bad(func(s *State) { s.Vars["AWS_SECRET_KEY"] = Record{Before: Before{Kind: wasSet, Value: []byte("x")}} }),
		"a value of a token": bad(func(s *State) {
			s.Vars["AWS_BEARER_TOKEN_X"] = Record{Before: Before{Kind: wasSet, Value: []byte("x")}}
		}),
		"a service that is none": bad(func(s *State) { s.Vars["AWS_ENDPOINT_URL_$(x)"] = Record{Before: Before{Kind: wasAbsent}} }),
		"too many variables": bad(func(s *State) {
			for i := range maxVars {
				s.Vars[fmt.Sprintf("AWS_BEARER_TOKEN_%d", i)] = Record{Before: Before{Kind: wasKept}}
			}
		}),
		"a value with NUL":       bad(func(s *State) { s.Vars["AWS_REGION"] = Record{Before: Before{Kind: wasSet, Value: []byte("a\x00")}} }),
		"an unknown kind":        bad(func(s *State) { s.Vars["AWS_REGION"] = Record{Before: Before{Kind: "x"}} }),
		"a value of an absent":   bad(func(s *State) { s.Vars["AWS_REGION"] = Record{Before: Before{Kind: wasAbsent, Value: []byte("a")}} }),
		"longer than the bound":  stateVersion + strings.Repeat("A", maxState) + ".",
		"an origin without end":  bad(func(s *State) { s.About.Origin = make([]byte, maxPath+1) }),
		"an ARN with line break": bad(func(s *State) { s.About.ARN = "a\nb" }),
	}
	for name, text := range cases {
		if Decode(text, testKey).Active() {
			t.Errorf("%s: active", name)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, version := range []string{oldVersion, stateVersion} {
			Decode(version+rapid.String().Draw(t, "text"), testKey)
			Decode(version+base64.RawURLEncoding.EncodeToString([]byte(rapid.String().Draw(t, "json"))), testKey)
			Decode(version+base64.RawURLEncoding.EncodeToString([]byte(rapid.String().Draw(t, "json")))+".", testKey)
		}
	})
}

func TestTheLargestStateIsReadBack(t *testing.T) {
	now := Vars{}
	for _, v := range managed {
		now[v.name] = strings.Repeat("\xff", maxValue)
	}
	long := strings.Repeat("p", maxText)
	_, s, err := Use(now, State{Previous: long}, nil, Target{
		Profile: long, Region: "eu-west-1",
		About: About{Account: long, ARN: long, RegionFrom: long, Region: long, Origin: make([]byte, maxPath)},
	}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Encode(testKey)); n > maxState {
		t.Errorf("%d bytes; the bound is %d", n, maxState)
	}
	if d := cmp.Diff(s, Decode(s.Encode(testKey), testKey)); d != "" {
		t.Error(d)
	}
}

// A nested shell of any kind inherits the state, but not the values that its parent keeps.
func TestANestedShellSaysWhatItCannotBringBack(t *testing.T) {
	outer := &shell{vars: Vars{"AWS_SECRET_ACCESS_KEY": "mine", "AWS_PROFILE": "own", "AWS_REGION": ""}, kept: Vars{}}
	c, _, err := Use(outer.vars, State{}, nil, Target{Profile: "dev", Region: "eu-west-1", Credentials: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "B"}}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	outer.apply(c)
	inner := &shell{vars: clone(outer.vars), kept: Vars{}}
	if d := cmp.Diff(Lost{"AWS_SECRET_ACCESS_KEY"}, inner.off()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Vars{"AWS_PROFILE": "own", "AWS_REGION": ""}, inner.vars); d != "" {
		t.Errorf("in the nested shell (-want +got):\n%s", d)
	}
	outer.off()
	if d := cmp.Diff(Vars{"AWS_SECRET_ACCESS_KEY": "mine", "AWS_PROFILE": "own", "AWS_REGION": ""}, outer.vars); d != "" {
		t.Errorf("in the outer shell (-want +got):\n%s", d)
	}
}

// Of credentials all comes back or nothing: half a pair makes AWS tools fail where they
// could have asked another source.
func TestANestedShellBringsBackNoPartOfCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		before    Vars
		lost      Lost
		back      Vars
		meanwhile Vars // what the person sets in the nested shell
	}{
		"a pair": {
			Vars{"AWS_ACCESS_KEY_ID": "AKIAMINE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_PROFILE": "own"},
			Lost{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}, Vars{"AWS_PROFILE": "own"}, nil},
		"a session": {
			Vars{"AWS_ACCESS_KEY_ID": "ASIAMINE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_CREDENTIAL_EXPIRATION": "2027-01-01T00:00:00Z", "AWS_ACCOUNT_ID": "111122223333"},
			Lost{"AWS_ACCESS_KEY_ID", "AWS_ACCOUNT_ID", "AWS_CREDENTIAL_EXPIRATION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}, Vars{}, nil},
		"the oldest names": {
			Vars{"AWS_ACCESS_KEY": "AKIAMINE", "AWS_SECRET_KEY": "s"},
			Lost{"AWS_ACCESS_KEY", "AWS_SECRET_KEY"}, Vars{}, nil},
		"half a pair that was the person's": {
			Vars{"AWS_ACCESS_KEY_ID": "AKIAMINE", "AWS_ACCOUNT_ID": "111122223333"}, nil,
			Vars{"AWS_ACCESS_KEY_ID": "AKIAMINE", "AWS_ACCOUNT_ID": "111122223333"}, nil},
		"a server with a token": {
			Vars{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t"},
			Lost{"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}, Vars{}, nil},
		"a server with the token in a file": {
			Vars{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t"}, nil,
			Vars{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t"}, nil},
		"a server of a container": {
			Vars{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"}, nil, Vars{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"}, nil},
		"keys that were set meanwhile": {
			Vars{"AWS_ACCESS_KEY_ID": "AKIAMINE", "AWS_SECRET_ACCESS_KEY": "s"}, nil,
			Vars{"AWS_ACCESS_KEY_ID": "AKIANEW", "AWS_SECRET_ACCESS_KEY": "new", "AWS_SESSION_TOKEN": "new"},
			Vars{"AWS_ACCESS_KEY_ID": "AKIANEW", "AWS_SECRET_ACCESS_KEY": "new", "AWS_SESSION_TOKEN": "new"}},
	} {
		outer := &shell{vars: clone(c.before), kept: Vars{}}
		change, _, err := Use(outer.vars, State{}, nil, Target{Profile: "dev", Credentials: ourKeys}, testKey)
		if err != nil {
			t.Fatal(err)
		}
		outer.apply(change)
		inner := &shell{vars: clone(outer.vars), kept: Vars{}}
		for n, v := range c.meanwhile {
			inner.vars[n] = v
		}
		if d := cmp.Diff(c.lost, inner.off()); d != "" {
			t.Errorf("%s: lost (-want +got):\n%s", name, d)
		}
		if d := cmp.Diff(c.back, inner.vars); d != "" {
			t.Errorf("%s: in the nested shell (-want +got):\n%s", name, d)
		}
		if lost := outer.off(); len(lost) != 0 {
			t.Errorf("%s: the outer shell has lost %v", name, lost)
		}
		if d := cmp.Diff(c.before, outer.vars); d != "" {
			t.Errorf("%s: in the outer shell (-want +got):\n%s", name, d)
		}
	}
}

func TestRefreshLeavesChangedCredentialsAlone(t *testing.T) {
	s := &shell{vars: Vars{}, kept: Vars{}}
	c, _, _ := Use(s.vars, State{}, nil, Target{Profile: "dev", Credentials: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "B", SessionToken: "C"}}, testKey)
	s.apply(c)
	s.vars["AWS_ACCESS_KEY_ID"] = "the user's"
	_, _, err := Refresh(s.vars, s.state(), aws.Credentials{AccessKeyID: "D", SecretAccessKey: "E", SessionToken: "F"}, "", testKey)
	if err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID was changed") {
		t.Errorf("got %v", err)
	}
}

func TestUseRefusesNamesThatCannotBeShown(t *testing.T) {
	for _, name := range []string{"", "a\nb", "a\x1b[31m", "\xff", strings.Repeat("a", maxText+1)} {
		if _, _, err := Use(Vars{}, State{}, nil, Target{Profile: name}, testKey); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}

func TestScriptsAreSortedPrintableLinesWithAnEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := Vars(rapid.MapOf(rapid.SampledFrom([]string{"AWS_PROFILE", "AWS_REGION", "AWS_SECRET_KEY"}), rapid.StringN(0, 9, 40)).Draw(t, "now"))
		for n, v := range now {
			now[n] = strings.ReplaceAll(v, "\x00", "")
		}
		target := targets().Draw(t, "target")
		for _, field := range []*string{&target.Credentials.AccessKeyID, &target.Credentials.SecretAccessKey, &target.Credentials.SessionToken} {
			*field = strings.Map(func(r rune) rune {
				if r < ' ' || r > '~' {
					return '/'
				}
				return r
			}, *field)
		}
		c, _, err := Use(now, State{}, nil, target, testKey)
		if err != nil {
			t.Fatal(err)
		}
		if !sort.SliceIsSorted(c, func(i, j int) bool { return c[i].Name < c[j].Name }) {
			t.Fatalf("not sorted: %v", c.Names())
		}
		for _, shell := range Hooks() {
			d, _ := HookDialect(shell)
			script, err := Script(d, c, Prompt{Previous: "a b", Profile: "x$y", Deadline: time.Unix(1, 0)}.Locals())
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(script, "\n"), "\n")
			if lines[len(lines)-1] != EndMark {
				t.Fatalf("%s: the last line is %q", shell, lines[len(lines)-1])
			}
			for _, l := range lines {
				if !allPrintable(l) {
					t.Fatalf("%s: %q", shell, l)
				}
			}
		}
	})
}

func TestScriptRefusesNamesThatAreNotManaged(t *testing.T) {
	for _, name := range []string{"PATH", "LD_PRELOAD", "AWS_X; touch y", "", "PROMPT_COMMAND"} {
		if _, err := Script(posix{}, Change{{Name: name, Action: Set, Value: "x"}}, nil); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}
