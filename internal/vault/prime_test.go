package vault_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/vault"
	"awsvault/tests/awsfake"
)

// asking returns a world in which a person types the passphrase of the keystore. Each command
// is a separate process, so the passphrase is forgotten between commands.
func asking(t *testing.T) *world {
	w := newWorld(t)
	w.cache.mayType, w.cache.asks = true, true
	jon := "arn:aws:iam::111122223333:user/jon"
	role := func(name string, trust awsfake.Trust) string {
		trust.Principals = []string{jon}
		return w.aws.Account("222233334444").AddRole(awsfake.Role{Name: name, MaxSession: 12 * time.Hour, Trust: trust})
	}
	plain := role("plain", awsfake.Trust{})
	w.config = "[profile jon]\nregion = us-east-1\n" +
		"[profile one]\nsource_profile = jon\nrole_arn = " + plain + "\n" +
		"[profile two]\nsource_profile = jon\nrole_arn = " + ops + "\n" +
		"[profile long]\nsource_profile = jon\nduration_seconds = 7200\nrole_arn = " + plain + "\n" +
		"[profile code]\nsource_profile = jon\nmfa_serial = " + jonMFA + "\nrole_arn = " + admin + "\n" +
		"[profile picky]\nsource_profile = jon\nrole_arn = " + role("picky", awsfake.Trust{KeysOnly: true}) + "\n" +
		"[profile locked]\nsource_profile = jon\nrole_arn = " + role("locked", awsfake.Trust{ExternalID: "other"}) + "\n" +
		"[profile chained]\nsource_profile = one\nrole_arn = " + w.aws.Account("333344445555").AddRole(awsfake.Role{
		Name: "end", Trust: awsfake.Trust{Principals: []string{plain}}}) + "\n" +
		"[profile guarded]\nvault_protected = true\nsource_profile = jon\nrole_arn = " + plain + "\n"
	return w
}

// run is one command: a profile with its special settings.
type run struct {
	profile string
	change  func(*world)
	calls   string // the calls of AWS, in order
	opened  int    // the number of times that the passphrase was typed
	fails   bool
}

func TestOnePassphrase(t *testing.T) {
	const session, assume = "GetSessionToken", "AssumeRole"
	refused := regexp.MustCompile(": [A-Za-z]+") // a mark is enough
	duration := func(d time.Duration) func(*world) { return func(w *world) { w.want.Duration = d } }
	noSession := func(w *world) { w.want.NoSession = true }
	never := func(w *world) { w.env["AWS_VAULT_PRIME"] = "never" }
	later := func(d time.Duration) func(*world) {
		return func(w *world) { w.aws.Clock.Advance(d) }
	}
	for name, runs := range map[string][]run{
		"two roles and their user": {
			{profile: "one", calls: session + " " + assume, opened: 1}, {profile: "two", calls: assume}, {profile: "jon"}, {profile: "one"},
		},
		"the user first": {{profile: "jon", calls: session, opened: 1}, {profile: "one", calls: assume}},
		"a working day": {
			{profile: "one", calls: session + " " + assume, opened: 1},
			{profile: "one", change: later(7 * time.Hour), calls: assume},
			{profile: "jon"},
			{profile: "one", change: later(2 * time.Hour), calls: session + " " + assume, opened: 1},
		},
		"a chain":                      {{profile: "chained", calls: session + " " + assume + " " + assume, opened: 1}, {profile: "one"}, {profile: "jon"}},
		"a role for two hours":         {{profile: "jon", calls: session, opened: 1}, {profile: "long", calls: assume, opened: 1}, {profile: "long"}},
		"a role for two hours, asked":  {{profile: "one", calls: session + " " + assume, opened: 1}, {profile: "one", change: duration(2 * time.Hour), calls: assume, opened: 1}},
		"a shorter role":               {{profile: "jon", calls: session, opened: 1}, {profile: "one", change: duration(20 * time.Minute), calls: assume}},
		"the user, for 20 minutes":     {{profile: "one", calls: session + " " + assume, opened: 1}, {profile: "jon", change: duration(20 * time.Minute), calls: session, opened: 1}, {profile: "two", calls: assume}},
		"no session":                   {{profile: "jon", calls: session, opened: 1}, {profile: "one", change: noSession, calls: assume, opened: 1}},
		"switched off":                 {{profile: "one", change: never, calls: assume, opened: 1}, {profile: "two", change: never, calls: assume, opened: 1}, {profile: "one", change: never}},
		"switched off afterwards":      {{profile: "one", calls: session + " " + assume, opened: 1}, {profile: "one", change: never, calls: assume, opened: 1}},
		"a protected profile":          {{profile: "jon", calls: session, opened: 1}, {profile: "guarded", calls: assume, opened: 1}, {profile: "guarded"}},
		"a protected key":              {{profile: "one", change: func(w *world) { w.env["AWS_VAULT_PROTECTED"] = "jon" }, calls: assume, opened: 1}, {profile: "two", calls: session + " " + assume, opened: 1}},
		"a role that wants a code":     {{profile: "code", calls: session + " " + assume, opened: 1}, {profile: "code", change: later(2 * time.Hour), calls: assume}},
		"a role that wants the key":    {{profile: "picky", calls: session + " " + assume + "! " + assume, opened: 1}, {profile: "picky"}, {profile: "picky", change: later(2 * time.Hour), calls: assume, opened: 1}, {profile: "one", calls: assume}},
		"a role that AWS denies":       {{profile: "locked", calls: session + " " + assume + "! " + assume + "!", opened: 1, fails: true}, {profile: "locked", calls: assume + "!", fails: true}, {profile: "locked", calls: assume + "!", fails: true}},
		"a role denied in a later run": {{profile: "jon", calls: session, opened: 1}, {profile: "locked", calls: assume + "! " + assume + "!", opened: 1, fails: true}, {profile: "locked", calls: assume + "!", fails: true}},
		"a user who gets no session": {
			{profile: "one", change: func(w *world) {
				w.aws.Deny(awsfake.Denial{Principal: "arn:aws:iam::111122223333:user/jon", Action: "sts:GetSessionToken"})
			}, calls: session + " " + assume, opened: 1},
			{profile: "one"},
		},
		"a key that was deleted": {
			{profile: "jon", calls: session, opened: 1},
			{profile: "one", change: func(w *world) {
				for k, c := range w.cache.sessions { // AWS forgets the session with the key
					c.AccessKeyID = "ASIA2222222222222222"
					w.cache.sessions[k] = c
				}
			}, calls: assume + "! " + session + " " + assume, opened: 1},
		},
		"an agent that knows the passphrase": {
			{profile: "one", change: func(w *world) { w.cache.asks = false }, calls: assume, opened: 1},
			{profile: "one"},
			{profile: "jon", calls: session, opened: 1}, {profile: "jon"},
		},
		"a variable with the passphrase": {{profile: "one", change: func(w *world) { w.cache.mayType = false }, calls: assume, opened: 1}, {profile: "two", calls: assume, opened: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := asking(t)
			for i, r := range runs {
				env, want := w.env["AWS_VAULT_PRIME"], w.want
				protected := w.env["AWS_VAULT_PROTECTED"]
				if r.change != nil {
					r.change(w)
				}
				w.cache.typed, w.cache.opened = false, 0
				w.want.Profile = r.profile
				_, got, err := w.session(w.person).Obtain(t.Context(), w.want)
				if (err != nil) != r.fails || err == nil && got.SessionToken == "" {
					t.Fatalf("%d: %s: %v", i+1, r.profile, err)
				}
				if calls := refused.ReplaceAllString(strings.Join(w.aws.Operations(), " "), "!"); calls != r.calls || w.cache.opened != r.opened {
					t.Errorf("%d: %s calls %q and wants the passphrase %d times, want %q and %d", i+1, r.profile, calls, w.cache.opened, r.calls, r.opened)
				}
				w.aws.Reset()
				w.env["AWS_VAULT_PRIME"], w.want, w.env["AWS_VAULT_PROTECTED"] = env, want, protected
			}
		})
	}
}

// Sessions made with the key and sessions made with a session of its user have different
// names. So a person who switches priming off does not get a session that priming made. The
// same holds for a protected profile. The user's session belongs to the key and not to a
// profile.
func TestPrimedSessionsHaveTheirOwnNames(t *testing.T) {
	w := asking(t)
	w.get("one")
	if diff := cmp.Diff([]string{"sts.AssumeRole one", "sts.GetSessionToken jon"}, w.cache.types()); diff != "" {
		t.Error(diff)
	}
	primed := slices.Collect(keys(w.cache.sessions))
	w.env["AWS_VAULT_PRIME"] = "never"
	w.get("one")
	w.get("jon")
	if n := len(w.cache.sessions); n != len(primed)+2 {
		t.Errorf("%d sessions are cached, want %d", n, len(primed)+2)
	}
	for k, c := range w.cache.sessions {
		want := time.Hour
		if k.Type == "sts.GetSessionToken" && slices.Contains(primed, k) {
			want = 8 * time.Hour
		}
		if got := c.Expires.Sub(w.now()); got != want {
			t.Errorf("%v lasts %s, want %s", k, got, want)
		}
	}
}

func keys(m map[aws.SessionKey]aws.Credentials) func(func(aws.SessionKey) bool) {
	return func(yield func(aws.SessionKey) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// A prompt asks nobody, and renews a role all day with the session of the user.
func TestAPromptRenewsWithoutThePassphrase(t *testing.T) {
	w := asking(t)
	w.get("one")
	w.aws.Reset()
	w.aws.Clock.Advance(2 * time.Hour)
	w.cache.opened = 0
	if _, err := w.planAs(vault.Nobody{}, "one").Credentials(t.Context()); err != nil || w.cache.opened != 0 {
		t.Errorf("%v, after %d looks into the keystore", err, w.cache.opened)
	}
	w.called("AssumeRole")
}

// explain counts the calls that vault then makes.
func TestThePreviewCountsTheCallThatSparesAPassphrase(t *testing.T) {
	w := asking(t)
	for _, want := range []int{2, 0} {
		p := w.plan("one")
		preview, err := p.Preview(t.Context())
		if err != nil || preview.Calls != want {
			t.Errorf("%d calls, want %d (%v)", preview.Calls, want, err)
		}
		w.get("one")
	}
}
