package vault_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

func TestRemove(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(d *desk, r *vault.Remove)
		answer  string
		says    string
		hint    string
		said    []string
		removed bool
	}{
		{"after a yes", nil, " Y ", "", "", []string{"done: deleted the key of jon"}, true},
		{"not after a no", nil, "n", "", "", nil, false},
		{"not without an answer", nil, "", "", "", nil, false},
		{"by force", func(_ *desk, r *vault.Remove) { r.Force, r.Ask = true, nil }, "", "", "", []string{"done: deleted the key of jon"}, true},
		{"not without a terminal", func(_ *desk, r *vault.Remove) { r.Ask = nil }, "", "remove asks before it deletes, and there is no terminal to ask on", "--force deletes without a question", nil, false},
		{"with its sessions", func(d *desk, _ *vault.Remove) { d.keeper.sessions["jon"] = 2 }, "y", "", "", []string{"done: deleted the key of jon and 2 sessions"}, true},
		{"although its sessions stay", func(d *desk, _ *vault.Remove) { d.keeper.fail = "RemoveSessions" }, "y", "", "",
			[]string{"vault: warning: its sessions: RemoveSessions jon: the disk is full", "done: deleted the key of jon"}, true},
		{"with a rotation that was not finished", func(d *desk, _ *vault.Remove) { d.keeper.rotations["jon"] = aws.Rotation{Name: "jon"} }, "y", "", "",
			[]string{"done: deleted the key of jon", "vault: warning: vault forgot its unfinished rotation: the user may have two keys at AWS"}, true},
		{"another that is not there", func(_ *desk, r *vault.Remove) { r.Profile = "ana" }, "y", `there is no stored key for "ana"`, "stored are jon", nil, false},
		{"of a keystore that cannot delete", func(d *desk, _ *vault.Remove) { d.keeper.fail = "RemoveKeys" }, "y", "RemoveKeys jon: the disk is full", "", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, "", newKeeper(map[string]aws.Credentials{"jon": key("AKIAJON")}))
			r := vault.Remove{Session: d.session(), Keeper: d.keeper, Profile: "jon", Ask: func(_ context.Context, question string) (string, error) {
				if question != `Delete credentials for profile "jon"? (y|N) ` {
					t.Errorf("it asks %q", question)
				}
				return test.answer, nil
			}}
			if test.change != nil {
				test.change(d, &r)
			}
			says := ""
			err := r.Run(t.Context())
			if err != nil {
				says = err.Error()
			}
			_, there := d.keeper.keys["jon"]
			if says != test.says || fault.HintOf(err) != test.hint || there == test.removed || test.removed && len(d.keeper.rotations) > 0 {
				t.Errorf("it says %q, hint %q; the key is there: %v; rotations %v", says, fault.HintOf(err), there, d.keeper.rotations)
			}
			d.said(test.said...)
		})
	}
}

func TestRemoveSessionsOnly(t *testing.T) {
	d := newDesk(t, "", newKeeper(map[string]aws.Credentials{"jon": key("AKIAJON")}))
	d.keeper.sessions["jon"] = 1
	if err := (vault.Remove{Session: d.session(), Keeper: d.keeper, Profile: "jon"}).Sessions(t.Context()); err != nil || len(d.keeper.keys) != 1 {
		t.Errorf("%v; keys %v", err, d.keeper.keys)
	}
	d.said("done: deleted 1 session of jon")
}

// signIns records what was obtained with each sign-in.
type signIns struct {
	sessions int
	token    bool
	fails    error
}

func (s *signIns) RemoveSSOSessions(context.Context) (int, error) {
	n := s.sessions
	s.sessions = 0
	return n, s.fails
}

func (s *signIns) RemoveToken(context.Context, string) (bool, error) { return s.token, nil }

func TestSignOut(t *testing.T) {
	offline := errors.New("no network")
	for _, test := range []struct {
		name     string
		keeper   signIns
		was      bool
		out      error
		roles    error
		says     string
		said     []string
		sessions int // left
	}{
		{"of a sign-in", signIns{sessions: 2}, true, nil, nil, "", []string{"done: signed out of corp", "done: signed out of lab"}, 0},
		{"of none", signIns{}, false, nil, nil, "", []string{"you were not signed in to corp", "you were not signed in to lab"}, 0},
		{"of none, but there were sessions", signIns{sessions: 2}, false, nil, nil, "", []string{"done: you were not signed in to corp; forgot 2 sessions of roles", "you were not signed in to lab"}, 0},
		{"although AWS cannot be told, of all", signIns{sessions: 2}, true, offline, nil, "signed out of lab on this machine, but not at AWS: no network", nil, 0},
		{"a sign-in that cannot be read", signIns{}, false, offline, nil, "no network", nil, 0},
		{"sessions that stay", signIns{fails: errDisk}, true, nil, nil, "the disk is full", nil, 0},
		{"with aws-vault's token", signIns{token: true}, true, nil, nil, "",
			[]string{"done: removed the token of corp that aws-vault had stored", "done: signed out of corp", "done: removed the token of lab that aws-vault had stored", "done: signed out of lab"}, 0},
		{"although the AWS CLI's files stay", signIns{}, true, nil, errDisk, "",
			[]string{"vault: warning: credentials of roles that the AWS CLI keeps: the disk is full", "done: signed out of corp",
				"vault: warning: credentials of roles that the AWS CLI keeps: the disk is full", "done: signed out of lab"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, "", newKeeper(nil))
			says := ""
			err := vault.SignOut{
				Session: d.session(), Keeper: &test.keeper, ForgetRoles: func() error { return test.roles },
				Open: func(name string) (vault.SignedIn, error) {
					return vault.SignedIn{Title: name, Out: func(context.Context) (bool, error) { return test.was, test.out }}, nil
				},
			}.Run(t.Context(), []string{"corp", "lab"})
			if err != nil {
				says = err.Error()
			}
			if says != test.says || test.keeper.sessions != test.sessions {
				t.Errorf("it says %q, want %q; %d sessions are left", says, test.says, test.keeper.sessions)
			}
			if strings.Contains(test.name, "cannot be told") && fault.HintOf(err) != "its token works until it expires" {
				t.Errorf("the hint is %q", fault.HintOf(err))
			}
			d.said(test.said...)
		})
	}
}
