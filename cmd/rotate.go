package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/fault"
	"awsvault/internal/iam"
	"awsvault/internal/resolve"
	"awsvault/internal/store"
	"awsvault/internal/vault"
)

// RotateCmd replaces a stored key by a new one.
type RotateCmd struct {
	Profile   string `arg:"" help:"The profile; with a role, the key behind it is rotated."`
	NoSession bool   `short:"n" help:"Call IAM with the key itself, without MFA."`
	MFAToken  string `name:"mfa-token" short:"t" help:"The MFA code, instead of being asked." placeholder:"CODE"`
	DeleteKey string `name:"delete-key" help:"First delete this other key of the user: AWS allows two." placeholder:"ID"`
}

// Help is the second part of `vault rotate --help`.
func (RotateCmd) Help() string {
	return `Has AWS make a new key, stores it, proves that it works, and only then deactivates
and deletes the old one. What is about to be done is written down in the keystore
first: if it is cut off, run it again and it goes on. It takes about ten seconds.
The user needs iam:CreateAccessKey and iam:DeleteAccessKey for itself; List- and
UpdateAccessKey make it safer. The stored key is replaced wherever it is.

  vault rotate jon
  vault rotate jon --delete-key=AKIAIOSFODNN7EXAMPLE`
}

// Run rotates the key.
func (c *RotateCmd) Run(a *App) error {
	plan, err := a.session().Plan(a.ctx, vault.Want{Profile: c.Profile, MFAToken: c.MFAToken, NoSession: c.NoSession})
	if err != nil {
		return err
	}
	first := plan.Steps[0]
	if first.Kind != resolve.StoredKeys {
		err := fmt.Errorf("profile %q has no stored key to rotate: it begins with %s", c.Profile, first.Kind)
		if first.Kind == resolve.FileKeys {
			return fault.Hinted(err, "vault import credentials "+oneLine(first.Profile))
		}
		return err
	}
	s := a.store()
	// Without the lock there is no rotation: two at once would take each other's record away.
	unlock, err := vault.WaitFor(a.ctx, terminal{app: a}, s.LockRotation, "rotating a key")
	if err != nil {
		return err
	}
	defer unlock()
	r := &rotation{app: a, cmd: c, store: s, plan: plan, name: first.Profile}
	r.api = a.api(plan.CABundle)
	return r.run(a.ctx)
}

// rotation is one run of the command.
type rotation struct {
	app   *App
	cmd   *RotateCmd
	store *store.Store
	plan  *vault.Plan
	api   *awsapi.Client
	name  string // of the stored key

	key      store.Credentials // the stored key
	pending  *store.Rotation   // one that was cut off
	record   string            // under which name the rotation is recorded
	names    []string          // of the stored keys that are this one
	user     string            // empty: the root user
	account  string
	job      iam.Job
	recorded bool             // the journal has something
	session  *aws.Credentials // that IAM is called with, if not with the key
}

func (r *rotation) run(ctx context.Context) error {
	var err error
	if r.key, err = r.store.Keys(ctx, r.name); err != nil {
		return err
	}
	if r.key.SessionToken != "" {
		return fmt.Errorf("what is stored for %q is a session, and not a key that could be rotated", r.name)
	}
	if err := r.findPending(ctx); err != nil {
		return err
	}
	old := r.key.AccessKeyID
	if r.pending != nil {
		old = r.pending.Old
	}
	if err := r.findNames(ctx, old); err != nil {
		return err
	}
	arn, account, err := r.plan.Identity(ctx, aws.Credentials(r.key))
	if err != nil && r.pending != nil && r.pending.New.AccessKeyID != "" { // the old key may be gone by now
		arn, account, err = r.plan.Identity(ctx, aws.Credentials(r.pending.New))
	}
	if err != nil {
		return err
	}
	if r.user, err = userOf(arn); err != nil {
		return err
	}
	r.account = account
	r.job = iam.Job{
		ARN: arn, Journal: r, Client: r.client, Whose: r.whose, DeleteKey: r.cmd.DeleteKey, Now: r.app.now, Sleep: sleep,
		Say: func(text string) { r.app.say("vault: " + text) },
	}
	return r.told(r.goOn(ctx, old))
}

// goOn ends what was begun, or begins.
func (r *rotation) goOn(ctx context.Context, old string) error {
	p := r.pending
	if p != nil && p.New.AccessKeyID != "" {
		r.app.say(fmt.Sprintf("vault: going on with the rotation that began at %s: %s is replaced by %s", p.Started.Format(time.RFC3339), old, p.New.AccessKeyID))
		if r.cmd.DeleteKey != "" {
			return fault.NewUsage("--delete-key: there is a rotation to be finished first", "vault rotate "+oneLine(r.cmd.Profile))
		}
		if err := r.job.Finish(ctx, rotationOf(*p)); err != nil {
			return err
		}
		r.done(p.New.AccessKeyID, old)
		return nil
	}
	r.app.say(fmt.Sprintf("vault: rotating %s, the key of %s", old, oneLine(r.job.ARN)))
	for _, name := range r.names {
		if name != r.name {
			r.app.say(fmt.Sprintf("vault: %s has the same key, and gets the new one too", name))
		}
	}
	var before *iam.Rotation
	if p != nil {
		before = &iam.Rotation{Started: p.Started, Old: p.Old, Before: p.Before}
	}
	done, err := r.job.Begin(ctx, aws.Credentials{AccessKeyID: r.key.AccessKeyID, SecretAccessKey: r.key.SecretAccessKey}, before)
	if err != nil {
		return err
	}
	r.done(done.New.AccessKeyID, old)
	return nil
}

// done reports, and deletes the sessions of the old key.
func (r *rotation) done(new, old string) {
	a := r.app
	for _, name := range r.names {
		if _, err := r.store.RemoveSessions(a.ctx, name); err != nil {
			a.say("vault: warning: sessions of the old key: " + err.Error())
		}
	}
	a.say(fmt.Sprintf("%s  %s has a new key, %s; the old one, %s, is deleted", a.ok(), strings.Join(r.names, ", "), new, old))
	for _, at := range a.plainCopies(old) {
		a.say(fmt.Sprintf("vault: warning: %s still has the old key, which works nowhere any more", at))
	}
}

// told says how to go on with a rotation that stopped.
func (r *rotation) told(err error) error {
	if errors.Is(err, context.Canceled) && r.recorded {
		r.app.say("vault: the rotation is not finished; vault rotate " + r.cmd.Profile + " goes on")
	}
	var stands *iam.StandsError
	if !errors.As(err, &stands) {
		return err
	}
	hint := strings.ReplaceAll(stands.Next, "%s", "vault rotate "+oneLine(r.cmd.Profile))
	if hint == "" {
		hint = fault.HintOf(stands.Err)
	}
	return fault.Hinted(err, hint)
}

// findPending looks for a rotation of this key that was cut off, under whichever
// name it was begun.
func (r *rotation) findPending(ctx context.Context) error {
	r.record = r.name
	names, err := r.store.Rotations(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		p, err := r.store.Rotation(ctx, name)
		if err != nil {
			if name != r.name {
				continue // somebody else's passphrase
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

// abandon gives up a rotation whose old key was replaced by something else
// meanwhile. Its new key is one that vault made and nobody uses.
func (r *rotation) abandon(ctx context.Context, p store.Rotation) error {
	if err := r.findNames(ctx, p.Old, p.New.AccessKeyID); err != nil {
		return err
	}
	if len(r.names) > 0 {
		return fault.Hinted(
			fmt.Errorf("a rotation of the key %s, that %s had, is not finished, and %s has another key by now", p.Old, oneLine(p.Name), oneLine(p.Name)),
			"vault rotate "+oneLine(r.names[0])+"   finishes it",
		)
	}
	if p.New.AccessKeyID != "" {
		client, err := r.call(aws.Credentials{})
		if err != nil {
			return err
		}
		known, err := iam.Abandon(ctx, client, rotationOf(p))
		if err != nil {
			return fmt.Errorf("the new key %s of a rotation that was cut off cannot be deleted: %w", p.New.AccessKeyID, err)
		}
		did := "deleted"
		if !known {
			did = "forgot"
		}
		r.app.say(fmt.Sprintf("vault: %s %s, the new key of a rotation that was cut off: %s has another one by now", did, p.New.AccessKeyID, p.Name))
	}
	return r.store.RemoveRotation(ctx, p.Name)
}

// findNames lists the stored keys that have one of these ids. On macOS, each look
// at a key is a question to the person: there only the one is looked at.
func (r *rotation) findNames(ctx context.Context, ids ...string) error {
	if r.pending != nil && r.pending.New.AccessKeyID != "" {
		ids = append(ids, r.pending.New.AccessKeyID)
	}
	r.names = nil
	names := []string{r.name}
	if backend, err := r.store.Backend(ctx); err == nil && backend != "keychain" && backend != "winhello" {
		if names, err = r.store.Names(ctx); err != nil {
			return err
		}
	}
	for _, name := range names {
		k, err := r.store.Keys(ctx, name)
		if err != nil {
			r.app.say("vault: warning: it is not known whether this is the same key: " + err.Error())
			continue
		}
		if slices.Contains(ids, k.AccessKeyID) {
			r.names = append(r.names, name)
		}
	}
	return nil
}

// userOf is the user's name in the ARN that GetCallerIdentity tells.
func userOf(arn string) (string, error) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) == 6 && f[5] == "root" {
		return "", nil
	}
	if len(f) == 6 && strings.HasPrefix(f[5], "user/") {
		return f[5][strings.LastIndexByte(f[5], '/')+1:], nil
	}
	return "", fmt.Errorf("the stored key is that of %s, which has no keys to rotate", oneLine(arn))
}

// client calls IAM as whoever is to do it: a role of the same account if the
// profile has one, a session with MFA if the user has a device, else the key.
func (r *rotation) client(ctx context.Context, key aws.Credentials, refused bool) (*iam.Client, error) {
	profile := r.cmd.Profile
	switch {
	case r.cmd.NoSession && profile == r.name:
		return r.call(aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey})
	case r.plan.RoleARN == "" || r.plan.Account != r.account:
		profile = r.name
	}
	if r.session == nil || refused {
		w := vault.Want{Profile: profile, MFAToken: r.cmd.MFAToken, NoSession: r.cmd.NoSession, Fresh: refused}
		plan, err := r.app.session().Plan(ctx, w)
		if err != nil {
			return nil, err
		}
		if last := plan.Steps[len(plan.Steps)-1]; profile == r.name && last.MFASerial == "" {
			// IAM takes no session without MFA.
			return r.call(aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey})
		}
		got, err := plan.Credentials(ctx)
		if err != nil {
			return nil, err
		}
		r.session = &got.Credentials
	}
	return r.call(*r.session)
}

// call is a client of IAM with these credentials.
func (r *rotation) call(c aws.Credentials) (*iam.Client, error) {
	endpoint, err := r.plan.IAM()
	if err != nil {
		return nil, err
	}
	return &iam.Client{
		API: r.api, URL: endpoint.URL, Region: endpoint.Region, User: r.user,
		Credentials: aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken},
	}, nil
}

func (r *rotation) whose(ctx context.Context, key aws.Credentials) (string, error) {
	arn, _, err := r.plan.Identity(ctx, aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey})
	return arn, err
}

func rotationOf(p store.Rotation) iam.Rotation {
	return iam.Rotation{Started: p.Started, Old: p.Old, Before: p.Before, New: aws.Credentials{AccessKeyID: p.New.AccessKeyID, SecretAccessKey: p.New.SecretAccessKey}}
}

// Record, Install and Forget are the journal: an item in the keystore.

func (r *rotation) Record(ctx context.Context, j iam.Rotation) error {
	r.recorded = true
	return r.store.PutRotation(ctx, store.Rotation{
		Name: r.record, Started: j.Started, Old: j.Old, Before: j.Before,
		New: store.Credentials{AccessKeyID: j.New.AccessKeyID, SecretAccessKey: j.New.SecretAccessKey},
	})
}

func (r *rotation) Install(ctx context.Context, j iam.Rotation) error {
	key := store.Credentials{AccessKeyID: j.New.AccessKeyID, SecretAccessKey: j.New.SecretAccessKey}
	for _, name := range r.names {
		have, err := r.store.Keys(ctx, name)
		switch {
		case err != nil:
			return err
		case have == key:
			continue
		case have.AccessKeyID != j.Old:
			return fmt.Errorf("%s was given another key meanwhile, %s", name, have.AccessKeyID)
		}
		if err := r.app.putKeys(ctx, r.store, name, key); err != nil {
			return err
		}
	}
	return nil
}

func (r *rotation) Forget(ctx context.Context) error {
	err := r.store.RemoveRotation(ctx, r.record)
	r.recorded = err != nil
	return err
}

// putKeys stores keys and reads them back.
func (a *App) putKeys(ctx context.Context, s *store.Store, name string, key store.Credentials) error {
	if err := s.PutKeys(ctx, name, key); err != nil {
		return err
	}
	got, err := s.Keys(ctx, name)
	if err != nil {
		return err
	}
	if got != key {
		return fmt.Errorf("keys of %q: what was read back is not what was stored", name)
	}
	return nil
}

// plainCopies tells where in the AWS files a key stands in plain text.
func (a *App) plainCopies(id string) []string {
	config, err := a.config()
	if err != nil {
		return nil
	}
	var places []string
	for _, name := range config.Names() {
		p, err := config.Profile(name)
		if err != nil {
			continue
		}
		if v, ok := p.Get("aws_access_key_id"); ok && v.Text == id {
			places = append(places, v.Pos.String())
		}
	}
	return places
}
