package vault_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// users is an IAM with the user jon, who has some keys.
type users struct {
	keys      map[string]bool  // active, by id
	fail      map[string]error // by call, such as "Delete AKIAOLD"
	after     map[string]error // as fail, but the call takes effect before it fails
	calls     []string
	deletions int
	callers   []string // the access key ids of the callers
	point     func()   // before and after each call
	owners    map[string]string
}

// caller is a client of users.
type caller struct {
	*users
	as   aws.Credentials
	user string
}

func (c caller) do(call string, change func()) error {
	c.at()
	defer c.at()
	c.calls = append(c.calls, call)
	c.callers = append(c.callers, c.as.AccessKeyID)
	op, _, _ := strings.Cut(call, " ")
	for _, name := range []string{op, call, call + " by " + c.as.AccessKeyID} {
		if err := c.fail[name]; err != nil {
			return err
		}
	}
	if active, known := c.keys[c.as.AccessKeyID]; c.as.SessionToken == "" && (!known || !active) {
		return refusal{code: "InvalidClientTokenId"}
	}
	if change != nil {
		change()
	}
	return c.after[op]
}

func (u *users) at() {
	if u.point != nil {
		u.point()
	}
}

func (c caller) Keys(context.Context) (keys []aws.AccessKey, err error) {
	err = c.do("List", nil)
	for _, id := range slices.Sorted(maps.Keys(c.users.keys)) {
		keys = append(keys, aws.AccessKey{ID: id, Active: c.users.keys[id], Created: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)})
	}
	if err != nil {
		keys = nil
	}
	return keys, err
}

func (c caller) LastUsed(_ context.Context, id string) (aws.KeyUse, error) {
	if id == "AKIAUSED" {
		return aws.KeyUse{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Service: "s3"}, nil
	}
	return aws.KeyUse{}, c.fail["LastUsed"]
}

func (c caller) Create(ctx context.Context) (aws.Credentials, error) {
	id := fmt.Sprintf("AKIANEW%d", len(c.owners))
	err := c.do("Create", func() {
		c.users.keys[id] = true
		c.owners[id] = jonARN
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	return key(id), ctx.Err()
}

func (c caller) Deactivate(_ context.Context, id string) error {
	if _, ok := c.users.keys[id]; !ok && c.fail["Deactivate"] == nil {
		return refusal{code: "NoSuchEntity"}
	}
	return c.do("Deactivate "+id, func() { c.users.keys[id] = false })
}

func (c caller) Delete(_ context.Context, id string) error {
	c.deletions++
	if _, ok := c.users.keys[id]; !ok && c.fail["Delete"] == nil {
		return refusal{code: "NoSuchEntity"}
	}
	return c.do("Delete "+id, func() { delete(c.users.keys, id) })
}

// office is a desk with an IAM.
type office struct {
	*desk
	users   *users
	request vault.Rotate
	user    string // the user for whom IAM was called
}

const twoProfiles = "[profile jon]\nregion = eu-west-1\n[profile plain]\nregion = eu-west-1\n[profile other]\nregion = eu-west-1\n"

// newOffice returns an office with a user whose key is stored under two names, and with a key
// of another user.
func newOffice(t *testing.T) *office {
	k := newKeeper(map[string]aws.Credentials{"jon": key("AKIAOLD"), "plain": key("AKIAOLD"), "other": key("AKIAOTHER")})
	o := &office{desk: newDesk(t, twoProfiles, k)}
	o.owners["AKIAOLD"], o.owners["AKIAOTHER"] = jonARN, "arn:aws:iam::111122223333:user/zed"
	o.users = &users{keys: map[string]bool{"AKIAOLD": true}, fail: map[string]error{}, after: map[string]error{}, owners: o.owners}
	o.whose = func(c aws.Credentials) error {
		if active, known := o.users.keys[c.AccessKeyID]; o.owners[c.AccessKeyID] == jonARN && (!known || !active) {
			return refusal{code: "InvalidClientTokenId"}
		}
		return nil
	}
	o.request.Want.Profile = "jon"
	return o
}

func (o *office) rotate() (vault.Rotated, error) {
	r := o.request
	r.Session, r.Keeper = o.session(), o.keeper
	r.IAM = func(_ *vault.Plan, c aws.Credentials, user string) (vault.IAM, error) {
		o.user = user
		return caller{o.users, c, user}, nil
	}
	return r.Run(o.ctx)
}

// fails runs rotate, which must fail with the given text and hint.
func (o *office) fails(want, hint string) {
	o.t.Helper()
	done, err := o.rotate()
	if fmt.Sprint(err) != want || fault.HintOf(err) != hint {
		o.t.Errorf("it says %v, %s\nwant     %s, %s (%v)", err, fault.HintOf(err), want, hint, done)
	}
}

// whole checks that all stored keys are one working key, and that nothing else is left.
func (o *office) whole() {
	o.t.Helper()
	stored := o.keeper.keys["jon"]
	if stored == key("AKIAOLD") || o.keeper.keys["plain"] != stored || !o.users.keys[stored.AccessKeyID] {
		o.t.Errorf("stored are %v", o.keeper.keys)
	}
	if len(o.users.keys) != 1 || len(o.keeper.rotations) != 0 {
		o.t.Errorf("AWS has %v, the keystore %v", o.users.keys, o.keeper.rotations)
	}
	if o.keeper.keys["other"] != key("AKIAOTHER") {
		o.t.Errorf("another user's key is now %v", o.keeper.keys["other"])
	}
}

// works checks that each stored key works.
func (o *office) works() {
	o.t.Helper()
	for _, name := range []string{"jon", "plain"} {
		if id := o.keeper.keys[name].AccessKeyID; !o.users.keys[id] {
			o.t.Errorf("%s has %s, and AWS has %v", name, id, o.users.keys)
		}
	}
}

func TestRotate(t *testing.T) {
	o := newOffice(t)
	o.config += "aws_access_key_id = AKIAOLD\naws_secret_access_key = x\n"
	o.keeper.sessions["jon"] = 2
	done, err := o.rotate()
	if err != nil {
		t.Fatal(err)
	}
	want := vault.Rotated{Names: []string{"jon", "plain"}, Old: "AKIAOLD", New: "AKIANEW2", Copies: []string{"config:7"}}
	if fmt.Sprint(done) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", done, want)
	}
	o.whole()
	o.said("vault: rotating AKIAOLD, the key of "+jonARN, "vault: plain has the same key, and gets the new one too",
		"vault: created the new key AKIANEW2", "vault: AKIANEW2 works", "vault: stored it for jon, plain",
		"vault: deactivated the old key AKIAOLD", "vault: deleted the old key AKIAOLD")
	if got, want := fmt.Sprint(o.users.calls), "[List Create Deactivate AKIAOLD Delete AKIAOLD]"; got != want {
		t.Errorf("calls %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(o.keeper.changes), "[PutRotation jon PutRotation jon PutKeys jon PutKeys plain RemoveRotation jon]"; got != want {
		t.Errorf("changes %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(o.keeper.created), "map[jon:AKIANEW2 2026-"; !strings.HasPrefix(got, want) || !strings.Contains(got, "plain:AKIANEW2 2026-") {
		t.Errorf("noted are %s, want %s… and the same of plain", got, want)
	}
	if len(o.keeper.sessions) != 0 {
		t.Errorf("sessions of the old key are left: %v", o.keeper.sessions)
	}
}

// Vault tries the new key three times in a row before it stores the key, and again after it
// has deactivated the old one.
func TestRotateTriesTheNewKey(t *testing.T) {
	o := newOffice(t)
	var seen []string
	whose := o.whose
	o.whose = func(c aws.Credentials) error {
		err := whose(c)
		if c.AccessKeyID == "AKIAOLD" {
			return err
		}
		if len(seen) == 1 { // the key works once, and then fails again
			err = refusal{code: "InvalidClientTokenId"}
		}
		state := "not stored"
		if o.keeper.keys["plain"] == c {
			state = "stored"
		}
		seen = append(seen, fmt.Sprint(state, " ", err == nil))
		return err
	}
	if _, err := o.rotate(); err != nil {
		t.Fatal(err)
	}
	want := "not stored true, not stored false, not stored true, not stored true, not stored true, stored true, stored true, stored true"
	if got := strings.Join(seen, ", "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// killed is the panic of a process that ends at once.
type killed struct{}

// At whatever point a rotation is interrupted or killed, the stored key works, and the next
// run finishes the rotation. There is one exception: if the process dies after the answer of
// CreateAccessKey and before it records the key, a person has to tell the next run to delete
// the lost key.
func TestRotateInterrupted(t *testing.T) {
	points := 0
	count := newOffice(t)
	count.users.point = func() { points++ }
	count.keeper.before = func(string) { points++ }
	if _, err := count.rotate(); err != nil || points < 20 {
		t.Fatal(points, err)
	}
	lost := 0
	for at := 1; at <= points; at++ {
		for _, mode := range []string{"interrupted", "killed"} {
			t.Run(fmt.Sprintf("%s at %d", mode, at), func(t *testing.T) {
				o := newOffice(t)
				ctx, cancel := context.WithCancel(t.Context())
				o.ctx = ctx
				n := 0
				point := func() {
					if n++; n == at && mode == "killed" {
						panic(killed{})
					} else if n == at {
						cancel()
					}
				}
				o.users.point = point
				o.keeper.before = func(string) { point() }
				err := func() (err error) {
					defer func() {
						if p := recover(); p != nil {
							err = errors.New("killed")
						}
					}()
					_, err = o.rotate()
					return err
				}()
				if mode == "interrupted" && err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("it says %v", err)
				}
				o.works()
				const note = "vault: the rotation is not finished. Run again: vault rotate jon"
				if left := errors.Is(err, context.Canceled) && len(o.keeper.rotations) > 0; left != slices.Contains(o.person.said, note) {
					t.Errorf("it says %q; the records are %v", o.person.said, o.keeper.rotations)
				}
				o.users.point, o.keeper.before, o.ctx = nil, nil, t.Context()
				for id := range o.users.keys {
					if r := o.keeper.rotations["jon"]; mode == "killed" && r.Old != "" && r.New.AccessKeyID == "" && id != "AKIAOLD" {
						lost++
						o.fails("nothing was changed: the rotation that was interrupted a moment ago probably created "+id+", whose secret is lost",
							"vault rotate jon --delete-key="+id+"   if no one else created it: "+id+" (active, created 2024-01-02, never used)")
						o.request.DeleteKey = id
					}
				}
				if o.keeper.keys["jon"] == key("AKIAOLD") || len(o.keeper.rotations) > 0 || len(o.users.keys) > 1 || o.keeper.keys["plain"] == key("AKIAOLD") {
					if _, err := o.rotate(); err != nil {
						t.Fatal(err)
					}
				}
				o.whole()
			})
		}
	}
	if lost != 2 { // after the call, and before the record
		t.Errorf("a key was lost at %d points", lost)
	}
}

// If the keystore fails at any point, the stored key still works, and the next run finishes.
func TestRotateKeystoreFails(t *testing.T) {
	const onward = "vault rotate jon   continues from here"
	for _, test := range []struct {
		fail, says, hint string
		keys             int // at AWS
	}{
		{"Keys jon 1", "Keys jon: the disk is full", "", 1},
		{"Rotations", "Rotations: the disk is full", "", 1},
		{"Names", "Names: the disk is full", "", 1},
		{"LockRotation", "LockRotation: the disk is full", "", 1},
		{"PutRotation jon 1", "nothing was changed: the rotation cannot be recorded: PutRotation jon: the disk is full", "", 1},
		{"PutRotation jon 2", "nothing was changed: the new key could not be stored, and is deleted again: PutRotation jon: the disk is full", "", 1},
		{"PutKeys plain 1", "the new key AKIANEW2 works, but could not be stored in place of the old one, which works too: PutKeys plain: the disk is full", onward, 2},
		{"Keys plain 2", "the new key AKIANEW2 works, but could not be stored in place of the old one, which works too: Keys plain: the disk is full", onward, 2},
		{"Keys plain 3", "the new key AKIANEW2 works, but could not be stored in place of the old one, which works too: Keys plain: the disk is full", onward, 2},
		{"RemoveRotation jon 1", "the new key AKIANEW2 is stored and works, and the old one is deleted; only the record of the rotation is left: RemoveRotation jon: the disk is full",
			"vault rotate jon   removes it", 1},
	} {
		t.Run(test.fail, func(t *testing.T) {
			o := newOffice(t)
			o.keeper.fail = test.fail
			o.fails(test.says, test.hint)
			if len(o.users.keys) != test.keys {
				t.Errorf("AWS has %v", o.users.keys)
			}
			o.works()
			o.keeper.fail = ""
			if _, err := o.rotate(); err != nil {
				t.Fatal(err)
			}
			o.whole()
		})
	}
}

// Vault notices a keystore that does not return what was stored, before it touches the old
// key.
func TestRotateKeystoreLies(t *testing.T) {
	o := newOffice(t)
	o.keeper.lie = func(name string, c aws.Credentials) aws.Credentials {
		if name == "plain" && c != key("AKIAOLD") {
			c.SecretAccessKey = c.SecretAccessKey[1:]
		}
		return c
	}
	o.fails(`the new key AKIANEW2 works, but could not be stored in place of the old one, which works too: keys of "plain": the keystore did not return what was stored`,
		"vault rotate jon   continues from here")
	if got := fmt.Sprint(o.users.keys); got != "map[AKIANEW2:true AKIAOLD:true]" {
		t.Errorf("AWS has %s", got)
	}
}

// A key that another process has stored meanwhile stays.
func TestRotateKeyReplacedMeanwhile(t *testing.T) {
	o := newOffice(t)
	o.keeper.before = func(call string) {
		if call == "Keys plain 2" {
			o.keeper.keys["plain"] = key("AKIAOTHER")
		}
	}
	o.fails("the new key AKIANEW2 works, but could not be stored in place of the old one, which works too: plain was given another key meanwhile, AKIAOTHER",
		"vault rotate jon   continues from here")
	if o.keeper.keys["plain"] != key("AKIAOTHER") {
		t.Errorf("plain has %v", o.keeper.keys["plain"])
	}
}

func TestRotateIsRefused(t *testing.T) {
	no := refusal{code: "AccessDenied"}
	const lost = "the stored key is unchanged and works, but AWS may have created a new key whose secret is lost: refused: "
	for _, test := range []struct {
		name       string
		change     func(*office)
		says, hint string
		record     bool
	}{
		{"no key may be created", func(o *office) { o.users.fail["Create"] = no }, "nothing was changed: refused: AccessDenied",
			"the user needs iam:CreateAccessKey and iam:DeleteAccessKey for itself; if a policy requires MFA for that, set mfa_serial in the profile", false},
		{"the limit is reached meanwhile", func(o *office) { o.users.fail["Create"] = refusal{code: "LimitExceeded"} }, "nothing was changed: refused: LimitExceeded",
			"AWS allows two keys, and the user has AKIAOLD (active, created 2024-01-02, never used)", false},
		{"the answer is lost", func(o *office) { o.users.after["Create"] = refusal{lost: true} }, lost, "vault rotate jon   looks for it, and continues", true},
		{"the list does not come", func(o *office) { o.users.fail["List"] = refusal{code: "ServiceUnavailable"} }, "nothing was changed: refused: ServiceUnavailable", "", false},
		{"there is another key", func(o *office) { o.users.keys["AKIAUSED"] = false },
			"nothing was changed: AWS allows two keys, and the user has another one beside AKIAOLD: AKIAUSED (inactive, created 2024-01-02, last used 2026-01-02 for s3)",
			"vault rotate jon --delete-key=AKIAUSED   deletes it first; does anything still use it?", false},
		{"there is another key, and nothing is known of the keys before", func(o *office) {
			o.keeper.rotations["jon"] = aws.Rotation{Name: "jon", Old: "AKIAOLD"}
			o.users.keys["AKIAUSED"] = true
		}, "nothing was changed: AWS allows two keys, and the user has another one beside AKIAOLD: AKIAUSED (active, created 2024-01-02, last used 2026-01-02 for s3)",
			"vault rotate jon --delete-key=AKIAUSED   deletes it first; does anything still use it?", true},
		{"its last use is not told", func(o *office) { o.users.keys["AKIAX"], o.users.fail["LastUsed"] = true, no },
			"nothing was changed: AWS allows two keys, and the user has another one beside AKIAOLD: AKIAX (active, created 2024-01-02, last use not known)",
			"vault rotate jon --delete-key=AKIAX   deletes it first; does anything still use it?", false},
		{"the stored key is to be deleted", func(o *office) { o.request.DeleteKey = "AKIAOLD" },
			"nothing was changed: AKIAOLD is the stored key, which a rotation replaces", "leave out --delete-key", false},
		{"a key is to be deleted that there is not", func(o *office) { o.request.DeleteKey = "AKIAX" },
			`nothing was changed: the user has no other key "AKIAX"`, "there is no other key", false},
		{"the other key may not be deleted", func(o *office) {
			o.users.keys["AKIAX"], o.request.DeleteKey, o.users.fail["Delete"] = true, "AKIAX", no
		}, "nothing was changed: refused: AccessDenied", "", false},
		{"the keys may not be listed, and one is to be deleted", func(o *office) { o.request.DeleteKey, o.users.fail["List"] = "AKIAX", no },
			"nothing was changed: refused: AccessDenied", "", false},
		{"the new key can be neither stored nor deleted", func(o *office) { o.keeper.fail, o.users.fail["Delete"] = "PutRotation jon 2", no },
			"the stored key is unchanged and works; the new key AKIANEW2 could be neither stored nor deleted (refused: AccessDenied), so its secret is lost: PutRotation jon: the disk is full",
			"vault rotate jon --delete-key=AKIANEW2", true},
		{"no key may be deleted", func(o *office) { o.users.fail["Delete"] = no },
			"the new key AKIANEW2 is stored and works, but the old one, AKIAOLD, is deactivated and not deleted: refused: AccessDenied",
			"ask someone with iam:DeleteAccessKey to delete AKIAOLD, then run: vault rotate jon", true},
		{"deactivation fails", func(o *office) { o.users.fail["Deactivate"] = refusal{code: "ServiceUnavailable"} },
			"the new key AKIANEW2 is stored and works, but the old one, AKIAOLD, is still active: refused: ServiceUnavailable",
			"vault rotate jon   continues from here", true},
		{"the key is a role's", func(o *office) { o.owners["AKIAOLD"], o.whose = "arn:aws:sts::111122223333:assumed-role/r/s", nil },
			"the stored key belongs to arn:aws:sts::111122223333:assumed-role/r/s, which has no access keys to rotate", "", false},
		{"AWS does not know the key", func(o *office) { o.users.keys = map[string]bool{} }, "refused: InvalidClientTokenId", "", false},
		{"a session is stored", func(o *office) { c := key("ASIAX"); c.SessionToken = "t"; o.keeper.keys["jon"] = c },
			`a temporary session is stored for "jon", not an access key: it cannot be rotated`, "", false},
		{"no key is stored", func(o *office) {
			o.request.Want.Profile = "run"
			o.config += "[profile run]\ncredential_process = true\n"
		},
			`profile "run" has no stored key to rotate: its credentials come from credential_process`, "another program provides this key: rotate it there", false},
		{"the key is in a file", func(o *office) {
			o.request.Want.Profile = "file"
			o.config += "[profile file]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
		}, `profile "file" has no stored key to rotate: its credentials come from keys in a file`, "vault import credentials file", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			test.change(o)
			o.fails(test.says, test.hint)
			if (len(o.keeper.rotations) > 0) != test.record {
				t.Errorf("the records are %v", o.keeper.rotations)
			}
		})
	}
}

// The caller lacks a permission that is not needed.
func TestRotateWithFewRights(t *testing.T) {
	for call, lines := range map[string]int{"List": 8, "Deactivate": 7} {
		o := newOffice(t)
		o.users.fail[call] = refusal{code: "AccessDenied"}
		if _, err := o.rotate(); err != nil {
			t.Error(err)
		}
		o.whole()
		if len(o.person.said) != lines {
			t.Errorf("it says %q", o.person.said)
		}
	}
}

// A key that is already gone need not be deleted, even if the caller may not delete.
func TestRotateOldKeyIsGone(t *testing.T) {
	for _, fail := range []string{"", "Delete"} {
		o := newOffice(t)
		o.users.fail["Delete"] = refusal{code: "AccessDenied"}
		if _, err := o.rotate(); err == nil {
			t.Fatal("no error")
		}
		delete(o.users.keys, "AKIAOLD")
		delete(o.users.fail, "Delete")
		o.users.deletions = 0
		if fail != "" {
			o.users.fail["Deactivate"], o.users.fail[fail] = refusal{code: "AccessDenied"}, refusal{code: "AccessDenied"}
		}
		if _, err := o.rotate(); err != nil {
			t.Errorf("%q: %v", fail, err)
		}
		if want := len(fail) / len("Delete"); o.users.deletions != want {
			t.Errorf("%q: %d deletions", fail, o.users.deletions)
		}
		o.whole()
	}
}

func TestRotateDeletesTheOtherKey(t *testing.T) {
	o := newOffice(t)
	o.users.keys["AKIAX"], o.request.DeleteKey = true, "AKIAX"
	if _, err := o.rotate(); err != nil {
		t.Fatal(err)
	}
	o.whole()
	if o.person.said[2] != "vault: deleted AKIAX" {
		t.Errorf("it says %q", o.person.said)
	}
}

// Vault does not store a key that turns out to belong to another user.
func TestRotateKeyOfAnotherUser(t *testing.T) {
	o := newOffice(t)
	o.keeper.before = func(call string) {
		if call == "PutRotation jon 2" {
			o.owners["AKIANEW2"] = "arn:aws:iam::111122223333:user/eve"
		}
	}
	o.fails("the new key AKIANEW2 is kept but does not work yet; the stored key is as it was: it is the key of arn:aws:iam::111122223333:user/eve, not of "+jonARN,
		"vault rotate jon   continues from here")
	o.works()
}

// AWS needs time until it knows a key. Vault gives up after a minute.
func TestRotateKeyIsNeverKnown(t *testing.T) {
	o := newOffice(t)
	o.whose = func(c aws.Credentials) error {
		if c != key("AKIAOLD") {
			return refusal{code: "InvalidClientTokenId"}
		}
		return nil
	}
	o.fails("the new key AKIANEW2 is kept but does not work yet; the stored key is as it was: refused: InvalidClientTokenId", "vault rotate jon   continues from here")
	if o.waited < time.Minute || o.waited > 2*time.Minute {
		t.Errorf("it waited %s", o.waited)
	}
	if !slices.Contains(o.person.said, "vault: waiting until all of AWS knows the new key") {
		t.Errorf("it says %q", o.person.said)
	}
	o.works()
}

// On a terminal each step is a line with a mark, and a slow step shows a wait.
func TestRotateShowsItsStepsOnATerminal(t *testing.T) {
	o := newOffice(t)
	var steps []string
	o.request.Step = func(text string) { steps = append(steps, text) }
	if _, err := o.rotate(); err != nil {
		t.Fatal(err)
	}
	want := []string{"created the new key AKIANEW2", "AKIANEW2 works", "stored it for jon, plain", "deactivated the old key AKIAOLD", "deleted the old key AKIAOLD"}
	if !slices.Equal(steps, want) {
		t.Errorf("the steps are %q, want %q", steps, want)
	}
	if said := strings.Join(o.person.said, "\n"); strings.Contains(said, "AKIANEW2") || strings.Contains(said, "waiting") {
		t.Errorf("they are said twice: %s", said)
	}
	if want := "all of AWS to know the new key"; !slices.Equal(o.person.waits, []string{want, want}) { // and again without the old one
		t.Errorf("it waits for %q", o.person.waits)
	}
}

// An interrupted rotation also continues under the other name. --delete-key has to wait.
func TestRotateContinues(t *testing.T) {
	o := newOffice(t)
	o.users.fail["Delete"] = refusal{code: "AccessDenied"}
	if _, err := o.rotate(); err == nil {
		t.Fatal("no error")
	}
	o.users.fail, o.person.said = map[string]error{}, nil
	o.request.Want.Profile, o.request.DeleteKey = "plain", "AKIAX"
	o.fails("--delete-key: finish the rotation that was interrupted first", "vault rotate plain")
	o.request.DeleteKey = ""
	if _, err := o.rotate(); err != nil {
		t.Fatal(err)
	}
	o.said("vault: continuing the rotation of 2026-11-28T12:00:00Z: AKIAOLD is replaced by AKIANEW2",
		"vault: AKIANEW2 works", "vault: stored it for jon, plain", "vault: deactivated the old key AKIAOLD", "vault: deleted the old key AKIAOLD")
	o.whole()
}

// Vault drops the record of a key that was replaced by another, unless the old key is still
// stored somewhere.
func TestRotateGivesUp(t *testing.T) {
	begun := func(t *testing.T) *office {
		o := newOffice(t)
		o.users.keys["AKIALEFT"], o.owners["AKIALEFT"] = true, jonARN
		o.keeper.rotations["jon"] = aws.Rotation{Name: "jon", Old: "AKIAOLD", New: key("AKIALEFT")}
		o.keeper.keys["jon"] = key("AKIANEXT")
		o.users.keys["AKIANEXT"], o.owners["AKIANEXT"] = true, jonARN
		return o
	}
	o := begun(t)
	o.fails("the rotation of AKIAOLD, the former key of jon, is not finished, and jon has another key now", "vault rotate plain   finishes it")

	for _, test := range []struct {
		name, says string
		change     func(*office)
		err        string
	}{
		{"it deletes itself", "vault: deleted AKIALEFT, the new key of an interrupted rotation: jon has another key now", func(*office) {}, ""},
		{"AWS does not know it", "vault: forgot AKIALEFT, the new key of an interrupted rotation: jon has another key now", func(o *office) { delete(o.users.keys, "AKIALEFT") }, ""},
		{"it is not active", "vault: forgot AKIALEFT, the new key of an interrupted rotation: jon has another key now", func(o *office) { o.users.keys["AKIALEFT"] = false }, ""},
		{"it may not", "", func(o *office) { o.users.fail["Delete AKIALEFT"] = refusal{code: "AccessDenied"} },
			"AKIALEFT, the new key of an interrupted rotation, cannot be deleted: refused: AccessDenied"},
		{"there was none yet", "vault: rotating AKIANEXT, the key of " + jonARN,
			func(o *office) {
				o.keeper.rotations["jon"] = aws.Rotation{Name: "jon", Old: "AKIAOLD"}
				delete(o.users.keys, "AKIALEFT")
			}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := begun(t)
			delete(o.users.keys, "AKIAOLD")
			delete(o.keeper.keys, "plain")
			test.change(o)
			_, err := o.rotate()
			if test.err != "" {
				if fmt.Sprint(err) != test.err || len(o.keeper.rotations) != 1 {
					t.Errorf("it says %v; the records are %v", err, o.keeper.rotations)
				}
				return
			}
			if o.person.said[0] != test.says || len(o.keeper.rotations) > 0 && o.keeper.rotations["jon"].Old == "AKIAOLD" {
				t.Errorf("it says %q; the records are %v", o.person.said, o.keeper.rotations)
			}
		})
	}
}

// An unreadable record is skipped, unless it belongs to the profile.
func TestRotateRecordIsNotReadable(t *testing.T) {
	o := newOffice(t)
	o.keeper.rotations["other"] = aws.Rotation{Name: "other", Old: "AKIAOTHER"}
	o.keeper.fail = "Rotation other"
	if _, err := o.rotate(); err != nil {
		t.Error(err)
	}
	o = newOffice(t)
	o.keeper.rotations["jon"] = aws.Rotation{Name: "jon", Old: "AKIAOLD"}
	o.keeper.fail = "Rotation jon"
	o.fails("Rotation jon: the disk is full", "")
}

// If the system asks for each key, vault reads only the one key.
func TestRotateReadsNoOtherKey(t *testing.T) {
	o := newOffice(t)
	o.keeper.asks = true
	done, err := o.rotate()
	if err != nil || fmt.Sprint(done.Names) != "[jon]" || slices.ContainsFunc(o.keeper.reads, func(name string) bool { return name != "jon" }) {
		t.Errorf("%v, %v; read were %v", done, err, o.keeper.reads)
	}
}

// A stored key that cannot be read causes a warning, or an error if it belongs to the profile.
func TestRotateAnotherKeyIsNotReadable(t *testing.T) {
	o := newOffice(t)
	o.keeper.fail = "Keys other"
	if _, err := o.rotate(); err != nil || o.person.said[0] != "vault: warning: cannot tell whether this is the same key: Keys other: the disk is full" {
		t.Errorf("%v; it says %q", err, o.person.said)
	}
}

// sessions makes sessions with MFA.
type sessions struct{ made []string }

func (s *sessions) Credentials(_ context.Context, r vault.Request) (aws.Credentials, error) {
	s.made = append(s.made, r.From.AccessKeyID)
	c := key(fmt.Sprintf("ASIA%d", len(s.made)))
	c.SessionToken = "token"
	return c, nil
}

// If the user has a device, vault calls IAM with MFA. If the session ends with the old key,
// vault makes another one.
func TestRotateWithMFA(t *testing.T) {
	o := newOffice(t)
	o.config = strings.Replace(o.config, "[profile jon]", "[profile jon]\nmfa_serial = arn:aws:iam::111122223333:mfa/jon", 1)
	o.person.code = func() string { return "123456" }
	source := &sessions{}
	o.sources = map[resolve.Kind]vault.Source{resolve.GetSessionToken: source}
	o.users.fail["Delete AKIAOLD by ASIA1"] = refusal{code: "InvalidClientTokenId"}
	if _, err := o.rotate(); err != nil {
		t.Fatal(err)
	}
	o.whole()
	if got := fmt.Sprint(o.users.callers); got != "[ASIA1 ASIA1 ASIA1 ASIA1 ASIA2]" {
		t.Errorf("calls were made with %s", got)
	}
	if got := fmt.Sprint(source.made); got != "[AKIAOLD AKIANEW2]" {
		t.Errorf("sessions were made with %s", got)
	}

	o = newOffice(t) // with the key itself
	o.config = strings.Replace(o.config, "[profile jon]", "[profile jon]\nmfa_serial = arn:aws:iam::111122223333:mfa/jon", 1)
	o.request.Want.NoSession = true
	if _, err := o.rotate(); err != nil || len(o.person.asked) > 0 {
		t.Errorf("%v; asked were %v", err, o.person.asked)
	}
	if got := fmt.Sprint(o.users.callers); got != "[AKIAOLD AKIAOLD AKIANEW2 AKIANEW2]" {
		t.Errorf("calls were made with %s", got)
	}
}

// Vault replaces a cached session that AWS no longer knows before it changes anything.
func TestRotateWithADeadSession(t *testing.T) {
	o := newOffice(t)
	o.config = strings.Replace(o.config, "[profile jon]", "[profile jon]\nmfa_serial = arn:aws:iam::111122223333:mfa/jon", 1)
	o.person.code = func() string { return "123456" }
	o.sources = map[resolve.Kind]vault.Source{resolve.GetSessionToken: &sessions{}}
	o.users.fail["List by ASIA1"] = refusal{code: "ExpiredToken"}
	if _, err := o.rotate(); err != nil {
		t.Fatal(err)
	}
	o.whole()
	if o.users.callers[0] != "ASIA1" || slices.Contains(o.users.callers[1:], "ASIA1") {
		t.Errorf("calls were made with %s", o.users.callers)
	}
}

// IAM may learn of the new key later than STS, with which vault has already used the key.
func TestRotateIAMIsSlow(t *testing.T) {
	o := newOffice(t)
	const call = "Deactivate AKIAOLD by AKIANEW2"
	o.users.fail[call] = refusal{code: "InvalidClientTokenId"}
	o.users.point = func() {
		if o.waited > 10*time.Second {
			delete(o.users.fail, call)
		}
	}
	if _, err := o.rotate(); err != nil {
		t.Fatal(err)
	}
	o.whole()

	o = newOffice(t)
	o.users.fail[call] = refusal{code: "InvalidClientTokenId"}
	o.fails("the new key AKIANEW2 is stored and works, but the old one, AKIAOLD, is still active: refused: InvalidClientTokenId", "vault rotate jon   continues from here")
	if o.waited > 2*time.Minute {
		t.Errorf("it waited %s", o.waited)
	}
	o.works()
}

// If the session of the old key cannot be removed, vault warns.
func TestRotateSessionsStay(t *testing.T) {
	o := newOffice(t)
	o.keeper.fail = "RemoveSessions jon"
	if _, err := o.rotate(); err != nil || !slices.Contains(o.person.said, "vault: warning: cached sessions of the old key: RemoveSessions jon: the disk is full") {
		t.Errorf("%v; it says %q", err, o.person.said)
	}
}

// The profile's role rotates the key of its source if the role is in the user's account.
// Otherwise the user does. Without sessions, the key itself does.
func TestRotateWithARole(t *testing.T) {
	for _, c := range []struct {
		account   string
		noSession bool
		want      string
	}{
		{"111122223333", false, "[ASIA1 ASIA1 ASIA1 ASIA1] jon"},
		{"444455556666", false, "[AKIAOLD AKIAOLD AKIANEW2 AKIANEW2] jon"},
		{"111122223333", true, "[AKIAOLD AKIAOLD AKIANEW2 AKIANEW2] jon"},
		{"444455556666", true, "[AKIAOLD AKIAOLD AKIANEW2 AKIANEW2] jon"},
	} {
		o := newOffice(t)
		o.config += "[profile admin]\nrole_arn = arn:aws:iam::" + c.account + ":role/admin\nsource_profile = jon\n"
		o.sources = map[resolve.Kind]vault.Source{resolve.AssumeRole: &sessions{}, resolve.GetSessionToken: &sessions{}}
		o.request.Want.Profile, o.request.Want.NoSession = "admin", c.noSession
		done, err := o.rotate()
		if err != nil || fmt.Sprint(done.Names) != "[jon plain]" {
			t.Errorf("%v, %v", done, err)
		}
		o.whole()
		if got := fmt.Sprint(o.users.callers, " ", o.user); got != c.want {
			t.Errorf("%+v: calls were made with %s", c, got)
		}
	}
}
