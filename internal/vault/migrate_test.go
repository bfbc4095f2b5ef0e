package vault_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// removal is a desk with two keystores.
type removal struct {
	*desk
	to      *keeper
	request vault.Migrate
}

func newRemoval(t *testing.T) *removal {
	from := newKeeper(map[string]aws.Credentials{"jon": key("AKIAJON"), "ana": key("AKIAANA")})
	return &removal{desk: newDesk(t, "", from), to: newKeeper(map[string]aws.Credentials{})}
}

func (r *removal) run() (vault.Migrated, error) {
	m := r.request
	m.Session = r.session()
	m.From, m.To = vault.Place{Keeper: r.keeper, Name: "file"}, vault.Place{Keeper: r.to, Name: "pass"}
	return m.Run(r.ctx)
}

// state lists the contents of both keystores: "ana jon | jon".
func (r *removal) state() string {
	list := func(k *keeper) string {
		var all []string
		names, _ := k.Names(context.Background())
		for _, name := range names {
			text := name
			if want := key("AKIA" + strings.ToUpper(name)); k.keys[name] != want {
				text += "=" + k.keys[name].AccessKeyID
			}
			all = append(all, text)
		}
		return strings.Join(all, " ")
	}
	return list(r.keeper) + " | " + list(r.to)
}

func TestMigrate(t *testing.T) {
	other := func(r *removal) { r.to.keys["jon"] = key("AKIAOTHER") }
	same := func(r *removal) { r.to.keys["jon"] = key("AKIAJON") }
	for _, test := range []struct {
		name    string
		request vault.Migrate
		change  func(*removal)
		state   string
		done    string
		says    string
	}{
		{"all", vault.Migrate{}, nil, "ana jon | ana jon", "2 copied", "ana: copied, verified; jon: copied, verified"},
		{"one, named twice", vault.Migrate{Profiles: []string{"jon", "jon"}}, nil, "ana jon | jon", "1 copied", "jon: copied, verified"},
		{"and deleted", vault.Migrate{DeleteSource: true}, nil, " | ana jon", "2 copied, 2 deleted from file",
			"ana: copied, verified, deleted from file; jon: copied, verified, deleted from file"},
		{"already there", vault.Migrate{DeleteSource: true}, same, " | ana jon", "1 copied, 1 skipped, 2 deleted from file",
			"ana: copied, verified, deleted from file; jon: already there, verified, deleted from file"},
		{"another is there, and stays in both", vault.Migrate{DeleteSource: true}, other, "jon | ana jon=AKIAOTHER", "1 copied, 1 skipped, 1 deleted from file",
			"ana: copied, verified, deleted from file; jon: skipped: pass has another key for it, AKIAOTHER; --overwrite replaces it"},
		{"another is there, and is replaced", vault.Migrate{Overwrite: true}, other, "ana jon | ana jon", "1 copied, 1 overwritten",
			"ana: copied, verified; jon: overwritten, verified"},
		{"what cannot be read is replaced", vault.Migrate{Overwrite: true}, func(r *removal) { other(r); r.to.fail = "Keys jon 1" }, "ana jon | ana jon", "1 copied, 1 overwritten",
			"ana: copied, verified; jon: overwritten, verified"},
		{"a dry run", vault.Migrate{DryRun: true}, other, "ana jon | jon=AKIAOTHER", "", "ana: to be copied; jon: pass has a key for it, which stays"},
		{"a dry run that would overwrite", vault.Migrate{DryRun: true, Overwrite: true, DeleteSource: true}, other, "ana jon | jon=AKIAOTHER", "",
			"ana: to be copied; jon: to be copied over the key in pass"},
		{"nothing", vault.Migrate{}, func(r *removal) { clear(r.keeper.keys) }, " | ", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRemoval(t)
			r.request = test.request
			if test.change != nil {
				test.change(r)
			}
			done, err := r.run()
			if err != nil || done.String() != test.done || r.state() != test.state {
				t.Errorf("%v; done: %q, want %q; the keystores have %q, want %q", err, done, test.done, r.state(), test.state)
			}
			if says := strings.ReplaceAll(strings.Join(r.person.said, "; "), "vault: ", ""); says != test.says {
				t.Errorf("it says %q, want %q", says, test.says)
			}
		})
	}
}

// Whatever step fails, migrate never deletes a key that has not reached the other keystore.
// The next run continues.
func TestMigrateFails(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*removal)
		says   string
		state  string
	}{
		{"the list", func(r *removal) { r.keeper.fail = "Names" }, "Names: the disk is full", "ana jon | "},
		{"the lock", func(r *removal) { r.keeper.fail = "LockRotation" }, "LockRotation: the disk is full", "ana jon | "},
		{"the records", func(r *removal) { r.keeper.fail = "Rotations" }, "ana is not migrated: Rotations: the disk is full", "ana jon | "},
		{"the look", func(r *removal) { r.to.fail = "Has jon" }, "jon is not migrated: Has jon: the disk is full", "jon | ana"},
		{"reading", func(r *removal) { r.keeper.fail = "Keys jon 1" }, "jon is not migrated: Keys jon: the disk is full", "jon | ana"},
		{"storing", func(r *removal) { r.to.fail = "PutKeys jon" }, "jon is not migrated: PutKeys jon: the disk is full", "jon | ana"},
		{"reading back", func(r *removal) { r.to.fail = "Keys jon 1" }, "jon is not migrated: Keys jon: the disk is full", "jon | ana jon"},
		{"what is read back", func(r *removal) {
			r.to.lie = func(_ string, c aws.Credentials) aws.Credentials { c.SecretAccessKey = ""; return c }
		}, `ana is not migrated: keys of "ana": the keystore did not return what was stored`, "ana jon | ana"},
		{"reading what is there", func(r *removal) { r.to.keys["jon"] = key("AKIAJON"); r.to.fail = "Keys jon" },
			"jon is not migrated: Keys jon: the disk is full", "jon | ana jon"},
		{"the source was changed meanwhile", func(r *removal) {
			r.keeper.before = func(call string) {
				if call == "Keys jon 2" {
					r.keeper.keys["jon"] = key("AKIANEW")
				}
			}
		}, "jon is not migrated: copied, verified in pass, but not deleted from file: it was given another key meanwhile", "jon=AKIANEW | ana jon"},
		{"looking again", func(r *removal) { r.keeper.fail = "Keys jon 2" },
			"jon is not migrated: copied, verified in pass, but not deleted from file: Keys jon: the disk is full", "jon | ana jon"},
		{"deleting", func(r *removal) { r.keeper.fail = "RemoveKeys jon" },
			"jon is not migrated: copied, verified in pass, but not deleted from file: RemoveKeys jon: the disk is full", "jon | ana jon"},
		{"a rotation", func(r *removal) { r.keeper.rotations["jon"] = aws.Rotation{Name: "jon"} }, "jon is not migrated: its key is being rotated", "jon | ana"},
		{"a profile without a key", func(r *removal) { r.request.Profiles = []string{"zed"} }, `file has no key of "zed"`, "ana jon | "},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRemoval(t)
			r.request.DeleteSource = true
			test.change(r)
			_, err := r.run()
			if fmt.Sprint(err) != test.says {
				t.Errorf("it says %v, want %s", err, test.says)
			}
			r.to.fail, r.keeper.fail = "", ""
			if r.state() != test.state {
				t.Errorf("the keystores have %q, want %q", r.state(), test.state)
			}
			if strings.HasPrefix(test.says, "jon ") && r.person.said[len(r.person.said)-1] != "vault: so far 1 copied, 1 deleted from file" &&
				!strings.Contains(test.says, "not deleted") {
				t.Errorf("it says %q", r.person.said)
			}
			if test.name == "a rotation" && fault.HintOf(err) != "vault rotate jon --backend file   finishes that" {
				t.Errorf("the hint is %q", fault.HintOf(err))
			}
		})
	}
}

// An interrupted migrate stops before the next key.
func TestMigrateInterrupted(t *testing.T) {
	r := newRemoval(t)
	r.request.DeleteSource = true
	ctx, cancel := context.WithCancel(t.Context())
	r.ctx = ctx
	r.keeper.before = func(call string) {
		if call == "RemoveKeys ana 1" {
			cancel()
		}
	}
	if _, err := r.run(); !errors.Is(err, context.Canceled) || r.state() != "jon | ana" {
		t.Errorf("%v; the keystores have %q", err, r.state())
	}
	r.ctx = t.Context()
	if _, err := r.run(); err != nil || r.state() != " | ana jon" {
		t.Errorf("%v; the keystores have %q", err, r.state())
	}
}
