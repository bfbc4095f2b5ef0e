package vault_test

import (
	"errors"
	"testing"

	"awsvault/internal/vault"
)

// Vault delivers a cached session by the keystore's earlier answers. Whenever it has to make a
// session, it asks the keystore itself.
func TestWhatTheKeystoreHasSaid(t *testing.T) {
	revision := func(w *world) string { return w.cache.keys["jon"].AccessKeyID }
	all := func(w *world) said { return said{"jon": {true, revision(w)}, "prod": {}} }
	for _, test := range []struct {
		name    string
		said    func(*world) said
		profile string
		want    vault.Want
		uncache bool
		asked   bool // the keystore
		fails   bool
	}{
		{name: "all of it", said: all},
		{name: "nothing", said: func(*world) said { return nil }, asked: true},
		{name: "not of the role's profile", said: func(w *world) said { return said{"jon": {true, revision(w)}} }, asked: true},
		{name: "not which revision", said: func(*world) said { return said{"jon": {true, ""}, "prod": {}} }, asked: true},
		{name: "another revision", said: func(*world) said { return said{"jon": {true, "AKIAOLD"}, "prod": {}} }, asked: true},
		{name: "that there are no keys, wrongly", said: func(*world) said { return said{"jon": {}, "prod": {}} }, asked: true},
		{name: "that there are keys, wrongly", said: func(w *world) said { return said{"jon": {true, revision(w)}, "prod": {true, "AKIAGONE"}} }, asked: true},
		{name: "all, and a fresh session is wanted", said: all, want: vault.Want{Fresh: true}, asked: true},
		{name: "all, and nothing is cached", said: all, uncache: true, asked: true},
		{name: "a profile that is nowhere", said: func(*world) said { return said{"nope": {}} }, profile: "nope", asked: true, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.config = "[profile jon]\nmfa_serial = " + jonMFA + "\n[profile prod]\nsource_profile = jon\nrole_arn = " + ops + "\n"
			first := w.get("prod")
			if test.uncache {
				clear(w.cache.sessions)
			}
			w.cache.asked, w.cache.opened, w.cache.said = 0, 0, test.said(w)
			want := test.want
			if want.Profile = "prod"; test.profile != "" {
				want.Profile = test.profile
			}
			checked := 0
			_, got, err := w.session(w.person).Obtain(t.Context(), want, func(*vault.Plan) error { checked++; return nil })
			if (err != nil) != test.fails {
				t.Fatal(err)
			}
			if asked := w.cache.asked > 0; asked != test.asked {
				t.Errorf("the keystore was asked: %v, want %v", asked, test.asked)
			}
			if same := got.Credentials == first.Credentials; !test.fails && same == (test.uncache || want.Fresh) {
				t.Errorf("the cached session is delivered: %v", same)
			}
			if !test.fails && checked != 1 {
				t.Errorf("it was checked %d times", checked)
			}
			if !test.asked && w.cache.opened != 0 {
				t.Error("the keys were read")
			}
		})
	}
}

func TestWhatIsCachedIsCheckedToo(t *testing.T) {
	w := newWorld(t)
	w.config = "[profile prod]\nsource_profile = jon\nrole_arn = " + ops + "\n"
	w.get("prod")
	w.cache.said = said{"jon": {true, w.cache.keys["jon"].AccessKeyID}, "prod": {}}
	refused := errors.New("the person said no")
	asked := 0
	_, got, err := w.session(w.person).Obtain(t.Context(), vault.Want{Profile: "prod"}, func(*vault.Plan) error { asked++; return refused })
	if !errors.Is(err, refused) || asked != 1 || got != (vault.Result{}) {
		t.Errorf("got %v, %v after %d questions", got, err, asked)
	}
}
