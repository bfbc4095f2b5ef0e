package vault_test

import (
	"strings"
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// A role's profile never runs its credential_process: one beside it does.
func TestProcessLineBesideARole(t *testing.T) {
	const (
		base = "[default]\nregion = eu-west-1\n"
		role = base + "[profile a b]\nrole_arn = x\nsource_profile = default\noutput = json\nvault_protected = true\n"
		own  = role + "\n[profile 'a b-vault']\n# vault: init --credential-process\nregion = eu-west-1\noutput = json\nvault_protected = true\ncredential_process = /vault credential-process 'a b'\n"
	)
	for name, c := range map[string]struct{ before, after, says string }{
		"it is written":              {role, own, ""},
		"it is there already":        {own, own, ""},
		"the program has moved":      {strings.Replace(own, "= /vault", "= '/old place/vault'", 1), own, ""},
		"its program's name is long": {strings.Replace(own, "= /vault credential-process 'a b'", "= '/old place/vault' credential-process 'a 'b", 1), own, ""},
		"another's profile":          {role + "[profile a b-vault]\nregion = x\n", "", `config:8: profile "a b-vault" is another one already`},
		"another profile's line":     {role + "[profile a b-vault]\ncredential_process = vault credential-process b\n", "", `config:8: profile "a b-vault" is another one already`},
		"a role of that name":        {strings.Replace(own, "credential_process", "role_arn = y\ncredential_process", 1), "", `config:9: profile "a b-vault" is another one already`},
	} {
		d := newDesk(t, c.before, newKeeper(nil))
		lines, err := d.session().ProcessLines("linux", "/vault", []string{"a b"}, true)
		if c.says != "" {
			if err == nil || err.Error() != c.says || fault.HintOf(err) != "rename it: vault edit 'a b-vault'" {
				t.Errorf("%s: it says %v (%s), want %s", name, err, fault.HintOf(err), c.says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		written, err := vault.SetProcessLines([]byte(c.before), lines)
		if err != nil || string(written) != c.after {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, written, c.after)
		}
	}
	d := newDesk(t, role, newKeeper(nil))
	_, err := d.session().ProcessLines("linux", "/vault", []string{"a b"}, false)
	if want := "vault init --credential-process --separate 'a b'   writes the profile a b-vault"; fault.HintOf(err) != want {
		t.Errorf("where it is not wanted: %v (%s), want the hint %s", err, fault.HintOf(err), want)
	}
	const line = "credential_process = /vault credential-process 'a b'\n"
	edited := strings.Replace(own, "output = json\nvault_protected = true\ncred", "output = json\ncli_pager = less\ncred", 1)
	theirs := strings.Replace(own, "# vault: init --credential-process\n", "", 1)
	for name, c := range map[string]struct{ before, after string }{
		"what vault wrote goes":                {own, role},
		"what the person added to it stays":    {edited, strings.Replace(edited, line, "", 1)},
		"what the person wrote themself stays": {theirs, strings.Replace(theirs, line, "", 1)},
	} {
		for _, profile := range []string{"a b", "a b-vault"} {
			lines, err := newDesk(t, c.before, newKeeper(nil)).session().OwnProcessLines([]string{profile})
			if err != nil {
				t.Errorf("%s: %s: %v", name, profile, err)
				continue
			}
			after, err := vault.RemoveProcessLines([]byte(c.before), lines)
			if err != nil || string(after) != c.after {
				t.Errorf("%s: %s: %v\n%s\nwant\n%s", name, profile, err, after, c.after)
			}
		}
	}
}

// What the person agrees to names the profile, and why it is another one.
func TestThePersonSeesTheProfileBeside(t *testing.T) {
	made := vault.ProcessLine{Profile: "dev-vault", Command: "vault credential-process dev", Of: "dev", Instead: "role_arn"}
	for name, c := range map[string]struct {
		undo        bool
		lines       []vault.ProcessLine
		shown, done string
	}{
		"written": {false, []vault.ProcessLine{made}, "av will change ~/config:\n    AWS tools use the role_arn of dev first: a new profile gets the line\n    [dev-vault]  credential_process = vault credential-process dev\n",
			"wrote ~/config; AWS tools use it by: aws --profile dev-vault"},
		"removed": {true, []vault.ProcessLine{{Profile: "dev-vault", Command: "x", Drop: true}, {Profile: "ci", Command: "x"}},
			"av will take credential_process of ci out of ~/config\nav will remove from ~/config: [profile dev-vault]\n", "wrote ~/config"},
	} {
		shown, done := "", ""
		e := vault.ProcessEdit{
			Program: "av", Undo: c.undo, Path: func() (string, error) { return "~/config", nil }, Tilde: func(path string) string { return path },
			Agree: func(text, _ string) (bool, error) { shown = text; return true, nil }, Done: func(text string) { done = text },
			Update: func(string, func([]byte) ([]byte, error)) error { return nil },
		}
		if _, err := e.Run(c.lines); err != nil || shown != c.shown || done != c.done {
			t.Errorf("%s: %v\n%s\n%s", name, err, shown, done)
		}
	}
	printed := ""
	if _, err := (vault.ProcessEdit{Print: func(text string) error { printed += text; return nil }}).Run([]vault.ProcessLine{made}); err != nil || printed != "[profile dev-vault]\n# vault: init --credential-process\ncredential_process = vault credential-process dev\n" {
		t.Errorf("printed: %v, %q", err, printed)
	}
}
