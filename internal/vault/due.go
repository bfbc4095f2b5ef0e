package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/keyage"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// Due rotates the stored keys that are older than a limit, one after the other.
//
// How old a key is, the keystore's note says, or else AWS: IAM is asked with the key itself.
// A key whose age is not known is left alone, and that is said.
type Due struct {
	Rotate
	Names  []string // of the stored keys that may be rotated
	Yes    bool     // without a question
	DryRun bool
	Print  func(document any) error // for a dry run; nil: it is shown to the person
	Report func(err error)          // shows why one was not rotated

	older time.Duration
	text  string // as the person wrote it
}

// SetLimit reads how old a key has to be, and refuses flags that do not go together.
func (d *Due) SetLimit(text string) error {
	switch {
	case text == "":
		return fault.NewUsage("--yes, --dry-run and --json are for --due", "vault rotate --due 90d --dry-run")
	case d.DeleteKey != "" || d.Want.MFAToken != "":
		return fault.NewUsage("--delete-key and --mfa-token are for one key, and --due is for several", "vault rotate PROFILE")
	case d.Print != nil && !d.DryRun:
		return CheckDryRunJSON(true, false)
	}
	older, err := resolve.ParseDuration(text)
	if err != nil || older == 0 {
		return fault.NewUsage(fmt.Sprintf("--due: %q is not an age", text), "vault rotate --due 90d")
	}
	d.older, d.text = older, text
	return nil
}

// DueDocument is what a dry run finds.
type DueDocument struct {
	Schema int      `json:"schema"`
	Keys   []DueKey `json:"keys"`
}

// DueKey is a stored key with all its names. Due is null where the age is not known.
type DueKey struct {
	Names   []string   `json:"names"`
	KeyID   *string    `json:"access_key_id"` // null: the key had not to be read
	Created *time.Time `json:"created"`
	Stored  *time.Time `json:"stored"`
	Due     *bool      `json:"due"`
	Problem *string    `json:"problem"` // why its age is not known

	age   time.Duration
	least bool
}

// Run finds the keys, asks once for all of them, and rotates each.
func (d Due) Run(ctx context.Context) error {
	if !d.DryRun {
		if err := d.Session.world.Agent.Deletes(); err != nil {
			return err
		}
	}
	keys, err := d.find(ctx)
	if err != nil {
		return err
	}
	if d.DryRun && d.Print != nil {
		return d.Print(DueDocument{Schema: 1, Keys: keys})
	}
	var due []DueKey
	for _, k := range keys {
		switch {
		case k.Due == nil:
			d.Session.person.Say("vault: warning: the age of the key of " + k.shown() + " is unknown: " + *k.Problem)
		case *k.Due:
			due = append(due, k)
			d.Session.person.Say("vault: " + k.shown() + ": " + k.old() + " (" + *k.KeyID + ")")
		}
	}
	switch {
	case len(due) == 0:
		d.Session.person.Say("vault: " + d.none(keys))
		return nil
	case d.DryRun:
		d.Session.person.Say("vault: nothing was changed")
		return nil
	}
	if !d.Yes {
		yes, err := d.Session.person.Confirm(ctx, Question{
			Text:    fmt.Sprintf("Rotate %s? The old one stops working.", line.Count(len(due), "key")),
			Unasked: fault.NewPerson("rotate --due asks before it replaces keys, and there is no terminal to ask on", "--yes   rotates without asking; --dry-run   only shows what is due"),
		})
		if err != nil || !yes {
			return err
		}
	}
	return d.all(ctx, due)
}

// all rotates one after the other. One that fails does not keep the others from it.
func (d Due) all(ctx context.Context, due []DueKey) error {
	var failed []string
	for _, k := range due {
		one := d.Rotate
		one.Want.Profile, one.Only = k.Names[0], *k.KeyID
		done, err := one.Run(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errReplaced): // by another rotate --due: the new key is not due
			d.Session.person.Say("vault: " + k.shown() + ": another process has replaced " + *k.KeyID)
		case err != nil:
			failed = append(failed, k.Names[0])
			d.Report(fault.Hinted(fmt.Errorf("%s is not rotated: %w", line.Printable(k.Names[0]), err), fault.HintOf(err)))
		default:
			done.Tell(d.Session)
		}
	}
	if len(failed) > 0 {
		return fault.New(fmt.Sprintf("%d of %s not rotated: %s", len(failed), line.Count(len(due), "key"), line.Printable(strings.Join(failed, ", "))),
			"vault rotate "+line.Word(failed[0])+"   tries again")
	}
	return nil
}

// Tell says that a rotation is done, and where the old key is left.
func (r Rotated) Tell(s *Session) {
	s.person.Done(fmt.Sprintf("%s: the new key is %s; the old one, %s, is deleted", strings.Join(r.Names, ", "), r.New, r.Old))
	for _, at := range r.Copies {
		s.person.Say("vault: warning: " + at + " still has the old key, which no longer works")
	}
}

// find looks at each key. One that is known to be young is not read: that may ask a person.
// Those that are read are one entry for all names that have the same key.
func (d Due) find(ctx context.Context) ([]DueKey, error) {
	keys := []DueKey{} // a list, and not null
	byID := map[string]int{}
	ages := d.Keeper.Ages(ctx)
	for _, name := range d.Names {
		k := DueKey{Names: []string{name}}
		if since := ages(name); !since.Created.IsZero() && k.judge(since, d.Session.Now(), d.older) && !*k.Due {
			keys = append(keys, k)
			continue
		}
		c, err := d.Keeper.Keys(ctx, name)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case fault.KindOf(err) != fault.Failed: // no one can answer for the next one either
			return nil, err
		default:
			why := err.Error()
			k.Problem = &why
			keys = append(keys, k)
			continue
		}
		if n, seen := byID[c.AccessKeyID]; seen {
			keys[n].Names = append(keys[n].Names, name)
			if at := keys[n].Created; at != nil {
				d.Keeper.KeyCreated(ctx, name, c.AccessKeyID, *at)
			}
			continue
		}
		k.KeyID = &c.AccessKeyID
		since := d.Keeper.Ages(ctx)(name) // another program may have replaced the key, which is noticed as it is read
		if !k.judge(since, d.Session.Now(), d.older) || k.least && !*k.Due {
			created, err := d.ask(ctx, name, c)
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case err != nil:
				why := err.Error()
				k.Due, k.Problem = nil, &why
			default:
				since.Created = created
				k.judge(since, d.Session.Now(), d.older)
			}
		}
		byID[c.AccessKeyID] = len(keys)
		keys = append(keys, k)
	}
	return keys, nil
}

// judge decides by what is known; known is false where that is nothing.
func (k *DueKey) judge(since keyage.Since, now time.Time, older time.Duration) (known bool) {
	k.age, k.least, known = since.Age(now)
	if !known {
		return false
	}
	due := k.age > older
	k.Due = &due
	for _, t := range []struct {
		at   time.Time
		into **time.Time
	}{{since.Created, &k.Created}, {since.Stored, &k.Stored}} {
		if !t.at.IsZero() {
			at := t.at.UTC()
			*t.into = &at
		}
	}
	return true
}

// ask asks IAM when a key was created, with the key itself, and notes it.
func (d Due) ask(ctx context.Context, name string, c aws.Credentials) (time.Time, error) {
	if c.SessionToken != "" {
		return time.Time{}, fmt.Errorf("it is a temporary session, not an access key")
	}
	plan, err := d.Session.Owner(name, "")
	if err != nil {
		return time.Time{}, err
	}
	client, err := d.IAM(plan, c, "")
	if err != nil {
		return time.Time{}, err
	}
	all, err := client.Keys(ctx)
	if err != nil {
		return time.Time{}, err
	}
	for _, k := range all {
		if k.ID == c.AccessKeyID && !k.Created.IsZero() {
			d.Keeper.KeyCreated(ctx, name, k.ID, k.Created)
			return k.Created, nil
		}
	}
	return time.Time{}, fmt.Errorf("AWS does not list the key %s", c.AccessKeyID)
}

// none says that nothing is due.
func (d Due) none(keys []DueKey) string {
	known := slices.DeleteFunc(slices.Clone(keys), func(k DueKey) bool { return k.Due == nil })
	switch {
	case len(keys) == 0:
		return "no key is stored"
	case len(known) == 0:
		return "no key is known to be older than " + d.text
	}
	oldest := slices.MaxFunc(known, func(a, b DueKey) int { return int(a.age/time.Second) - int(b.age/time.Second) })
	return fmt.Sprintf("no key is older than %s: the oldest of %d, that of %s, is %s", d.text, len(known), oldest.shown(), oldest.old())
}

func (k DueKey) shown() string { return line.Printable(strings.Join(k.Names, ", ")) }

// old is the age in words.
func (k DueKey) old() string {
	text := line.Count(int(k.age/(24*time.Hour)), "day") + " old"
	if k.least {
		text = "at least " + text
	}
	return text
}
