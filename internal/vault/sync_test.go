package vault_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

const (
	payments, sandbox = "111122223333", "444455556666"
	corp              = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
)

// section returns a profile in the form that sync writes. marked means that sync wrote it.
func section(name, account, role string, marked bool) string {
	comment := ""
	if marked {
		comment = "# vault: sso sync corp\n"
	}
	return "\n[profile " + name + "]\n" + comment + "sso_session = corp\nsso_account_id = " + account + "\nsso_role_name = " + role + "\n"
}

func adminOf(account, name string) vault.SSORole {
	return vault.SSORole{Account: account, AccountName: name, Email: name + "@example.com", Role: "Admin"}
}

// shown returns a plan as people see it.
func shown(p vault.SyncPlan) string {
	var out []string
	for _, part := range []struct {
		sign string
		kind vault.Change
	}{{"+", vault.Added}, {"~", vault.Changed}, {"-", vault.Removed}, {"!", vault.Taken}} {
		for _, c := range p.Of(part.kind) {
			out = append(out, part.sign+strings.ReplaceAll(c.String(), "   ", " "))
		}
	}
	return strings.Join(append(out, fmt.Sprint(p.There)), "; ")
}

func TestSyncPlan(t *testing.T) {
	roles := []vault.SSORole{adminOf(payments, "pay"), {Account: sandbox, AccountName: "box", Role: "Dev"}}
	for _, test := range []struct {
		name   string
		sync   vault.Sync // of the session corp, named {account}/{role}
		config string
		roles  []vault.SSORole
		left   []string
		want   string
	}{
		{"an empty file", vault.Sync{}, "", roles, nil, "+pay/Admin " + payments + " Admin; +box/Dev " + sandbox + " Dev; 0"},
		{"nothing to do", vault.Sync{}, section("pay/Admin", payments, "Admin", true) + section("box/Dev", sandbox, "Dev", true), roles, nil, "2"},
		{"a role has another account", vault.Sync{}, section("pay/Admin", sandbox, "Admin", true), roles[:1], nil, "~pay/Admin " + payments + " Admin; 0"},
		{"a profile of the person's covers it", vault.Sync{}, section("mine", payments, "Admin", false), roles, nil, "+box/Dev " + sandbox + " Dev; 1"},
		{"one of another session does not", vault.Sync{}, strings.ReplaceAll(section("mine", payments, "Admin", false), "corp", "other"), roles[:1], nil, "+pay/Admin " + payments + " Admin; 0"},
		{"the name is the person's", vault.Sync{}, "[profile pay/Admin]\nregion = x\n", roles[:1], nil, "!pay/Admin " + payments + " Admin; 0"},
		{"the name is that of a profile with a fault", vault.Sync{}, "[profile pay/Admin]\nregion = x\nregion = y\n", roles[:1], nil, "!pay/Admin " + payments + " Admin; 0"},
		{"pruned", vault.Sync{Prune: true}, section("gone/Admin", sandbox, "Admin", true) + section("pay/Admin", payments, "Admin", true), roles[:1], nil, "-gone/Admin; 1"},
		{"not pruned unless wanted", vault.Sync{}, section("gone/Admin", sandbox, "Admin", true), nil, nil, "0"},
		{"the person's is not pruned", vault.Sync{Prune: true}, section("gone/Admin", sandbox, "Admin", false), nil, nil, "0"},
		{"another session's is not pruned", vault.Sync{Prune: true}, strings.ReplaceAll(section("gone/Admin", sandbox, "Admin", true), "corp", "other"), nil, nil, "0"},
		{"an account that was left out is not pruned", vault.Sync{Prune: true}, section("gone/Admin", sandbox, "Admin", true), nil, []string{sandbox}, "0"},
		{"one that the person took over is pruned", vault.Sync{Prune: true}, section("pay/Admin", payments, "Admin", true) + section("mine", payments, "Admin", false), roles[:1], nil, "-pay/Admin; 1"},

		{"two accounts of one name", vault.Sync{}, "", []vault.SSORole{adminOf(payments, "a"), adminOf(sandbox, "a")}, nil,
			"+a/Admin-" + payments + " " + payments + " Admin; +a/Admin-" + sandbox + " " + sandbox + " Admin; 0"},
		{"in the other order", vault.Sync{}, "", []vault.SSORole{adminOf(sandbox, "a"), adminOf(payments, "a")}, nil,
			"+a/Admin-" + sandbox + " " + sandbox + " Admin; +a/Admin-" + payments + " " + payments + " Admin; 0"},
		{"a name that is given twice in the end", vault.Sync{Template: "{account}-{role}"}, "",
			[]vault.SSORole{adminOf(payments, "a"), adminOf(sandbox, "a"), {Account: "777788889999", AccountName: "a-Admin", Role: payments}}, nil,
			"+a-Admin-" + payments + " " + payments + " Admin; +a-Admin-" + sandbox + " " + sandbox + " Admin; !a-Admin-" + payments + " 777788889999 " + payments + "; 0"},
		{"no role in the template", vault.Sync{Template: "{account}"}, "", []vault.SSORole{{Account: payments, AccountName: "a", Role: "R1"}, {Account: payments, AccountName: "a", Role: "R2"}}, nil,
			"+a-" + payments + "-R1 " + payments + " R1; +a-" + payments + "-R2 " + payments + " R2; 0"},
		{"the account's id in the template", vault.Sync{Template: "{account_id}"}, "", []vault.SSORole{{Account: payments, Role: "R1"}, {Account: payments, Role: "R2"}}, nil,
			"+" + payments + "-" + payments + "-R1 " + payments + " R1; +" + payments + "-" + payments + "-R2 " + payments + " R2; 0"},
		{"default", vault.Sync{Template: "{account}"}, "", []vault.SSORole{adminOf(payments, "default")}, nil, "+default-" + payments + "-Admin " + payments + " Admin; 0"},
		{"all placeholders", vault.Sync{Template: "{session}.{account}.{account_id}.{role}.{email}"}, "", roles[:1], nil,
			"+corp.pay." + payments + ".Admin.pay@example.com " + payments + " Admin; 0"},
		{"an account without a name", vault.Sync{}, "", []vault.SSORole{{Account: payments, Role: "Admin"}}, nil, "+" + payments + "/Admin " + payments + " Admin; 0"},
		{"a name that no shell would take", vault.Sync{}, "", []vault.SSORole{{Account: payments, AccountName: " $(rm) [x]\n{role}é/", Role: "A"}}, nil, "+rm---x---role/A " + payments + " A; 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := test.sync
			s.SSOSession = "corp"
			if s.Template == "" {
				s.Template = "{account}/{role}"
			}
			plan, err := s.Plan("config", []byte(corp+test.config), vault.SSORoles{Roles: test.roles, Left: test.left})
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(plan); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
			after, err := awsconf.Apply([]byte(corp+test.config), plan.Edits)
			if err != nil {
				t.Fatal(err)
			}
			// Planned again, nothing is left to do.
			again, err := s.Plan("config", after, vault.SSORoles{Roles: test.roles, Left: test.left})
			if err != nil || len(again.Edits) > 0 {
				t.Errorf("%v; the second time: %s", err, shown(again))
			}
		})
	}
}

func TestSyncPlanOfAFileThatCannotBeRead(t *testing.T) {
	if plan, err := (vault.Sync{SSOSession: "corp"}).Plan("config", []byte("[profile x\n"), vault.SSORoles{}); err == nil {
		t.Errorf("got %v", plan)
	}
}

func TestCheckTemplate(t *testing.T) {
	for template, good := range map[string]bool{
		"{account}/{role}": true, "{account_id}": true, "x-{session}-{email}": true,
		"": false, "x": false, "{}": false, "{account": false, "{account}{": false, "{accounts}": false, "{account}/{Role}": false,
	} {
		err := vault.CheckTemplate(template)
		if (err == nil) != good || err != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", template, err)
		}
	}
}

// sheet is a config file.
type sheet struct {
	text, meanwhile string
	err             error
	writes          int
}

func (s *sheet) file() vault.ConfigFile {
	return vault.ConfigFile{
		Shown: "~/.aws/config",
		Text:  func() ([]byte, error) { return []byte(s.text), s.err },
		Update: func(_ context.Context, change func([]byte) ([]byte, error)) error {
			if s.meanwhile != "" {
				s.text = s.meanwhile
			}
			after, err := change([]byte(s.text))
			if err == nil {
				s.text, s.writes = string(after), s.writes+1
			}
			return err
		},
	}
}

func TestSync(t *testing.T) {
	written := corp + section("pay/Admin", payments, "Admin", true)
	for _, test := range []struct {
		name    string
		sync    vault.Sync
		sheet   sheet
		answers []string
		text    string
		says    []string
		err     string
	}{
		{"written", vault.Sync{Yes: true}, sheet{text: corp}, nil, written,
			[]string{"  + pay/Admin   " + payments + " Admin", "done: 1 profile written, 0 changed, 0 removed in ~/.aws/config"}, ""},
		{"with a region", vault.Sync{Yes: true, Region: "eu-west-1"}, sheet{text: corp}, nil, written + "region = eu-west-1\n",
			[]string{"  + pay/Admin   " + payments + " Admin", "done: 1 profile written, 0 changed, 0 removed in ~/.aws/config"}, ""},
		{"asked, yes", vault.Sync{}, sheet{text: corp}, []string{""}, written,
			[]string{"  + pay/Admin   " + payments + " Admin", "done: 1 profile written, 0 changed, 0 removed in ~/.aws/config"}, ""},
		{"asked, no", vault.Sync{}, sheet{text: corp}, []string{"n"}, corp, []string{"  + pay/Admin   " + payments + " Admin"}, ""},
		{"there is no one to ask", vault.Sync{}, sheet{text: corp}, nil, corp, []string{"  + pay/Admin   " + payments + " Admin"}, "there is no terminal to ask on"},
		{"a dry run", vault.Sync{DryRun: true, Yes: true}, sheet{text: corp}, nil, corp, []string{"  + pay/Admin   " + payments + " Admin"}, ""},
		{"nothing to write", vault.Sync{}, sheet{text: written}, nil, written, []string{"done: nothing to write: 1 of 1 role have a profile"}, ""},
		{"written by another process meanwhile", vault.Sync{Yes: true, Region: "x"}, sheet{text: corp, meanwhile: "# new\n" + written}, nil, "# new\n" + written,
			[]string{"  + pay/Admin   " + payments + " Admin", "done: 0 profiles written, 0 changed, 0 removed in ~/.aws/config"}, ""},
		{"a name that is taken", vault.Sync{Yes: true}, sheet{text: corp + "[profile pay/Admin]\n"}, nil, corp + "[profile pay/Admin]\n",
			[]string{"vault: warning: you have another profile of this name: pay/Admin   " + payments + " Admin", "done: nothing to write: 0 of 1 role have a profile"}, ""},
		{"the file cannot be read", vault.Sync{Yes: true}, sheet{text: corp, err: errDisk}, nil, corp, nil, "the disk is full"},
		{"the file is broken", vault.Sync{Yes: true}, sheet{text: "[profile x\n"}, nil, "[profile x\n", nil, "~/.aws/config:1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, "", newKeeper(nil))
			d.person.answers = test.answers
			s := test.sync
			s.Session, s.SSOSession, s.Template = d.session(), "corp", "{account}/{role}"
			f := test.sheet
			err := s.Run(d.ctx, vault.SSORoles{Roles: []vault.SSORole{adminOf(payments, "pay")}}, f.file())
			if err == nil && test.err != "" || err != nil && (test.err == "" || !strings.HasPrefix(err.Error(), test.err)) {
				t.Errorf("it says %v, want %s", err, test.err)
			}
			if diff := cmp.Diff(test.text, f.text); diff != "" {
				t.Errorf("the file (-want +got):\n%s", diff)
			}
			d.said(test.says...)
			if errors.Is(err, errDisk) && f.writes > 0 {
				t.Error("it was written")
			}
		})
	}
}

// Sync shows one screen of a long list.
func TestSyncShowsAScreen(t *testing.T) {
	for n, lines := range map[int]int{15: 15, 16: 16, 17: 16, 40: 16} {
		var roles []vault.SSORole
		for i := range n {
			roles = append(roles, vault.SSORole{Account: fmt.Sprintf("%012d", i), Role: "Admin"})
		}
		d := newDesk(t, "", newKeeper(nil))
		s := vault.Sync{Session: d.session(), SSOSession: "corp", Template: "{account}/{role}", DryRun: true}
		if err := s.Run(d.ctx, vault.SSORoles{Roles: roles}, (&sheet{}).file()); err != nil {
			t.Fatal(err)
		}
		if len(d.person.said) != lines || n > 16 && d.person.said[15] != fmt.Sprintf("  + ... %d more", n-15) {
			t.Errorf("of %d, it says %q", n, d.person.said)
		}
	}
}
