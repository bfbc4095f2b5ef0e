package resolve_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/resolve"
)

// steps formats a plan in a few words: "jon 8h, dev 1h".
func steps(p *resolve.Plan) string {
	var words []string
	for _, s := range p.Steps[1:] {
		word := s.Profile + " " + s.Duration.String()
		if s.Primes {
			word = "*" + word
		}
		if s.MFASerial != "" {
			word += " code"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// If a passphrase has to be typed, a session of the user comes first, except where the key
// itself is needed. Without a passphrase, the plan is the same as aws-vault's.
func TestAPassphraseBuysOneSession(t *testing.T) {
	const (
		jon = "[profile jon]\nregion = us-east-1\n"
		dev = jon + "[profile dev]\nsource_profile = jon\nrole_arn = " + admin + "\n"
		two = dev + "[profile two]\nsource_profile = dev\nrole_arn = " + ops + "\n"
	)
	type vars = map[string]string
	set := func(change func(*resolve.Inputs)) func(*resolve.Inputs) { return change }
	for name, c := range map[string]struct {
		profile, config string
		env             vars
		change          func(*resolve.Inputs)
		want, direct    string // the steps after the key; direct is the plan without priming, if it differs
	}{
		"a role":                     {"dev", dev, nil, nil, "*jon 8h0m0s, dev 1h0m0s", "dev 1h0m0s"},
		"the user":                   {"jon", dev, nil, nil, "*jon 8h0m0s", "jon 1h0m0s"},
		"a chain":                    {"two", two, nil, nil, "*jon 8h0m0s, dev 1h0m0s, two 1h0m0s", "dev 1h0m0s, two 1h0m0s"},
		"as long as the variable":    {"dev", dev, vars{"AWS_CHAINED_SESSION_TOKEN_TTL": "2h"}, nil, "*jon 2h0m0s, dev 1h0m0s", "dev 1h0m0s"},
		"auto":                       {"dev", dev, vars{"AWS_VAULT_PRIME": "auto"}, nil, "*jon 8h0m0s, dev 1h0m0s", "dev 1h0m0s"},
		"never":                      {"dev", dev, vars{"AWS_VAULT_PRIME": "never"}, nil, "dev 1h0m0s", ""},
		"no passphrase":              {"dev", dev, vars{"AWS_VAULT_PRIME": "what"}, set(func(in *resolve.Inputs) { in.Prime = false }), "dev 1h0m0s", ""},
		"no session":                 {"dev", dev, nil, set(func(in *resolve.Inputs) { in.NoSession = true }), "dev 1h0m0s", ""},
		"the key itself":             {"jon", dev, nil, set(func(in *resolve.Inputs) { in.Key = true }), "jon 1h0m0s", ""},
		"two hours, by the flag":     {"dev", dev, nil, set(func(in *resolve.Inputs) { in.Duration = 2 * time.Hour }), "dev 2h0m0s", ""},
		"two hours, by the file":     {"dev", dev + "duration_seconds = 7200\n", nil, nil, "dev 2h0m0s", ""},
		"two hours, by the variable": {"dev", dev, vars{"AWS_ASSUME_ROLE_TTL": "2h"}, nil, "dev 2h0m0s", ""},
		"two hours at least":         {"dev", dev, nil, set(func(in *resolve.Inputs) { in.Min = 90 * time.Minute }), "dev 2h0m0s", ""},
		"two hours in the middle":    {"two", dev + "duration_seconds = 7200\n" + two[len(dev):], nil, nil, "dev 2h0m0s, two 1h0m0s", ""},
		"half an hour":               {"dev", dev, nil, set(func(in *resolve.Inputs) { in.Duration = time.Hour / 2 }), "*jon 8h0m0s, dev 30m0s", "dev 30m0s"},
		"the user's, half an hour":   {"jon", dev, nil, set(func(in *resolve.Inputs) { in.Duration = time.Hour / 2 }), "*jon 30m0s", "jon 30m0s"},
		"a console":                  {"dev", dev, nil, set(func(in *resolve.Inputs) { in.Console = true }), "*jon 8h0m0s, dev 1h0m0s", "dev 1h0m0s"},
		"a console that outlasts":    {"dev", dev, nil, set(func(in *resolve.Inputs) { in.Console, in.Duration = true, 4*time.Hour }), "dev 1h0m0s", ""},
		"the user's console":         {"jon", dev, nil, set(func(in *resolve.Inputs) { in.Console = true }), "jon 1h0m0s", ""},
		"a protected profile":        {"dev", dev + "vault_protected = true\n", nil, nil, "dev 1h0m0s", ""},
		"by a pattern":               {"dev", dev, nil, protects("dev"), "dev 1h0m0s", ""},
		"a protected key":            {"dev", dev, nil, protects("jon"), "dev 1h0m0s", ""},
		"a protected one between":    {"two", two, nil, protects("dev"), "dev 1h0m0s, two 1h0m0s", ""},
		"another is protected":       {"dev", two, nil, protects("two"), "*jon 8h0m0s, dev 1h0m0s", "dev 1h0m0s"},
		"a code buys it already":     {"dev", "[default]\nmfa_serial = " + jonMFA + "\n" + dev, nil, nil, "jon 8h0m0s code, dev 1h0m0s", ""},
		"the user's, with a code":    {"jon", "[default]\nmfa_serial = " + jonMFA + "\n" + dev, nil, nil, "jon 8h0m0s code", ""},
		"the role's code":            {"dev", dev + "mfa_serial = " + jonMFA + "\n", nil, nil, "*jon 8h0m0s code, dev 1h0m0s", "dev 1h0m0s code"},
		"the user's device only":     {"dev", jon + "mfa_serial = " + jonMFA + "\n" + dev[len(jon):], nil, nil, "*jon 8h0m0s, dev 1h0m0s", "dev 1h0m0s"},
		"a role of its own":          {"jon", jon + "role_arn = " + admin + "\n", nil, nil, "*jon 8h0m0s, jon 1h0m0s", "jon 1h0m0s"},
	} {
		in := inputs(t, c.profile, c.config, c.env)
		in.Prime = true
		if c.change != nil {
			c.change(&in)
		}
		p, err := resolve.NewPlan(in)
		if err != nil {
			t.Fatal(name, err)
		}
		direct := ""
		if p.Direct != nil {
			direct = steps(p.Direct)
		}
		if got := steps(p); got != c.want || direct != c.direct {
			t.Errorf("%s: the plan is %q, and %q without priming; want %q and %q", name, got, direct, c.want, c.direct)
		}
		if i := p.Prime(); (i == 1) != (c.direct != "") || i > 1 {
			t.Errorf("%s: the step that primes is %d", name, i)
		}
		// Without a passphrase, the plan is the same as without priming.
		in.Prime = false
		plain, err := resolve.NewPlan(in)
		if err != nil {
			t.Fatal(name, err)
		}
		want := plain
		if p.Direct == nil {
			p.Direct = p
		}
		if diff := cmp.Diff(want.Steps, p.Direct.Steps); diff != "" {
			t.Errorf("%s: without priming (-want +got):\n%s", name, diff)
		}
	}
}

func protects(name string) func(*resolve.Inputs) {
	return func(in *resolve.Inputs) { in.Protected = func(profile string) bool { return profile == name } }
}

// All roles of the user and the user share one session, whatever else differs about them. It
// is never the session that aws-vault's plan makes.
func TestPrimedSessionsByName(t *testing.T) {
	const text = "[profile jon]\nregion = us-east-1\n" +
		"[profile dev]\nregion = eu-west-1\nsource_profile = jon\nrole_arn = " + admin + "\n" +
		"[profile ops]\nsource_profile = jon\nrole_arn = " + ops + "\n"
	plan := func(profile string, change func(*resolve.Inputs)) *resolve.Plan {
		in := inputs(t, profile, text, nil)
		in.Prime = true
		if change != nil {
			change(&in)
		}
		p, err := resolve.NewPlan(in)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	short := func(in *resolve.Inputs) { in.Duration = 20 * time.Minute }
	narrowed := func(in *resolve.Inputs) { in.ReadOnly = true }
	user := plan("jon", nil).SessionKeys("AKIA")[1]
	var all []string
	for _, p := range []*resolve.Plan{plan("dev", nil), plan("dev", short), plan("dev", narrowed), plan("ops", nil)} {
		keys := p.SessionKeys("AKIA")
		if keys[1] != user {
			t.Errorf("the session of %s is %v, that of its user %v", p.Profile, keys[1], user)
		}
		direct := p.Direct.SessionKeys("AKIA")
		all = append(all, keys[2].Hash, direct[1].Hash)
	}
	all = append(all, user.Hash, plan("jon", nil).Direct.SessionKeys("AKIA")[1].Hash, plan("jon", nil).SessionKeys("AKIB")[1].Hash)
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) {
		t.Errorf("%d names for %d sessions", n, len(all))
	}
}

func TestAPrimeThatIsNone(t *testing.T) {
	in := inputs(t, "jon", "[profile jon]\nregion = us-east-1\n", map[string]string{"AWS_VAULT_PRIME": "always"})
	in.Prime = true
	if _, err := resolve.NewPlan(in); err == nil || !strings.Contains(err.Error(), `AWS_VAULT_PRIME: "always" is neither auto nor never`) {
		t.Error(err)
	}
}
