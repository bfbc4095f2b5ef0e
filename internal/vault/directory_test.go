package vault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

const here, above = "/home/u/p/.awsprofile", "/home/u/.awsprofile"

// The possible activations of the shells in these tests.
var (
	idle    = env.State{}
	byHand  = env.State{Profile: "dev"}
	byHere  = env.State{Profile: "dev", About: env.About{Origin: []byte(here)}}
	byAbove = env.State{Profile: "ops", About: env.About{Origin: []byte(above)}}
	inEU    = env.State{Profile: "dev", About: env.About{Origin: []byte(here), Region: "eu-west-1"}}
)

func TestWhatADirectoryDoes(t *testing.T) {
	refused := errors.New("not followed: it is a symbolic link")
	dev := dirprofile.File{Path: here, Profile: "dev"}
	devEU := dirprofile.File{Path: here, Profile: "dev", Region: "eu-west-1"}
	at := func(f dirprofile.File, d dirprofile.Decision) vault.Directory {
		return vault.Directory{Found: here, Shown: "~/p/.awsprofile", File: f, Decision: d}
	}
	with := func(d vault.Directory, change func(*vault.Directory)) vault.Directory { change(&d); return d }
	told := func(d *vault.Directory) { d.Told = true }
	hand := func(d *vault.Directory) { d.Hand = here }
	other := func(d *vault.Directory) { d.Other = true }
	refusal := func(d *vault.Directory) { d.Refusal = refused }
	const untrusted = "~/p/.awsprofile (profile dev) is not trusted yet. Run: vault allow   (or: vault deny)"

	for _, c := range []struct {
		name  string
		d     vault.Directory
		state env.State
		move  vault.Move
		say   string
	}{
		// No file.
		{"nothing here, nothing active", vault.Directory{}, idle, vault.Stay, ""},
		{"nothing here, active by hand", vault.Directory{}, byHand, vault.Stay, ""},
		{"nothing here: what a directory activated is left", vault.Directory{}, byHere, vault.Leave, ""},
		{"nothing here, by another tool", vault.Directory{Other: true}, idle, vault.Stay, ""},
		{"nothing here, chosen by hand before", vault.Directory{Hand: here}, byHere, vault.Leave, ""},
		{"it cannot be looked for", vault.Directory{Refusal: refused}, idle, vault.Stay, refused.Error()},
		{"it cannot be looked for, and a directory's is left", vault.Directory{Refusal: refused}, byHere, vault.Leave, refused.Error()},
		{"it cannot be looked for, active by hand", vault.Directory{Refusal: refused}, byHand, vault.Stay, refused.Error()},

		// A trusted file.
		{"it is entered", at(dev, dirprofile.Allowed), idle, vault.Enter, ""},
		{"it is entered over what a person activated elsewhere", at(dev, dirprofile.Allowed), byHand, vault.Enter, ""},
		{"it is entered from another directory", at(dev, dirprofile.Allowed), byAbove, vault.Enter, ""},
		{"it is active already", at(dev, dirprofile.Allowed), byHere, vault.Stay, ""},
		{"it names another profile now", at(dirprofile.File{Path: here, Profile: "ops"}, dirprofile.Allowed), byHere, vault.Enter, ""},
		{"it names a region now", at(devEU, dirprofile.Allowed), byHere, vault.Enter, ""},
		{"it names no region now", at(dev, dirprofile.Allowed), inEU, vault.Enter, ""},
		{"it names the region that is active", at(devEU, dirprofile.Allowed), inEU, vault.Stay, ""},
		{"the same profile, by another file", at(dirprofile.File{Path: here, Profile: "ops"}, dirprofile.Allowed), byAbove, vault.Enter, ""},

		// A choice by hand takes precedence.
		{"a person chose by hand here", with(at(dev, dirprofile.Allowed), hand), byHand, vault.Stay, ""},
		{"a person switched it off here", with(at(dev, dirprofile.Allowed), hand), idle, vault.Stay, ""},
		{"a person chose by hand here, and does not trust it", with(at(dev, dirprofile.Unknown), hand), idle, vault.Stay, ""},
		{"a person chose by hand in another tree", with(at(dev, dirprofile.Allowed), func(d *vault.Directory) { d.Hand = above }), byHand, vault.Enter, ""},
		{"another tool's profile", with(at(dev, dirprofile.Allowed), other), idle, vault.Stay, ""},
		{"another tool's profile, untrusted file", with(at(dev, dirprofile.Unknown), other), idle, vault.Stay, ""},
		{"AWS_VAULT is ours", with(at(dev, dirprofile.Allowed), other), byHand, vault.Enter, ""},
		{"AWS_VAULT is ours, and the file is denied", with(at(dev, dirprofile.Denied), other), byHere, vault.Leave, ""},

		// Not trusted.
		{"it is not trusted", at(dev, dirprofile.Unknown), idle, vault.Stay, untrusted},
		{"it is not trusted, active by hand", at(dev, dirprofile.Unknown), byHand, vault.Stay, untrusted},
		{"it is not trusted any more", at(dev, dirprofile.Unknown), byHere, vault.Leave, untrusted},
		{"an untrusted nearer file hides a trusted farther one", at(dev, dirprofile.Unknown), byAbove, vault.Leave, untrusted},
		{"it is not trusted, and that was said", with(at(dev, dirprofile.Unknown), told), idle, vault.Stay, ""},
		{"it is not trusted, that was said, and it was active", with(at(dev, dirprofile.Unknown), told), byHere, vault.Leave, ""},

		// Denied, or unusable.
		{"it is denied", at(dev, dirprofile.Denied), idle, vault.Stay, ""},
		{"it is denied, and was active", at(dev, dirprofile.Denied), byHere, vault.Leave, ""},
		{"it is denied, and could not be used", with(at(dirprofile.File{}, dirprofile.Denied), refusal), idle, vault.Stay, ""},
		{"it cannot be used", with(at(dirprofile.File{}, dirprofile.Unknown), refusal), idle, vault.Stay, refused.Error()},
		{"it cannot be used any more", with(at(dirprofile.File{}, dirprofile.Unknown), refusal), byHere, vault.Leave, refused.Error()},
		{"it cannot be used, and that was said", with(at(dirprofile.File{}, dirprofile.Unknown), func(d *vault.Directory) { refusal(d); told(d) }), idle, vault.Stay, ""},
		{"trust cannot be read", with(at(dev, dirprofile.Unknown), refusal), idle, vault.Stay, refused.Error()},

		// The prompt returns because of the clock.
		{"entering failed, and that was said", with(at(dev, dirprofile.Allowed), told), idle, vault.Stay, ""},
		{"entering failed, that was said, and a farther one is active", with(at(dev, dirprofile.Allowed), told), byAbove, vault.Leave, ""},
		{"it is active, and due", with(at(dev, dirprofile.Allowed), told), byHere, vault.Stay, ""},
	} {
		move, err := c.d.Decide(c.state)
		say := ""
		if err != nil {
			say = err.Error()
		}
		if move != c.move || say != c.say {
			t.Errorf("%s: %v, %q", c.name, move, say)
		}
	}

	d := at(dev, dirprofile.Allowed)
	if _, err := d.Failed(idle, fault.NewPerson("it needs you", "vault use dev")); err.Error() != "~/p/.awsprofile wants dev, which needs you. Run: vault use dev" {
		t.Errorf("entering needs a person: %v", err)
	}
	for state, want := range map[*env.State]vault.Move{&idle: vault.Stay, &byHand: vault.Stay, &byAbove: vault.Leave} {
		move, err := d.Failed(*state, errors.New("no"))
		if move != want || err.Error() != "~/p/.awsprofile wants dev: no" {
			t.Errorf("entering fails in %+v: %v, %v", *state, move, err)
		}
	}
}

// active returns the state and environment of a shell in which a profile is active, written by
// a shell of this user.
func active(t *testing.T, profile string, about env.About) (env.State, env.Vars) {
	t.Helper()
	now := env.Vars{}
	expires := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	c, state, err := env.Use(now, env.State{}, nil, env.Target{
		Profile: profile, About: about,
		Credentials: aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "s", SessionToken: "t", Expires: expires},
	}, env.Key("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range c {
		now[op.Name] = op.Value
	}
	return state, now
}

func TestEnteringAndLeaving(t *testing.T) {
	w := newWorld(t)
	s := w.session(w.person) // no matter who could be asked: nothing here asks
	file := dirprofile.File{Path: here, Profile: "foo-readonly", Region: "eu-west-1", Account: "333344445555"}

	before, now := active(t, "foo-admin", env.About{Region: "us-west-2", Duration: 2 * time.Hour, NoSession: true})
	target, err := s.Enter(t.Context(), file, before, now)
	if err != nil {
		t.Fatal(err)
	}
	outer := &env.Outer{Profile: "foo-admin", Region: "us-west-2", Duration: 2 * time.Hour, NoSession: true}
	if target.Profile != "foo-readonly" || target.Region != "eu-west-1" || string(target.About.Origin) != here {
		t.Errorf("got %+v", target)
	}
	if diff := cmp.Diff(outer, target.About.Outer); diff != "" {
		t.Errorf("what was active before (-want +got):\n%s", diff)
	}
	w.called("AssumeRole")

	// When a person goes from one directory into another, the profile that was active by hand
	// stays the outer one.
	inner, now := active(t, "foo-readonly", target.About)
	again, err := s.Enter(t.Context(), file, inner, now)
	if diff := cmp.Diff(outer, again.About.Outer); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if first, err := s.Enter(t.Context(), file, env.State{}, env.Vars{}); err != nil || first.About.Outer != nil {
		t.Errorf("nothing was active before: %+v, %v", first.About.Outer, err)
	}
	w.called() // it is cached

	back, err := s.Back(t.Context(), env.Outer{Profile: "foo-readonly", Region: "us-west-2"})
	if err != nil || back.Region != "us-west-2" || len(back.About.Origin) != 0 || back.About.Outer != nil {
		t.Errorf("%+v, %v", back, err)
	}
	if len(w.person.asked) != 0 {
		t.Error("the person was asked")
	}
}

// Entering a directory must not give a state a proof that it lacks.
func TestWhatIsBroughtBackWasActivatedHere(t *testing.T) {
	file := dirprofile.File{Path: here, Profile: "foo-readonly"}
	ops := &env.Outer{Profile: "ops"}
	byFile := env.About{Origin: []byte(above), Outer: ops}
	claimed := func(s *env.State, _ env.Vars) { s.Authentic = false }
	elsewhere := func(_ *env.State, now env.Vars) { now["AWS_ACCESS_KEY_ID"] = "another" }
	without := func(_ *env.State, now env.Vars) { clear(now) }
	for _, c := range []struct {
		name   string
		about  env.About
		change func(*env.State, env.Vars)
		want   *env.Outer
	}{
		{"by name", env.About{}, nil, &env.Outer{Profile: "foo-admin"}},
		{"a claim", env.About{}, claimed, nil},
		{"replayed with other keys", env.About{}, elsewhere, nil},
		{"replayed without keys", env.About{}, without, nil},
		{"from another directory", byFile, nil, ops},
		{"from another directory, a claim", byFile, claimed, nil},
		{"from another directory, replayed", byFile, without, nil},
	} {
		w := newWorld(t)
		before, now := active(t, "foo-admin", c.about)
		if c.change != nil {
			c.change(&before, now)
		}
		target, err := w.session(w.person).Enter(t.Context(), file, before, now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, target.About.Outer); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// For a protected profile that is already active, only the cache may supply credentials.
func TestTheSameOnceMore(t *testing.T) {
	w := newWorld(t)
	w.get("foo-readonly")
	w.called("AssumeRole")
	w.env["AWS_VAULT_PROTECTED"] = "foo-*"
	st, _ := active(t, "foo-readonly", env.About{Origin: []byte(here), Outer: &env.Outer{Profile: "ops"}})
	target, err := w.session(w.person).Same(t.Context(), st)
	if err != nil || target.Profile != "foo-readonly" || string(target.About.Origin) != here || target.About.Outer.Profile != "ops" {
		t.Errorf("got %+v, %v", target, err)
	}
	w.aws.Clock.Advance(2 * time.Hour)
	if _, err := w.session(w.person).Same(t.Context(), st); err == nil || err.Error() != "it is protected, and its session has ended" {
		t.Errorf("got %v", err)
	}
	w.called()
}

func TestWhatADirectoryCannotActivate(t *testing.T) {
	for _, c := range []struct {
		name   string
		file   dirprofile.File
		change func(*world)
		want   string
	}{
		{"a profile that wants a code", dirprofile.File{Profile: "foo-admin"}, nil, "it needs you"},
		{"a protected profile", dirprofile.File{Profile: "foo-readonly"}, func(w *world) { w.env["AWS_VAULT_PROTECTED"] = "foo-*" },
			"it is protected, so only vault use foo-readonly activates it"},
		{"a profile whose section protects it", dirprofile.File{Profile: "foo-readonly"}, func(w *world) {
			w.config = strings.Replace(w.config, "[profile foo-readonly]", "[profile foo-readonly]\nvault_protected = true", 1)
		}, "it is protected, so only vault use foo-readonly activates it"},
		{"a promise that the role breaks", dirprofile.File{Path: here, Profile: "foo-readonly", Account: "999999999999"}, nil,
			here + ` requires account 999999999999, but profile "foo-readonly" leads to 333344445555`},
		{"a profile that is not there", dirprofile.File{Profile: "foo"}, nil, `profile "foo" not found in config`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.change != nil {
				c.change(w)
			}
			_, err := w.session(w.person).Enter(t.Context(), c.file, env.State{}, nil)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			w.called()
			if len(w.person.asked) != 0 {
				t.Error("the person was asked")
			}
		})
	}
	t.Run("a protected profile that was active before", func(t *testing.T) {
		w := newWorld(t)
		w.get("foo-readonly")
		w.called("AssumeRole") // its session lives
		w.env["AWS_VAULT_PROTECTED"] = "foo-*"
		_, err := w.session(w.person).Back(t.Context(), env.Outer{Profile: "foo-readonly"})
		if !errors.Is(err, vault.ErrProtected) {
			t.Errorf("got %v", err)
		}
		w.called()
	})
	t.Run("a promise that AWS breaks", func(t *testing.T) {
		w := newWorld(t)
		file := dirprofile.File{Path: here, Profile: "jon", Account: "999999999999"}
		w.config = strings.Replace(w.config, "[profile jon]\nmfa_serial = "+jonMFA, "[profile jon]", 1)
		_, err := w.session(w.person).Enter(t.Context(), file, env.State{}, nil)
		if want := here + ` requires account 999999999999, but profile "jon" leads to 111122223333`; err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	})
}
