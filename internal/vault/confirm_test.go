package vault_test

import (
	"fmt"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// A person at a terminal must type the name of a protected profile to use it.
func TestConfirmProtected(t *testing.T) {
	const config = "[profile prod]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = jon\nvault_protected = true\n[profile jon]\n"
	const asked = "prod is protected (account 111122223333). Type its name to continue"
	secrets := key("ASIAPROD")
	now := newDesk(t, config, nil).now
	// active is an activation of that profile, which ends after left.
	active := func(profile string, left time.Duration) vault.Active {
		target := env.Target{Profile: profile, Credentials: secrets}
		_, state, err := env.Use(env.Vars{}, env.State{}, nil, target, env.Key("0123456789abcdef0123456789abcdef"))
		if err != nil {
			t.Fatal(err)
		}
		return vault.Active{State: state, Expires: now.Add(left)}
	}
	claimed := active("prod", time.Hour)
	claimed.State.Authentic = false
	inShell := env.Vars{"AWS_ACCESS_KEY_ID": secrets.AccessKeyID, "AWS_SECRET_ACCESS_KEY": secrets.SecretAccessKey}
	changed := env.Vars{"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "x"}
	for _, test := range []struct {
		name, profile string
		env           env.Vars
		active        vault.Active
		environ       env.Vars
		answers       []string
		asked, says   string
	}{
		{"typed", "prod", nil, vault.Active{}, nil, []string{"prod"}, asked, "<nil>"},
		{"yes is not its name", "prod", nil, vault.Active{}, nil, []string{"y"}, asked, `that is not "prod", so nothing was changed`},
		{"Enter is not its name", "prod", nil, vault.Active{}, nil, []string{""}, asked, `that is not "prod", so nothing was changed`},
		{"there is no one to ask", "prod", nil, vault.Active{}, nil, nil, "", `profile "prod" is protected, and there is no terminal to confirm it on`},
		{"active already", "prod", nil, active("prod", time.Hour), inShell, nil, "", "<nil>"},
		{"expired", "prod", nil, active("prod", -time.Hour), inShell, []string{"prod"}, asked, "<nil>"},
		{"a claim only", "prod", nil, claimed, inShell, []string{"prod"}, asked, "<nil>"},
		{"AWS tools find no keys there", "prod", nil, active("prod", time.Hour), changed, []string{"prod"}, asked, "<nil>"},
		{"another is active", "prod", nil, active("jon", time.Hour), inShell, []string{"prod"}, asked, "<nil>"},
		{"not protected", "jon", nil, vault.Active{}, nil, nil, "", "<nil>"},
		{"by a pattern", "jon", env.Vars{"AWS_VAULT_PROTECTED": "j*"}, vault.Active{}, nil, []string{"jon"}, "jon is protected. Type its name to continue", "<nil>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, config, newKeeper(map[string]aws.Credentials{"jon": key("AKIAJON")}))
			d.env, d.person.answers = test.env, test.answers
			plan, err := d.session().Plan(t.Context(), vault.Want{Profile: test.profile})
			if err != nil {
				t.Fatal(err)
			}
			err = plan.ConfirmProtected(t.Context(), test.active, test.environ)
			if fmt.Sprint(err) != test.says {
				t.Errorf("it says %v, want %s", err, test.says)
			}
			if test.says != "<nil>" && test.answers == nil && fault.KindOf(err) != fault.Person {
				t.Errorf("it is of kind %d", fault.KindOf(err))
			}
			want := "[]"
			if test.asked != "" {
				want = "[" + test.asked + "]"
			}
			if got := fmt.Sprint(d.person.questions); got != want {
				t.Errorf("asked was %s, want %s", got, want)
			}
		})
	}
}

// Actions that need no person confirm nothing.
func TestNobodyConfirmsNothing(t *testing.T) {
	d := newDesk(t, "[profile jon]\nvault_protected = true\n", newKeeper(map[string]aws.Credentials{"jon": key("AKIAJON")}))
	plan, err := d.session().As(vault.Nobody{}).Plan(t.Context(), vault.Want{Profile: "jon"})
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.ConfirmProtected(t.Context(), vault.Active{}, nil); fault.KindOf(err) != fault.Person {
		t.Errorf("it says %v", err)
	}
}
