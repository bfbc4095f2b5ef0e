package env

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
)

// testKey is the key of the user in these tests, and foreignKey is another user's.
var (
	testKey    = Key(strings.Repeat("k", 32))
	foreignKey = Key(strings.Repeat("f", 32))
)

// inside returns a shell in which a directory has activated dev while ops was active.
func inside(t *testing.T) (Vars, State) {
	t.Helper()
	s := &shell{vars: Vars{"AWS_PROFILE": "mine"}, kept: Vars{}}
	c, state, err := Use(s.vars, State{}, nil, Target{
		Profile: "dev", Region: "eu-west-1",
		Credentials: aws.Credentials{AccessKeyID: "ASIA1", SecretAccessKey: "secret", SessionToken: "token", Expires: at("2026-01-01T00:00:00Z")},
		About:       About{Origin: []byte("/p/.awsprofile"), Outer: &Outer{Profile: "ops"}, Protected: true},
	}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(c)
	return s.vars, state
}

// old encodes a state as the previous version did.
func old(s State) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return oldVersion + base64.RawURLEncoding.EncodeToString(b)
}

func TestWhatAStateProves(t *testing.T) {
	const (
		proven = "dev, authentic, from /p/.awsprofile, outside ops"
		claim  = "dev"
		none   = ""
	)
	for _, c := range []struct {
		name   string
		change func(v Vars, s State)
		key    Key
		want   string
	}{
		{"as it was written", func(Vars, State) {}, testKey, proven},
		{"the key is lost", func(Vars, State) {}, nil, claim},
		{"the key is a new one", func(Vars, State) {}, foreignKey, claim},
		{"by another user", func(v Vars, s State) { v[StateName] = s.Encode(foreignKey) }, testKey, claim},
		{"without a proof", func(v Vars, s State) { v[StateName] = s.Encode(nil) }, testKey, claim},
		{"without a proof, and no key here", func(v Vars, s State) { v[StateName] = s.Encode(nil) }, nil, claim},
		{"with an empty key", func(v Vars, s State) { v[StateName] = s.Encode(Key{}) }, Key{}, claim},
		{"of the version before", func(v Vars, s State) { v[StateName] = old(s) }, testKey, claim},
		{"of the version before, with the proof of this one", func(v Vars, s State) {
			text := s.Encode(testKey)
			v[StateName] = oldVersion + strings.TrimPrefix(text, stateVersion)
		}, testKey, none},
		{"another profile, and the proof of this one", func(v Vars, s State) {
			_, proof, _ := cutLast(v[StateName], '.')
			s.Profile = "prod"
			v[StateName] = s.Encode(nil) + proof
		}, testKey, "prod"},
		{"the proof is cut short", func(v Vars, _ State) { v[StateName] = v[StateName][:len(v[StateName])-1] }, testKey, claim},
		{"the proof is longer", func(v Vars, _ State) { v[StateName] += "A" }, testKey, claim},
		{"the proof twice", func(v Vars, _ State) {
			_, proof, _ := cutLast(v[StateName], '.')
			v[StateName] += "." + proof
		}, testKey, none},

		// One that is authentic stands, though the user has changed something.
		{"another key in the environment", func(v Vars, _ State) { v["AWS_ACCESS_KEY_ID"] = "mine" }, testKey, proven},
		{"no key in the environment", func(v Vars, _ State) { delete(v, "AWS_ACCESS_KEY_ID") }, testKey, proven},
		// A claim does not.
		{"a claim, another key", func(v Vars, _ State) { v["AWS_ACCESS_KEY_ID"] = "mine" }, nil, none},
		{"a claim, no key", func(v Vars, _ State) { delete(v, "AWS_ACCESS_KEY_ID") }, nil, none},
		{"a claim, another secret", func(v Vars, _ State) { v["AWS_SECRET_ACCESS_KEY"] = "mine" }, nil, none},
		{"a claim, no secret", func(v Vars, _ State) { delete(v, "AWS_SECRET_ACCESS_KEY") }, nil, none},
		{"a claim, another token", func(v Vars, _ State) { v["AWS_SESSION_TOKEN"] = "mine" }, nil, none},
		{"a claim, another region", func(v Vars, _ State) { v["AWS_REGION"] = "us-east-1" }, nil, claim},
		{"a claim that names no keys", func(v Vars, s State) { s.Vars = nil; v[StateName] = s.Encode(nil) }, testKey, none},
		{"a claim that has taken the keys away", func(v Vars, s State) {
			for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
				delete(v, name)
				s.Vars[name] = Record{Before: Before{Kind: wasAbsent}}
			}
			v[StateName] = s.Encode(nil)
		}, testKey, none},
		{"a claim of the version before that names no keys", func(v Vars, s State) { s.Vars = nil; v[StateName] = old(s) }, testKey, none},
		{"a claim that says it is authentic", func(v Vars, _ State) {
			v[StateName] = oldVersion + base64.RawURLEncoding.EncodeToString([]byte(`{"profile":"dev","about":{},"vars":{},"Authentic":true}`))
		}, testKey, none},
	} {
		v, s := inside(t)
		c.change(v, s)
		got := Active(v, c.key)
		text := got.Profile
		if got.Authentic {
			text += ", authentic"
		}
		if len(got.About.Origin) > 0 {
			text += ", from " + string(got.About.Origin)
		}
		if got.About.Outer != nil {
			text += ", outside " + got.About.Outer.Profile
		}
		if text != c.want {
			t.Errorf("%s: got %q, want %q", c.name, text, c.want)
		}
		if got.About.Protected {
			t.Errorf("%s: the state says that it is protected", c.name)
		}
	}
}

// A program that sets variables cannot activate anything with them.
func TestAForgedStateAloneIsNothing(t *testing.T) {
	body := base64.RawURLEncoding.EncodeToString([]byte(`{"profile":"dev","about":{"origin":"L3gvLmF3c3Byb2ZpbGU","outer":{"profile":"prod"}},"vars":{}}`))
	padded := base64.RawURLEncoding.EncodeToString([]byte(`{"profile":"dev","about":{"origin":"L3gvLmF3c3Byb2ZpbGU=","outer":{"profile":"prod"}},"vars":{}}`))
	for _, text := range []string{"1." + body, "1." + padded, "2." + body + ".", "2." + padded + ".", "2." + padded + "." + strings.Repeat("A", 43)} {
		for _, key := range []Key{testKey, nil} {
			if s := Active(Vars{StateName: text, "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}, key); s.Active() {
				t.Errorf("%s: %+v", text, s)
			}
		}
	}
}

func TestARenewalNeedsTheKeysThatWereSet(t *testing.T) {
	names := []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"}
	v, s := inside(t)
	if err := Untouched(v, s); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		v, s := inside(t)
		v[name] = "another"
		if err := Untouched(v, s); err == nil || err.(*ChangedError).Name != name {
			t.Errorf("%s was changed: %v", name, err)
		}
		if _, _, err := Refresh(v, s, aws.Credentials{}, "", testKey); err == nil {
			t.Errorf("%s was changed, and is renewed", name)
		}
		delete(v, name)
		if err := Untouched(v, s); err == nil || err.(*ChangedError).Name != name {
			t.Errorf("%s was removed: %v", name, err)
		}
	}
	for _, name := range names[:2] {
		v, s := inside(t)
		delete(s.Vars, name)
		if err := Untouched(v, s); err == nil || err.(*ChangedError).Name != name {
			t.Errorf("the state does not know %s: %v", name, err)
		}
	}
}

func TestARenewalThatNoOneAskedForProvesNothing(t *testing.T) {
	for _, key := range []Key{testKey, nil} {
		v, s := inside(t)
		c, after, err := Refresh(v, s, aws.Credentials{AccessKeyID: "ASIA2", SecretAccessKey: "b", SessionToken: "c"}, "", key)
		if err != nil {
			t.Fatal(err)
		}
		sh := &shell{vars: v, kept: Vars{}}
		sh.apply(c)
		got := Active(sh.vars, testKey)
		if after.Authentic != (key != nil) || got.Authentic != after.Authentic || got.Profile != "dev" {
			t.Errorf("%v: %+v", key != nil, got)
		}
	}
}

// Off needs no key, because switching off must not depend on a file.
func TestOffWithoutAKey(t *testing.T) {
	v, _ := inside(t)
	s := &shell{vars: v, kept: Vars{}}
	c, _ := Off(s.vars, Active(s.vars, nil), nil)
	s.apply(c)
	if d := cmp.Diff(Vars{"AWS_PROFILE": "mine"}, s.vars); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestTheKeyIsNotShown(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, struct{ K Key }{testKey}); strings.Contains(got, "kkk") || strings.Contains(got, "6b6b") || strings.Contains(got, "107") {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

func TestWithoutAKeyAStateIsAClaimFromTheStart(t *testing.T) {
	now := Vars{}
	c, s, err := Use(now, State{}, nil, Target{Profile: "dev", Credentials: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "B"}, About: About{Protected: true}}, nil)
	if err != nil || s.Authentic {
		t.Errorf("%+v, %v", s, err)
	}
	sh := &shell{vars: now, kept: Vars{}}
	sh.apply(c)
	if got := Active(sh.vars, testKey); got.Profile != "dev" || got.Authentic {
		t.Errorf("%+v", got)
	}
	// Whether a profile is protected is not for a state to say.
	body, _, _ := cutLast(strings.TrimPrefix(sh.vars[StateName], stateVersion), '.')
	if text, err := base64.RawURLEncoding.DecodeString(body); err != nil || strings.Contains(string(text), "protected") {
		t.Errorf("%s, %v", text, err)
	}
}

// A narrowed session stays narrowed after a renewal, and is shown as such. A hostile state
// adds nothing that Use would not write.
func TestAStateKeepsWhatNarrowsIt(t *testing.T) {
	document := `{"Version":"2012-10-17","Statement":[]}`
	for _, test := range []struct {
		policies []string
		good     bool
	}{
		{[]string{"ReadOnlyAccess", document}, true}, {make([]string, 11), true}, {make([]string, 12), false},
		{[]string{strings.Repeat("x", 2049)}, false}, {[]string{"a\nb"}, false},
	} {
		s := State{Profile: "dev", About: About{ReadOnly: true, Policies: test.policies, Narrowed: "ro", Outer: &Outer{Profile: "ops", Policies: test.policies}}}
		got := Decode(s.Encode(testKey), testKey)
		if got.Active() != test.good {
			t.Errorf("%q: active: %v", test.policies, got.Active())
		}
		if test.good && !cmp.Equal(got.About, s.About) {
			t.Errorf("%q: %s", test.policies, cmp.Diff(s.About, got.About))
		}
	}
}

func TestThePromptSaysThatASessionIsNarrowed(t *testing.T) {
	for _, test := range []struct {
		p    Prompt
		want string
	}{
		{Prompt{Profile: "dev", Narrowed: "ro"}, "dev ro"}, {Prompt{Profile: "dev"}, "dev"}, {Prompt{Narrowed: "ro"}, ""},
		{Prompt{Profile: "pay", Protected: true, Narrowed: "narrowed"}, "PROD pay narrowed"}, {Prompt{Profile: "dev", Narrowed: "$(x)"}, "dev ??x?"},
	} {
		for _, l := range test.p.Locals() {
			if l.Name == "__vault_shown" && l.Value != test.want {
				t.Errorf("%+v: %q, want %q", test.p, l.Value, test.want)
			}
		}
	}
}
