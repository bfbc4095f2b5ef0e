package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/line"
)

// Rotation is what is written down of a rotation before each step, so that one
// that was cut off can be gone on with.
//
//  1. The rotation is recorded: the old key, and which keys there are. No new key yet.
//  2. CreateAccessKey. The new key is recorded, and read back.
//  3. The new key is proved: it signs, several times in a row.
//  4. It is stored in place of the old one, and read back.
//  5. The old key is deactivated, and the new one proved again.
//  6. The old key is deleted, and the record with it.
//
// Whenever it is cut off, the stored key works: the old one up to 4, the new one
// from there on. The new key is lost only if the process dies between the answer
// of CreateAccessKey and the record of it; then the next run sees that there is a
// key which was not there before, and says so.
type Rotation struct {
	Started time.Time
	Old     string          // id of the key that is replaced
	Before  []string        // ids of the user's keys before; empty: they could not be listed
	New     aws.Credentials // zero until it is created
}

// Journal keeps a rotation, in a place from which it comes back after a power cut.
type Journal interface {
	// Record keeps the rotation in place of what was recorded before, and reads it back.
	Record(ctx context.Context, r Rotation) error
	// Install stores the new key wherever the old one is, and reads it back.
	Install(ctx context.Context, r Rotation) error
	// Forget drops the record.
	Forget(ctx context.Context) error
}

// Job is a rotation with all that it needs.
type Job struct {
	ARN     string // of the user
	Journal Journal
	// Client calls IAM as whoever is to do it; key is the user's own key to use.
	// refused: the credentials that it gave last are not accepted any more.
	Client func(ctx context.Context, key aws.Credentials, refused bool) (*Client, error)
	// Whose asks AWS whose key that is. It works for every key that AWS knows.
	Whose func(ctx context.Context, key aws.Credentials) (arn string, err error)
	// DeleteKey is the id of another key of the user's that is to be deleted first.
	DeleteKey string
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error
	Say       func(string)
}

// StandsError is a rotation that stopped: where things stand, and why.
type StandsError struct {
	Stands string
	Err    error
	Next   string // what to do about it; may have %s for the command
}

// Error is one line: where things stand, and why.
func (e *StandsError) Error() string {
	if e.Err == nil {
		return e.Stands
	}
	return e.Stands + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *StandsError) Unwrap() error { return e.Err }

// Begin replaces the old key by a new one. before is what a rotation that was
// cut off before it had a new key left behind; nil if none did.
func (j Job) Begin(ctx context.Context, old aws.Credentials, before *Rotation) (Rotation, error) {
	r := Rotation{Started: j.Now().UTC(), Old: old.AccessKeyID}
	client, err := j.Client(ctx, old, false)
	if err != nil {
		return r, err
	}
	err = j.makeRoom(ctx, client, &r, before)
	if stale(err) { // a cached session, perhaps
		if client, err = j.Client(ctx, old, true); err == nil {
			err = j.makeRoom(ctx, client, &r, before)
		}
	}
	if err != nil {
		return r, err
	}
	if err := j.Journal.Record(ctx, r); err != nil {
		return r, &StandsError{Stands: "nothing was changed: the rotation cannot be recorded", Err: err}
	}
	// From here until the new key is recorded, Ctrl-C has to wait.
	steady := context.WithoutCancel(ctx)
	r.New, err = client.create(steady)
	if err != nil {
		return r, j.notCreated(steady, client, r, err)
	}
	if err := j.Journal.Record(steady, r); err != nil {
		return r, j.notRecorded(steady, client, r, err)
	}
	if err := ctx.Err(); err != nil {
		return r, err
	}
	return r, j.finish(ctx, r, "is still active")
}

// makeRoom sees to it that the user has one key, since AWS allows two.
func (j Job) makeRoom(ctx context.Context, client *Client, r *Rotation, before *Rotation) error {
	keys, err := client.Keys(ctx)
	switch {
	case Denied(err) && j.DeleteKey == "":
		j.Say("the keys of this user may not be listed, so it is not known whether there is room for another")
		return nil
	case err != nil:
		return &StandsError{Stands: "nothing was changed", Err: err}
	}
	var others []Key
	for _, k := range keys {
		if k.ID != r.Old {
			others = append(others, k)
		}
	}
	if j.DeleteKey != "" {
		i := slices.IndexFunc(others, func(k Key) bool { return k.ID == j.DeleteKey })
		switch {
		case j.DeleteKey == r.Old:
			return &StandsError{Stands: "nothing was changed: " + r.Old + " is the stored key, which a rotation replaces", Next: "leave out --delete-key"}
		case i < 0:
			return &StandsError{Stands: fmt.Sprintf("nothing was changed: the user has no other key %q", j.DeleteKey), Next: j.list(ctx, client, others)}
		}
		if err := client.remove(ctx, j.DeleteKey); err != nil && !missing(err) {
			return &StandsError{Stands: "nothing was changed", Err: err}
		}
		j.Say("deleted " + j.DeleteKey)
		others = slices.Delete(others, i, i+1)
	}
	for _, k := range others {
		if before != nil && len(before.Before) > 0 && !slices.Contains(before.Before, k.ID) {
			return &StandsError{
				Stands: fmt.Sprintf("nothing was changed: the rotation that was cut off %s seems to have created %s, whose secret nobody has", ago(j.Now().Sub(before.Started)), k.ID),
				Next:   "%s --delete-key=" + k.ID + "   if nobody else has created it: " + j.list(ctx, client, []Key{k}),
			}
		}
	}
	if len(others) > 0 {
		return &StandsError{
			Stands: "nothing was changed: AWS allows two keys, and the user has another one beside " + r.Old + ": " + j.list(ctx, client, others),
			Next:   "%s --delete-key=" + others[0].ID + "   deletes it first; does anything still use it?",
		}
	}
	r.Before = []string{r.Old}
	return nil
}

// list describes keys in a line.
func (j Job) list(ctx context.Context, client *Client, keys []Key) string {
	if len(keys) == 0 {
		return "it has no other"
	}
	var texts []string
	for _, k := range keys {
		state := "inactive"
		if k.Active {
			state = "active"
		}
		use, err := client.LastUsed(ctx, k.ID)
		last := "never used"
		switch {
		case err != nil:
			last = "last use not known"
		case !use.At.IsZero():
			last = fmt.Sprintf("last used %s for %s", use.At.Format(time.DateOnly), use.Service)
		}
		texts = append(texts, fmt.Sprintf("%s (%s, created %s, %s)", k.ID, state, k.Created.Format(time.DateOnly), last))
	}
	return strings.Join(texts, ", ")
}

// ago tells an age roughly.
func ago(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "a moment ago"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/(24*time.Hour))
}

// notCreated reports a CreateAccessKey that brought no key.
func (j Job) notCreated(ctx context.Context, client *Client, r Rotation, err error) error {
	if errors.Is(err, errLost) {
		return &StandsError{
			Stands: "the stored key is unchanged and works, but there may be a new one that nobody has", Err: err,
			Next: "%s   looks, and goes on from there",
		}
	}
	if ferr := j.Journal.Forget(ctx); ferr != nil {
		j.Say("the record of the rotation is left in the keystore: " + ferr.Error())
	}
	stands := &StandsError{Stands: "nothing was changed", Err: err}
	switch {
	case awsapi.Is(err, "LimitExceeded"):
		if keys, lerr := client.Keys(ctx); lerr == nil {
			stands.Next = "AWS allows two keys, and the user has " + j.list(ctx, client, keys)
		}
	case Denied(err):
		stands.Next = "the user needs iam:CreateAccessKey and iam:DeleteAccessKey for itself; if a policy wants MFA for that, set mfa_serial in the profile"
	}
	return stands
}

// notRecorded takes back a new key that could not be kept.
func (j Job) notRecorded(ctx context.Context, client *Client, r Rotation, err error) error {
	if derr := client.remove(ctx, r.New.AccessKeyID); derr != nil && !missing(derr) {
		return &StandsError{
			Stands: fmt.Sprintf("the stored key is unchanged and works; the new key %s could not be stored, and not be deleted (%v), so nobody has its secret", r.New.AccessKeyID, derr),
			Err:    err, Next: "%s --delete-key=" + r.New.AccessKeyID,
		}
	}
	_ = j.Journal.Forget(ctx) // it is the keystore that does not work
	return &StandsError{Stands: "nothing was changed: the new key could not be stored, and is deleted again", Err: err}
}

// Finish goes on with a rotation that has a new key, from wherever it was.
func (j Job) Finish(ctx context.Context, r Rotation) error {
	return j.finish(ctx, r, "is not deleted yet")
}

func (j Job) finish(ctx context.Context, r Rotation, state string) error {
	next := "%s   goes on from here"
	if err := j.prove(ctx, r.New); err != nil {
		return stopped(ctx, "the new key "+r.New.AccessKeyID+" is kept but does not work yet; the stored key is as it was", err, next)
	}
	if err := j.Journal.Install(ctx, r); err != nil {
		return stopped(ctx, "the new key "+r.New.AccessKeyID+" works, but could not be stored in place of the old one, which works too", err, next)
	}
	new := "the new key " + r.New.AccessKeyID + " is stored and works"
	old := new + ", but the old one, " + r.Old + ", "
	err := j.withNew(ctx, r.New, func(c *Client) error { return c.deactivate(ctx, r.Old) })
	switch {
	case missing(err):
		return j.forget(ctx, new)
	case Denied(err): // aws-vault's users need no such permission, so there are policies without it
		j.Say("it may not be deactivated first: " + err.Error())
	case err != nil:
		return stopped(ctx, old+state, err, next)
	default:
		state = "is deactivated and not deleted"
		if err := j.prove(ctx, r.New); err != nil {
			return stopped(ctx, "the new key "+r.New.AccessKeyID+" is stored, and stopped working after the old one was deactivated; "+r.Old+" is not deleted", err,
				next+"; an administrator can make "+r.Old+" active again")
		}
	}
	if err := j.withNew(ctx, r.New, func(c *Client) error { return c.retire(ctx, r.Old) }); err != nil {
		if Denied(err) {
			next = "somebody who may has to delete " + r.Old + "; then %s   ends the rotation"
		}
		return stopped(ctx, old+state, err, next)
	}
	return j.forget(ctx, new+", and the old one is deleted")
}

func (j Job) forget(ctx context.Context, stands string) error {
	if err := j.Journal.Forget(ctx); err != nil {
		return stopped(ctx, stands+"; only the record of the rotation is left", err, "%s   removes it")
	}
	return nil
}

// stopped is the error for a rotation that ends early. Ctrl-C needs no words: the
// person knows, and the next run goes on.
func stopped(ctx context.Context, stands string, err error, next string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &StandsError{Stands: stands, Err: err, Next: next}
}

// How a new key is proved. IAM tells its parts of it one after the other, usually
// within 10 s, so one success is not enough.
const (
	proofs       = 3
	proofPause   = 300 * time.Millisecond
	retryPause   = time.Second
	proofPatient = time.Minute
)

// prove waits until a key works.
func (j Job) prove(ctx context.Context, key aws.Credentials) error {
	began, said := j.Now(), false
	for done := 0; done < proofs; {
		arn, err := j.Whose(ctx, key)
		pause := proofPause
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && arn != j.ARN:
			return fmt.Errorf("it is the key of %s and not of %s", line.Printable(arn), line.Printable(j.ARN))
		case err == nil:
			if done++; done == proofs {
				return nil
			}
		default:
			waited := j.Now().Sub(began)
			if waited > proofPatient {
				return err
			}
			if !said && waited > 2*retryPause {
				j.Say("waiting until all of AWS knows the new key")
				said = true
			}
			done, pause = 0, retryPause
		}
		if err := j.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// withNew makes a call now that the new key is the stored one. A session of the
// old one can have ended with it, and IAM may be slower to know the new one than
// what proved it.
func (j Job) withNew(ctx context.Context, key aws.Credentials, do func(*Client) error) error {
	began := j.Now()
	for refused := false; ; refused = true {
		client, err := j.Client(ctx, key, refused)
		if err != nil {
			return err
		}
		for {
			err = do(client)
			if !stale(err) || !refused && client.Credentials.SessionToken != "" {
				break
			}
			if j.Now().Sub(began) > proofPatient {
				return err
			}
			if err := j.Sleep(ctx, retryPause); err != nil {
				return err
			}
		}
		if !stale(err) {
			return err
		}
	}
}

// Abandon deletes the new key of a rotation whose old key is not stored any more:
// it deletes itself, for nobody else is known to be allowed to. known is false if
// AWS does not know the key, or not yet.
func Abandon(ctx context.Context, client *Client, r Rotation) (known bool, err error) {
	own := *client
	own.Credentials, own.User = r.New, ""
	err = own.remove(ctx, r.New.AccessKeyID)
	if missing(err) || stale(err) {
		return false, nil
	}
	return true, err
}
