package vault_test

import (
	"errors"
	"testing"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

var errNoOne = errors.New("no one can pick")

// hereOf returns a shell with a session that records the last keystores it was given.
func hereOf(s env.State, environ env.Vars, picked string, on *string) vault.Here {
	session := vault.New(vault.World{
		Environ: env.Vars{},
		Config: func() (*awsconf.Config, error) {
			f, err := awsconf.Parse("config", awsconf.ConfigFile, "[profile dev]\n[profile other]\n")
			return awsconf.Merge(f, nil), err
		},
		Keystore: func(keys, sessions string, _ vault.Person) vault.Keystore {
			*on = keys + "/" + sessions
			return newKeeper(nil)
		},
		Sources: func(*vault.Session) vault.Sources { return vault.Sources{} },
		Now:     time.Now,
	}, vault.Nobody{})
	return vault.Here{Session: session, Active: s, Environ: environ, Pick: func(missing error) (string, error) {
		if picked == "" {
			return "", missing
		}
		return picked, nil
	}}
}

func TestWhatACommandWithoutAProfileIsFor(t *testing.T) {
	about := env.About{Backend: "file", SessionBackend: "pass", NoSession: true, Duration: time.Hour, ReadOnly: true}
	dev, inDev := active(t, "dev", about)
	inDev["AWS_REGION"] = "eu-west-1"
	claimed := dev
	claimed.Authentic = false
	type wanted struct{ profile, region, on string }
	for _, c := range []struct {
		name                     string
		state                    env.State
		environ                  env.Vars
		named, picked            string
		implied, around, looksAt wanted
	}{
		{"named", dev, inDev, "other", "", wanted{"other", "", "/"}, wanted{"other", "", "/"}, wanted{"other", "", "/"}},
		{"active", dev, inDev, "", "", wanted{"dev", "eu-west-1", "file/pass"}, wanted{"dev", "eu-west-1", "file/pass"}, wanted{"environment", "", "/"}},
		{"a claim", claimed, inDev, "", "picked", wanted{"picked", "", "/"}, wanted{"dev", "eu-west-1", "file/pass"}, wanted{"environment", "", "/"}},
		{"its keys are gone", dev, env.Vars{}, "", "picked", wanted{"picked", "", "/"}, wanted{"dev", "", "file/pass"}, wanted{"picked", "", "/"}},
		{"keys of one's own", env.State{}, env.Vars{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_PROFILE": "other"}, "", "", wanted{"other", "", "/"}, wanted{"environment", "", "/"}, wanted{"environment", "", "/"}},
		{"a server", env.State{}, env.Vars{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/"}, "", "picked", wanted{"picked", "", "/"}, wanted{"picked", "", "/"}, wanted{"environment", "", "/"}},
		{"AWS_PROFILE", env.State{}, env.Vars{"AWS_PROFILE": "other"}, "", "picked", wanted{"other", "", "/"}, wanted{"other", "", "/"}, wanted{"other", "", "/"}},
		{"no one", env.State{}, env.Vars{}, "", "", wanted{}, wanted{}, wanted{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			check := func(what string, want wanted, find func(vault.Here) (vault.Want, error)) {
				on := ""
				w, err := find(hereOf(c.state, c.environ, c.picked, &on))
				if want == (wanted{}) {
					if !errors.Is(err, errNoOne) {
						t.Errorf("%s: %v", what, err)
					}
					return
				}
				if got := (wanted{w.Profile, w.Region, on}); err != nil || got != want {
					t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
				}
				if w.Profile == "dev" && (!w.ReadOnly || what == "implied" && (!w.NoSession || w.Duration != time.Hour)) {
					t.Errorf("%s: what it was activated with is lost: %+v", what, w)
				}
			}
			check("implied", c.implied, func(h vault.Here) (vault.Want, error) {
				_, w, err := h.Implied(vault.Want{Profile: c.named}, errNoOne)
				return w, err
			})
			check("around", c.around, func(h vault.Here) (vault.Want, error) {
				_, w, err := h.Around(vault.Want{Profile: c.named}, errNoOne)
				return w, err
			})
			check("whose", c.looksAt, func(h vault.Here) (vault.Want, error) {
				w, err := h.Whose(c.named, errNoOne)
				if around := w.Want.Profile == vault.OfEnvironment; w.Around != around {
					t.Errorf("whose: it says %v of the environment", w.Around)
				}
				if w.Around && w.Shown != c.state.Profile || !w.Around && w.Shown != w.Want.Profile {
					t.Errorf("whose: it shows %q", w.Shown)
				}
				return w.Want, err
			})
		})
	}
}

func TestFlagsGoBeforeTheKeystoresOfAnActivation(t *testing.T) {
	on := ""
	h := hereOf(env.State{}, nil, "", &on)
	h.Session = h.Session.On("keychain", "")
	h.Session.Of(env.State{About: env.About{Backend: "file", SessionBackend: "pass"}})
	if on != "keychain/pass" {
		t.Errorf("on %s", on)
	}
}

// Credentials in the environment need no profile, and no role on top of them.
func TestTheSessionOfTheEnvironment(t *testing.T) {
	const server = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	for name, c := range map[string]struct {
		vars env.Vars
		want resolve.Kind
	}{
		"keys":                    {env.Vars{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/r"}, resolve.Environment},
		"a server":                {env.Vars{server: "http://127.0.0.1/"}, resolve.Container},
		"keys go before a server": {env.Vars{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", server: "http://127.0.0.1/"}, resolve.Environment},
	} {
		on := ""
		w, err := hereOf(env.State{}, c.vars, "", &on).Whose("", errNoOne)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := w.Session.Plan(t.Context(), w.Want)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Steps[0].Kind; got != c.want || plan.RoleARN != "" {
			t.Errorf("%s: it begins with %v, and the role is %q", name, got, plan.RoleARN)
		}
	}
}
