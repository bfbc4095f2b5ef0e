package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// Rotate replaces a stored key with a new one. If it is interrupted, the next run continues.
//
// It records every step in the keystore before it takes the step:
//
//  1. The record has the old key, and lists the user's keys. There is no new key yet.
//  2. CreateAccessKey. The record gets the new key, and is read back.
//  3. The new key is tried, several times in a row.
//  4. It is stored in place of the old one, and read back.
//  5. The old key is deactivated, and the new one tried again.
//  6. The old key is deleted, and then the record.
//
// So the stored key always works: the old one up to step 4, the new one after it. The new key
// can be lost only if the process dies between the answer of CreateAccessKey and the record of
// it. The next run then finds a key that was not there before, and says so.
type Rotate struct {
	Session *Session
	Keeper  RotationKeeper
	// IAM returns a client that calls IAM at the endpoint of the plan's profile. user is the
	// owner of the keys; empty: the caller.
	IAM func(p *Plan, c aws.Credentials, user string) (IAM, error)

	// Step shows a completed step, with a mark. Nil: steps are shown like all other lines.
	Step func(text string)

	Want      Want   // the profile, and how to call IAM: NoSession, MFAToken
	Only      string // ID of the key to replace, if it is still the stored one; empty: any
	DeleteKey string // ID of another key of the user, which is deleted first
}

// IAM holds the calls that a rotation makes, all for the access keys of one user. aws.Code
// tells why a call was refused. If an error has a method Lost that returns true, AWS may have
// carried out the call.
type IAM interface {
	Keys(ctx context.Context) ([]aws.AccessKey, error)
	LastUsed(ctx context.Context, id string) (aws.KeyUse, error)
	Create(ctx context.Context) (aws.Credentials, error)
	Deactivate(ctx context.Context, id string) error
	Delete(ctx context.Context, id string) error
}

// Rotated describes a completed rotation.
type Rotated struct {
	Names    []string // of the stored keys that were replaced
	Old, New string   // access key ids
	Copies   []string // where the AWS files still have the old key
}

// Run rotates the key.
func (r Rotate) Run(ctx context.Context) (Rotated, error) {
	if err := r.Session.world.Agent.Deletes(); err != nil {
		return Rotated{}, err
	}
	r.Want.Key = true
	plan, err := r.Session.Plan(ctx, r.Want)
	if err != nil {
		return Rotated{}, err
	}
	first := plan.Steps[0]
	if first.Kind != resolve.StoredKeys {
		hint := "another program provides this key: rotate it there"
		if first.Kind == resolve.FileKeys {
			hint = "vault import credentials " + line.Word(first.Profile)
		}
		return Rotated{}, fault.New(fmt.Sprintf("profile %q has no stored key to rotate: its credentials come from %s", r.Want.Profile, first.Kind), hint)
	}
	// Two rotations at once would lose each other's record, so there is none without the lock.
	unlock, err := WaitFor(ctx, r.Session.person, r.Keeper.LockRotation, "rotating a key")
	if err != nil {
		return Rotated{}, err
	}
	defer unlock()
	run := &rotation{Rotate: r, plan: plan, name: first.Profile}
	done, err := run.run(ctx)
	if errors.Is(err, context.Canceled) && run.recorded {
		run.say("the rotation is not finished. Run again: " + run.again())
	}
	return done, err
}

// errReplaced means that another process has already replaced the key.
var errReplaced = errors.New("another process has replaced the key")

// rotation is one run of Rotate.
type rotation struct {
	Rotate
	plan *Plan
	name string // the name of the stored key

	key      aws.Credentials // the stored key
	pending  *aws.Rotation   // the record of a run that was interrupted
	record   string          // the name under which this rotation is recorded
	recorded bool            // the keystore has a record
	names    []string        // of the stored keys that are replaced
	arn      string          // of the key's user
	user     string          // the user's name; empty: the root user
	account  string
	session  *aws.Credentials // the session for IAM, if not the key itself
}

func (r *rotation) run(ctx context.Context) (Rotated, error) {
	var err error
	if r.key, err = r.Keeper.Keys(ctx, r.name); err != nil {
		return Rotated{}, err
	}
	if r.key.SessionToken != "" {
		return Rotated{}, fmt.Errorf("a temporary session is stored for %q, not an access key: it cannot be rotated", r.name)
	}
	if err := r.findPending(ctx); err != nil {
		return Rotated{}, err
	}
	if r.Only != "" && r.pending == nil && r.key.AccessKeyID != r.Only {
		return Rotated{}, errReplaced
	}
	old, ids := r.key.AccessKeyID, []string{r.key.AccessKeyID}
	if r.pending != nil {
		old = r.pending.Old
		ids = []string{old, r.pending.New.AccessKeyID}
	}
	if r.names, err = r.stored(ctx, ids...); err != nil {
		return Rotated{}, err
	}
	if err := r.identify(ctx); err != nil {
		return Rotated{}, err
	}
	done, err := r.replace(ctx, old)
	if err != nil {
		return Rotated{}, err
	}
	for _, name := range r.names {
		r.Session.forgetSessions(ctx, r.Keeper, name)
	}
	return Rotated{Names: r.names, Old: old, New: done.New.AccessKeyID, Copies: r.Session.PlainCopies(old)}, nil
}

// identify asks AWS who owns the key.
func (r *rotation) identify(ctx context.Context) (err error) {
	r.arn, r.account, err = r.plan.Identity(ctx, r.key)
	if err != nil && r.pending != nil && r.pending.New.AccessKeyID != "" { // the old key may have been deleted already
		r.arn, r.account, err = r.plan.Identity(ctx, r.pending.New)
	}
	if err != nil {
		return err
	}
	arn, ok := aws.ParseARN(r.arn)
	switch name, isUser := arn.UserName(); {
	case ok && arn.IsRoot():
	case ok && isUser:
		r.user = name
	default:
		return fmt.Errorf("the stored key belongs to %s, which has no access keys to rotate", line.Printable(r.arn))
	}
	return nil
}

// replace continues an interrupted rotation, or begins one.
func (r *rotation) replace(ctx context.Context, old string) (aws.Rotation, error) {
	p := r.pending
	if p == nil || p.New.AccessKeyID == "" {
		r.say(fmt.Sprintf("rotating %s, the key of %s", old, line.Printable(r.arn)))
		for _, name := range r.names {
			if name != r.name {
				r.say(fmt.Sprintf("%s has the same key, and gets the new one too", name))
			}
		}
		return r.begin(ctx)
	}
	if r.DeleteKey != "" {
		return *p, fault.NewUsage("--delete-key: finish the rotation that was interrupted first", r.again())
	}
	r.say(fmt.Sprintf("continuing the rotation of %s: %s is replaced by %s", p.Started.Format(time.RFC3339), old, p.New.AccessKeyID))
	return *p, r.finish(ctx, *p, "is not deleted yet")
}

func (r *rotation) say(text string) { r.Session.person.Say("vault: " + text) }

// step shows a completed step.
func (r *rotation) step(text string) {
	if r.Step == nil {
		r.say(text)
		return
	}
	r.Step(line.Printable(text))
}

// again returns the command that continues the rotation.
func (r *rotation) again() string { return "vault rotate " + line.Word(r.Want.Profile) }

// findPending looks for an interrupted rotation of this key, under any name.
func (r *rotation) findPending(ctx context.Context) error {
	r.record = r.name
	names, err := r.Keeper.Rotations(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		p, err := r.Keeper.Rotation(ctx, name)
		if err != nil {
			if name != r.name {
				continue // it may have another passphrase
			}
			return err
		}
		if r.key.AccessKeyID == p.Old || r.key.AccessKeyID == p.New.AccessKeyID {
			r.pending, r.record, r.recorded = &p, name, true
			return nil
		}
		if name == r.name {
			return r.abandon(ctx, p)
		}
	}
	return nil
}

// abandon gives up a rotation if another key was stored in place of its old one. Nothing uses
// the new key that vault made for that rotation.
func (r *rotation) abandon(ctx context.Context, p aws.Rotation) error {
	names, err := r.stored(ctx, p.Old, p.New.AccessKeyID)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		name := line.Printable(p.Name)
		return fault.New(fmt.Sprintf("the rotation of %s, the former key of %s, is not finished, and %s has another key now", p.Old, name, name),
			"vault rotate "+line.Word(names[0])+"   finishes it")
	}
	if p.New.AccessKeyID != "" {
		// The new key deletes itself: no other key is known to have that permission.
		client, err := r.IAM(r.plan, p.New, "")
		if err != nil {
			return err
		}
		did := "deleted"
		switch err := client.Delete(ctx, p.New.AccessKeyID); {
		case missing(err) || stale(err):
			did = "forgot"
		case err != nil:
			return fmt.Errorf("%s, the new key of an interrupted rotation, cannot be deleted: %w", p.New.AccessKeyID, err)
		}
		r.say(fmt.Sprintf("%s %s, the new key of an interrupted rotation: %s has another key now", did, p.New.AccessKeyID, p.Name))
	}
	return r.Keeper.RemoveRotation(ctx, p.Name)
}

// stored lists the stored keys that have one of these IDs. If the person is asked for each
// key, stored only looks at the key to be rotated.
func (r *rotation) stored(ctx context.Context, ids ...string) ([]string, error) {
	names := []string{r.name}
	if !r.Keeper.AsksForEach(ctx) {
		var err error
		if names, err = r.Keeper.Names(ctx); err != nil {
			return nil, err
		}
	}
	var found []string
	for _, name := range names {
		k, err := r.Keeper.Keys(ctx, name)
		if err != nil {
			r.Session.Warn(fmt.Errorf("cannot tell whether this is the same key: %w", err))
			continue
		}
		if slices.Contains(ids, k.AccessKeyID) {
			found = append(found, name)
		}
	}
	return found, nil
}

// client returns an IAM client with the best available credentials: the profile's role if it
// is in the same account, a session with MFA if the user has a device, else the key itself.
// refused means that AWS no longer accepts the session that was used before.
func (r *rotation) client(ctx context.Context, key aws.Credentials, refused bool) (client IAM, session bool, err error) {
	profile := r.Want.Profile
	asKey := func() (IAM, bool, error) {
		client, err := r.IAM(r.plan, aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}, r.user)
		return client, false, err
	}
	switch {
	case r.Want.NoSession:
		return asKey()
	case r.plan.RoleARN == "" || r.plan.Account != r.account:
		profile = r.name
	}
	if r.session == nil || refused {
		plan, err := r.Session.Plan(ctx, Want{Profile: profile, MFAToken: r.Want.MFAToken, NoSession: r.Want.NoSession, Fresh: refused, Key: true})
		if err != nil {
			return nil, false, err
		}
		if profile == r.name && plan.Last().MFASerial == "" { // IAM accepts no session without MFA
			return asKey()
		}
		got, err := plan.Credentials(ctx)
		if err != nil {
			return nil, false, err
		}
		r.session = &got.Credentials
	}
	client, err = r.IAM(r.plan, *r.session, r.user)
	return client, r.session.SessionToken != "", err
}

// put records the rotation.
func (r *rotation) put(ctx context.Context, j aws.Rotation) error {
	j.Name = r.record
	r.recorded = true
	return r.Keeper.PutRotation(ctx, j)
}

// install stores the new key wherever the old one is stored.
func (r *rotation) install(ctx context.Context, j aws.Rotation) error {
	for _, name := range r.names {
		have, err := r.Keeper.Keys(ctx, name)
		switch {
		case err != nil:
			return err
		case have == j.New:
			r.Keeper.KeyCreated(ctx, name, j.New.AccessKeyID, j.Started)
			continue
		case have.AccessKeyID != j.Old:
			return fmt.Errorf("%s was given another key meanwhile, %s", name, have.AccessKeyID)
		}
		if err := putKeys(ctx, r.Keeper, name, j.New); err != nil {
			return err
		}
		r.Keeper.KeyCreated(ctx, name, j.New.AccessKeyID, j.Started)
	}
	return nil
}

// forget removes the record.
func (r *rotation) forget(ctx context.Context) error {
	err := r.Keeper.RemoveRotation(ctx, r.record)
	r.recorded = err != nil
	return err
}

// denied reports whether AWS refused the call for lack of a permission.

func denied(err error) bool {
	return refusedWith(err, "AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
}

// stale reports whether AWS does not know the credentials, or no longer does.
func stale(err error) bool {
	return refusedWith(err, "InvalidClientTokenId", "ExpiredToken", "UnrecognizedClientException")
}

func missing(err error) bool { return refusedWith(err, "NoSuchEntity") }

func refusedWith(err error, codes ...string) bool { return slices.Contains(codes, aws.Code(err)) }

// lost reports whether AWS may have carried out a call that failed.
func lost(err error) bool {
	var e interface{ Lost() bool }
	return errors.As(err, &e) && e.Lost()
}
