package vault_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"awsvault/internal/agent"
	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/keyage"
	"awsvault/internal/vault"
)

// due rotates what is older than 90 days. days says how old the keystore's note says a key
// is, by its name; a key without one is 1,000 days old and more, by what IAM says.
func (o *office) due(days map[string]int, change func(*vault.Due)) (reported []string, err error) {
	d := vault.Due{Names: []string{"jon", "other", "plain"}, Rotate: o.request, Report: func(err error) { reported = append(reported, err.Error()) }}
	d.Want.Profile = ""
	d.Session, d.Keeper = o.session(), o.keeper
	d.IAM = func(_ *vault.Plan, c aws.Credentials, user string) (vault.IAM, error) {
		return caller{o.users, c, user}, nil
	}
	o.keeper.ages = func(context.Context) func(string) keyage.Since {
		return func(name string) (s keyage.Since) {
			if n, ok := days[name]; ok && n >= 0 {
				s.Created = o.now.AddDate(0, 0, -n)
			} else if ok {
				s.Stored = o.now.AddDate(0, 0, n)
			}
			return s
		}
	}
	if err := d.SetLimit("90d"); err != nil {
		o.t.Fatal(err)
	}
	if change != nil {
		change(&d)
	}
	return reported, d.Run(o.ctx)
}

func yes(d *vault.Due) { d.Yes = true }

func TestDue(t *testing.T) {
	t.Run("what is known to be young is not read", func(t *testing.T) {
		o := newOffice(t)
		_, err := o.due(map[string]int{"jon": 90, "plain": 41, "other": 0}, yes)
		if err != nil || len(o.keeper.reads)+len(o.users.calls) != 0 {
			t.Errorf("%v, reads %v, calls %v", err, o.keeper.reads, o.users.calls)
		}
		o.said("vault: no key is older than 90d: the oldest of 3, that of jon, is 90 days old")
	})
	t.Run("each key once, after one question", func(t *testing.T) {
		o := newOffice(t)
		o.person.answers = []string{"y"}
		_, err := o.due(map[string]int{"jon": 91, "plain": -91, "other": 1}, nil)
		if err != nil || len(o.person.questions) != 1 || o.person.questions[0] != "Rotate 1 key? The old one stops working." {
			t.Errorf("%v, asked %q", err, o.person.questions)
		}
		o.whole()
		if got := strings.Join(o.person.said, "\n"); !strings.HasPrefix(got, "vault: jon, plain: 91 days old (AKIAOLD)\n") || !strings.Contains(got, "jon, plain: the new key is AKIANEW2; the old one, AKIAOLD, is deleted") {
			t.Error(got)
		}
	})
	t.Run("no is no", func(t *testing.T) {
		o := newOffice(t)
		o.person.answers = []string{""}
		if _, err := o.due(map[string]int{"jon": 91, "plain": 91, "other": 1}, nil); err != nil || len(o.keeper.changes)+len(o.users.calls) != 0 {
			t.Errorf("%v, %v, %v", err, o.keeper.changes, o.users.calls)
		}
	})
	t.Run("no one to ask", func(t *testing.T) {
		o := newOffice(t)
		if _, err := o.due(map[string]int{"jon": 91, "plain": 91, "other": 1}, nil); fault.KindOf(err) != fault.Person || len(o.keeper.changes) != 0 {
			t.Errorf("%v, %v", err, o.keeper.changes)
		}
	})
	t.Run("a note that it is at least so old is enough", func(t *testing.T) {
		o := newOffice(t)
		if _, err := o.due(map[string]int{"jon": -91, "plain": -91, "other": 1}, func(d *vault.Due) { d.DryRun = true }); err != nil || len(o.users.calls) != 0 {
			t.Errorf("%v, %v", err, o.users.calls)
		}
		o.said("vault: jon, plain: at least 91 days old (AKIAOLD)", "vault: nothing was changed")
	})
	t.Run("a note that it is younger is not: AWS knows", func(t *testing.T) {
		o := newOffice(t)
		if _, err := o.due(map[string]int{"jon": -1, "plain": -1, "other": 1}, func(d *vault.Due) { d.DryRun = true }); err != nil || fmt.Sprint(o.users.calls) != "[List]" {
			t.Errorf("%v, %v", err, o.users.calls)
		}
		o.said("vault: jon, plain: 1061 days old (AKIAOLD)", "vault: nothing was changed")
		if want := "map[jon:AKIAOLD 2024-01-02 plain:AKIAOLD 2024-01-02]"; fmt.Sprint(o.keeper.created) != want {
			t.Errorf("noted are %v, want %s", o.keeper.created, want)
		}
	})
	t.Run("what AWS does not say is left alone", func(t *testing.T) {
		for name, plant := range map[string]func(*office){
			"List: refused: AccessDenied": func(o *office) { o.users.fail["List"] = refusal{code: "AccessDenied"} },
			"AWS does not list the key":   func(o *office) { o.keeper.keys["jon"] = key("AKIASTRAY") },
			"it is a temporary session":   func(o *office) { c := key("ASIATEMP"); c.SessionToken = "t"; o.keeper.keys["jon"] = c },
			"Keys jon: the disk is full":  func(o *office) { o.keeper.fail = "Keys jon" },
		} {
			t.Run(name, func(t *testing.T) {
				o := newOffice(t)
				plant(o)
				if _, err := o.due(map[string]int{"plain": 1, "other": 1}, yes); err != nil || len(o.keeper.changes) != 0 {
					t.Errorf("%v, %v", err, o.keeper.changes)
				}
				if !strings.HasPrefix(o.person.said[0], "vault: warning: the age of the key of jon is unknown: ") {
					t.Error(o.person.said)
				}
			})
		}
	})
	t.Run("one that fails keeps no other from it", func(t *testing.T) {
		o := newOffice(t)
		o.users.fail["Create by AKIAOTHER"] = refusal{code: "AccessDenied"}
		reported, err := o.due(map[string]int{"jon": 91, "plain": 91, "other": 200}, func(d *vault.Due) { d.Yes, d.Names = true, []string{"other", "jon", "plain"} })
		if len(reported) != 1 || !strings.HasPrefix(reported[0], "other is not rotated: ") || fmt.Sprint(err) != "1 of 2 keys not rotated: other" || fault.HintOf(err) != "vault rotate other   tries again" {
			t.Errorf("%q, %v", reported, err)
		}
		if id := o.keeper.keys["jon"].AccessKeyID; id == "AKIAOLD" || o.keeper.keys["plain"].AccessKeyID != id {
			t.Errorf("jon has %s", id)
		}
	})
	t.Run("what another process has replaced since is not rotated again", func(t *testing.T) {
		o := newOffice(t)
		reported, err := o.due(map[string]int{"jon": 91, "plain": 91, "other": 1}, func(d *vault.Due) {
			d.Yes = true
			d.Rotate.Keeper = meanwhile{o.keeper}
		})
		if err != nil || len(reported) != 0 || len(o.users.calls) != 0 {
			t.Errorf("%v, %q, calls %v", err, reported, o.users.calls)
		}
		o.said("vault: jon, plain: 91 days old (AKIAOLD)", "vault: jon, plain: another process has replaced AKIAOLD")
	})
	t.Run("an agent reads no key for it", func(t *testing.T) {
		o := newOffice(t)
		o.agent = agent.Agent{By: agent.Flag}
		if _, err := o.due(nil, yes); fault.KindOf(err) != fault.Person || len(o.keeper.reads)+len(o.users.calls) != 0 {
			t.Errorf("%v, reads %v, calls %v", err, o.keeper.reads, o.users.calls)
		}
	})
	t.Run("Ctrl-C ends it", func(t *testing.T) {
		o := newOffice(t)
		ctx, cancel := context.WithCancel(o.ctx)
		o.ctx = ctx
		o.users.point = cancel
		reported, err := o.due(map[string]int{"plain": 1, "other": 200}, yes)
		if err != context.Canceled || len(reported)+len(o.keeper.changes) != 0 {
			t.Errorf("%v, %v, %v", err, reported, o.keeper.changes)
		}
	})
	t.Run("nothing is stored", func(t *testing.T) {
		o := newOffice(t)
		if _, err := o.due(nil, func(d *vault.Due) { d.Names = nil }); err != nil {
			t.Error(err)
		}
		o.said("vault: no key is stored")
	})
}

// meanwhile is a keystore in which another process replaces jon's key, just before a rotation
// has the lock.
type meanwhile struct{ *keeper }

func (m meanwhile) LockRotation(ctx context.Context) (func(), error) {
	for _, name := range []string{"jon", "plain"} {
		m.keys[name] = key("AKIANEWER")
	}
	return m.keeper.LockRotation(ctx)
}

// The limit is an age.
func TestTheLimitOfDue(t *testing.T) {
	for text, ok := range map[string]bool{"90d": true, "26w": true, "365d": true, "12h": true, "0d": false, "90": false, "-1d": false, "soon": false, "": false} {
		if err := (&vault.Due{}).SetLimit(text); (err == nil) != ok || err != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", text, err)
		}
	}
}
