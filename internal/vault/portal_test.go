package vault_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// portal is an Identity Center with one role, which records the calls.
type portal struct {
	calls     []string
	renewable bool
	err       error
	warnings  []string
}

func (p *portal) SignIn(_ context.Context, in *resolve.SignIn, _ resolve.Setting, how vault.SigningIn) (time.Time, bool, error) {
	p.calls = append(p.calls, "sign in to "+in.Name())
	if how.DeviceCode {
		p.calls = append(p.calls, "by code")
	}
	return time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC), p.renewable, p.err
}

func (p *portal) Roles(_ context.Context, in *resolve.SignIn, _ resolve.Setting, _ bool) (vault.SSORoles, []string, error) {
	p.calls = append(p.calls, "roles of "+in.Name())
	return vault.SSORoles{Roles: []vault.SSORole{{Account: "111122223333", AccountName: "pay", Role: "Admin"}}}, p.warnings, p.err
}

func (p *portal) SignOut(_ context.Context, in *resolve.SignIn, _ resolve.Setting) (bool, error) {
	p.calls = append(p.calls, "sign out of "+in.Name())
	return true, p.err
}

func (p *portal) ForgetRoles() error { return nil }

const (
	corpSection = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
	labSection  = "[sso-session lab]\nsso_start_url = https://lab.awsapps.com/start\nsso_region = eu-west-1\n"
	corpProfile = "[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
	oldProfile  = "[profile old]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
	usual       = "[default]\nregion = eu-west-1\n"
)

// center returns an IAM Identity Center beside a config file. A nil typist means that nobody
// is there.
func center(d *desk, p *portal, t *typist) (o vault.SSO, next *[]string) {
	next = &[]string{}
	return vault.SSO{
		Session: d.session(), Keeper: &signIns{}, Portal: p,
		Typist: func() vault.Typist {
			if t == nil {
				return nil
			}
			return t
		},
		File: func() (vault.ConfigFile, error) {
			file := d.configFile(nil)
			file.Text = func() ([]byte, error) { return []byte(d.config), nil }
			return *file, nil
		},
		Expiry: func(u time.Time) string { return "expires " + u.Format("15:04") },
		Print:  func(any) error { return errors.New("printed") },
		Next:   func(command string) { *next = append(*next, command) },
	}, next
}

func TestSSOLogin(t *testing.T) {
	for _, test := range []struct {
		name, config, session string
		how                   vault.SigningIn
		portal                portal
		typist                *typist
		calls, said           []string
		err                   string
	}{
		{"a profile uses it", corpSection + corpProfile, "", vault.SigningIn{}, portal{renewable: true}, nil,
			[]string{"sign in to corp"}, []string{"done: signed in to corp (the token renews by itself)"}, ""},
		{"until when", corpSection + corpProfile, "dev", vault.SigningIn{DeviceCode: true}, portal{}, nil,
			[]string{"sign in to corp", "by code"}, []string{"done: signed in to corp, expires 20:00"}, ""},
		{"no profile, and no one to ask", corpSection, "corp", vault.SigningIn{}, portal{renewable: true}, nil,
			[]string{"sign in to corp"}, []string{"done: signed in to corp (the token renews by itself)", "    next: vault sso sync"}, ""},
		{"no profile, and the person wants none", corpSection, "corp", vault.SigningIn{}, portal{renewable: true}, &typist{answers: []string{"n"}},
			[]string{"sign in to corp"}, []string{"done: signed in to corp (the token renews by itself)", "    next: vault sso sync"}, ""},
		{"no profile, and the person wants one for each role", usual + corpSection, "", vault.SigningIn{}, portal{renewable: true}, &typist{answers: []string{"y"}},
			[]string{"sign in to corp", "roles of corp"}, []string{"done: signed in to corp (the token renews by itself)", "  + pay/Admin   111122223333 Admin"}, "there is no terminal to ask on"},
		{"settings of the old kind have no profiles to write", oldProfile, "old", vault.SigningIn{}, portal{}, &typist{},
			[]string{"sign in to https://corp.awsapps.com/start"}, []string{"done: signed in to https://corp.awsapps.com/start, expires 20:00"}, ""},
		{"there is none, and no one to ask", "", "", vault.SigningIn{}, portal{}, nil, nil, nil, "there is no [sso-session] in the AWS config file"},
		{"there is none, and the person sets none up", "", "", vault.SigningIn{}, portal{}, &typist{answers: []string{"n"}}, nil, nil, "there is no [sso-session] in the AWS config file"},
		{"AWS refuses", corpSection, "", vault.SigningIn{}, portal{err: errDisk}, nil, []string{"sign in to corp"}, nil, "the disk is full"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, test.config, newKeeper(nil))
			o, _ := center(d, &test.portal, test.typist)
			says := ""
			if err := o.Login(t.Context(), test.session, test.how); err != nil {
				says = err.Error()
			}
			if says != test.err {
				t.Errorf("it says %q, want %q", says, test.err)
			}
			equal(t, "calls", test.portal.calls, test.calls...)
			d.said(test.said...)
		})
	}
}

// A user does not get the sessions of the user before.
func TestAnotherUserGetsNoSessionsOfTheFirst(t *testing.T) {
	for switched, left := range map[bool]int{true: 0, false: 2} {
		d, kept := newDesk(t, corpSection+corpProfile, newKeeper(nil)), &signIns{sessions: 2}
		o, _ := center(d, &portal{}, nil)
		o.Keeper = kept
		if err := o.Login(t.Context(), "", vault.SigningIn{SwitchUser: switched}); err != nil || kept.sessions != left {
			t.Errorf("another user %v: %v; %d sessions are left, want %d", switched, err, kept.sessions, left)
		}
	}
}

func TestSSOAddSignsInBeforeItWrites(t *testing.T) {
	d, p := newDesk(t, usual, newKeeper(nil)), &portal{}
	o, next := center(d, p, nil)
	answers := vault.SSOAnswers{StartURL: "https://corp.awsapps.com/start", SSORegion: "eu-west-1", Region: "eu-west-1", Yes: true}
	how := vault.SSOSync{Sync: vault.Sync{Template: vault.AccountAndRole, Yes: true}, DeviceCode: true}
	p.err = errDisk
	if err := o.Add(t.Context(), "", answers, how); !errors.Is(err, errDisk) || d.config != usual {
		t.Fatalf("a sign-in that fails: %v; the file is\n%s", err, d.config)
	}
	p.err, p.calls = nil, nil
	if err := o.Add(t.Context(), "", answers, how); err != nil {
		t.Fatal(err)
	}
	equal(t, "calls", p.calls, "sign in to corp", "by code", "roles of corp")
	if !strings.Contains(d.config, "[sso-session corp]") || !strings.Contains(d.config, "[profile pay/Admin]") || !slices.Equal(*next, []string{"vault use"}) {
		t.Errorf("the file is\n%s\nnext: %v", d.config, *next)
	}
	if err := o.Add(t.Context(), "", answers, vault.SSOSync{Sync: vault.Sync{Template: "{accounts}"}}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a template that is none: %v", err)
	}
}

func TestSSOSync(t *testing.T) {
	for _, test := range []struct {
		name, config string
		sync         vault.SSOSync
		portal       portal
		typist       *typist
		calls        []string
		next, err    string
	}{
		{"written", usual + corpSection, vault.SSOSync{Sync: vault.Sync{Yes: true}}, portal{}, nil, []string{"roles of corp"}, "vault use", ""},
		{"a dry run writes nothing", usual + corpSection, vault.SSOSync{Sync: vault.Sync{DryRun: true}}, portal{}, nil, []string{"roles of corp"}, "", ""},
		{"a dry run for a program", usual + corpSection, vault.SSOSync{JSON: true, Sync: vault.Sync{DryRun: true}}, portal{}, nil, []string{"roles of corp"}, "", "printed"},
		{"for a program, but not a dry run", usual + corpSection, vault.SSOSync{JSON: true}, portal{}, nil, nil, "", "--json is for --dry-run"},
		{"no one is there to say yes: no one signs in", usual + corpSection, vault.SSOSync{}, portal{}, nil, nil, "", "there is no terminal to ask on"},
		{"settings of the old kind", oldProfile, vault.SSOSync{Name: "old", Sync: vault.Sync{Yes: true}}, portal{}, nil, nil, "", "sync writes profiles that name an [sso-session], and these settings have none"},
		{"a template that is none", corpSection, vault.SSOSync{Sync: vault.Sync{Yes: true, Template: "{x}"}}, portal{}, nil, nil, "", `--name "{x}" is not`},
		{"two sessions", corpSection + labSection, vault.SSOSync{Sync: vault.Sync{Yes: true}}, portal{}, nil, nil, "", "which session? corp, lab"},
		{"the region is asked for", corpSection, vault.SSOSync{}, portal{}, &typist{answers: []string{"us-east-1"}}, []string{"roles of corp"}, "", "there is no terminal to ask on"},
		{"AWS refuses", usual + corpSection, vault.SSOSync{Sync: vault.Sync{Yes: true}}, portal{err: errDisk}, nil, []string{"roles of corp"}, "", "the disk is full"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, test.config, newKeeper(nil))
			o, next := center(d, &test.portal, test.typist)
			if test.sync.Template == "" {
				test.sync.Template = vault.AccountAndRole
			}
			says := ""
			if err := o.Sync(t.Context(), test.sync); err != nil {
				says = err.Error()
			}
			if !strings.HasPrefix(says, test.err) || test.err == "" && says != "" {
				t.Errorf("it says %q, want %q", says, test.err)
			}
			if got := strings.Join(*next, " "); got != test.next {
				t.Errorf("next: %q, want %q", got, test.next)
			}
			equal(t, "calls", test.portal.calls, test.calls...)
			if test.typist != nil {
				equal(t, "asked", test.typist.shown, "Region of the new profiles [eu-west-1]: ")
			}
		})
	}
}

func TestWhatIdentityCenterCannotListIsSaid(t *testing.T) {
	d, p := newDesk(t, usual+corpSection, newKeeper(nil)), &portal{warnings: []string{"account 1 is left out"}}
	o, _ := center(d, p, nil)
	if err := o.Sync(t.Context(), vault.SSOSync{Sync: vault.Sync{DryRun: true, Template: vault.AccountAndRole}}); err != nil {
		t.Fatal(err)
	}
	d.said("vault: warning: account 1 is left out", "  + pay/Admin   111122223333 Admin")
}

func TestSSOLogout(t *testing.T) {
	for _, test := range []struct {
		name  string
		all   bool
		calls []string
	}{
		{"lab", false, []string{"sign out of lab"}},
		{"dev", false, []string{"sign out of corp"}},
		{"", true, []string{"sign out of corp", "sign out of lab"}},
		{"", false, nil}, // which of the two?
	} {
		p := &portal{}
		o, _ := center(newDesk(t, corpSection+labSection+corpProfile, newKeeper(nil)), p, nil)
		if err := o.Logout(t.Context(), test.name, test.all); (err == nil) != (test.calls != nil) {
			t.Errorf("%q, all %v: %v", test.name, test.all, err)
		}
		equal(t, "calls", p.calls, test.calls...)
	}
}
