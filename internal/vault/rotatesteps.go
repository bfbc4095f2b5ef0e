package vault

import (
	"context"
	"fmt"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// stopped is the error of a rotation that ended early. It says where things stand, why, and
// what to type. Without a hint, it keeps that of err.
func stopped(stands string, err error, hint string) error {
	if err != nil {
		stands += ": " + err.Error()
	}
	return &fault.Error{Text: stands, Hint: hint, Cause: err}
}

// begin makes a new key and puts it in place of the old one.
func (r *rotation) begin(ctx context.Context) (aws.Rotation, error) {
	j := aws.Rotation{Started: r.Session.Now().UTC(), Old: r.key.AccessKeyID}
	client, _, err := r.client(ctx, r.key, false)
	if err != nil {
		return j, err
	}
	err = r.makeRoom(ctx, client, &j)
	if stale(err) { // perhaps of a cached session
		if client, _, err = r.client(ctx, r.key, true); err == nil {
			err = r.makeRoom(ctx, client, &j)
		}
	}
	if err != nil {
		return j, err
	}
	if err := r.put(ctx, j); err != nil {
		return j, stopped("nothing was changed: the rotation cannot be recorded", err, "")
	}
	// Ctrl-C has to wait until the new key is recorded.
	steady := context.WithoutCancel(ctx)
	if j.New, err = client.Create(steady); err != nil {
		return j, r.notCreated(steady, client, err)
	}
	if err := r.put(steady, j); err != nil {
		return j, r.notRecorded(steady, client, j, err)
	}
	r.step("created the new key " + j.New.AccessKeyID)
	return j, r.finish(ctx, j, "is still active")
}

// notCreated reports that CreateAccessKey returned no key.
func (r *rotation) notCreated(ctx context.Context, client IAM, err error) error {
	if lost(err) {
		return stopped("the stored key is unchanged and works, but AWS may have created a new key whose secret is lost", err, r.again()+"   looks for it, and continues")
	}
	if ferr := r.forget(ctx); ferr != nil {
		r.say("the record of the rotation is left in the keystore: " + ferr.Error())
	}
	hint := ""
	switch {
	case refusedWith(err, "LimitExceeded"):
		if keys, lerr := client.Keys(ctx); lerr == nil {
			hint = "AWS allows two keys, and the user has " + list(ctx, client, keys)
		}
	case denied(err):
		hint = "the user needs iam:CreateAccessKey and iam:DeleteAccessKey for itself; if a policy requires MFA for that, set mfa_serial in the profile"
	}
	return stopped("nothing was changed", err, hint)
}

// notRecorded deletes a new key that could not be stored.
func (r *rotation) notRecorded(ctx context.Context, client IAM, j aws.Rotation, err error) error {
	id := j.New.AccessKeyID
	if derr := client.Delete(ctx, id); derr != nil && !missing(derr) {
		return stopped(fmt.Sprintf("the stored key is unchanged and works; the new key %s could be neither stored nor deleted (%v), so its secret is lost", id, derr),
			err, r.again()+" --delete-key="+id)
	}
	_ = r.forget(ctx) // the keystore is the cause, so this may fail too
	return stopped("nothing was changed: the new key could not be stored, and is deleted again", err, "")
}

// finish puts the new key in place of the old one, wherever the rotation has stopped. state
// describes the old key.
func (r *rotation) finish(ctx context.Context, j aws.Rotation, state string) error {
	fresh, old, next := "the new key "+j.New.AccessKeyID, j.Old, r.again()+"   continues from here"
	stop := func(stands string, err error, hint string) error {
		if ctx.Err() != nil { // after Ctrl-C the person knows why
			return ctx.Err()
		}
		return stopped(stands, err, hint)
	}
	if err := r.prove(ctx, j.New); err != nil {
		return stop(fresh+" is kept but does not work yet; the stored key is as it was", err, next)
	}
	r.step(j.New.AccessKeyID + " works")
	if err := r.install(ctx, j); err != nil {
		return stop(fresh+" works, but could not be stored in place of the old one, which works too", err, next)
	}
	r.step("stored it for " + strings.Join(r.names, ", "))
	stored := fresh + " is stored and works"
	err := r.withNew(ctx, j.New, func(c IAM) error { return c.Deactivate(ctx, old) })
	gone := missing(err)
	switch {
	case gone:
	case denied(err): // aws-vault does not need this permission, so some policies lack it
		r.say("cannot deactivate the old key before deleting it: " + err.Error())
	case err != nil:
		return stop(fmt.Sprintf("%s, but the old one, %s, %s", stored, old, state), err, next)
	default:
		state = "is deactivated and not deleted"
		r.step("deactivated the old key " + old)
		if err := r.prove(ctx, j.New); err != nil {
			return stop(fmt.Sprintf("%s is stored, and stopped working after the old one was deactivated; %s is not deleted", fresh, old), err,
				next+"; an administrator can reactivate "+old)
		}
	}
	if !gone {
		if err := r.withNew(ctx, j.New, func(c IAM) error { return retire(ctx, c, old) }); err != nil {
			if denied(err) {
				next = "ask someone with iam:DeleteAccessKey to delete " + old + ", then run: " + r.again()
			}
			return stop(fmt.Sprintf("%s, but the old one, %s, %s", stored, old, state), err, next)
		}
		stored += ", and the old one is deleted"
		r.step("deleted the old key " + old)
	}
	if err := r.forget(ctx); err != nil {
		return stop(stored+"; only the record of the rotation is left", err, r.again()+"   removes it")
	}
	return nil
}

// retire deletes a key that may be gone already. AWS does not tell a user without the
// permission to delete that the key is gone.
func retire(ctx context.Context, client IAM, id string) error {
	err := client.Delete(ctx, id)
	if denied(err) {
		keys, lerr := client.Keys(ctx)
		if lerr == nil && !has(keys, id) {
			return nil
		}
	}
	if missing(err) {
		return nil
	}
	return err
}

// These constants control how a new key is tried. IAM's servers learn about a key one after
// the other, usually within 10 s, so one success is not enough.
const (
	proofs       = 3
	proofPause   = 300 * time.Millisecond
	retryPause   = time.Second
	proofPatient = time.Minute
)

// prove waits until a key works.
func (r *rotation) prove(ctx context.Context, key aws.Credentials) error {
	began, said := r.Session.Now(), r.Step != nil
	if r.Step != nil {
		defer Waiting(r.Session.person)("all of AWS to know the new key", began.Add(proofPatient))()
	}
	for done := 0; done < proofs; {
		arn, _, err := r.plan.Identity(ctx, key)
		pause := proofPause
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && arn != r.arn:
			return fmt.Errorf("it is the key of %s, not of %s", line.Printable(arn), line.Printable(r.arn))
		case err == nil:
			if done++; done == proofs {
				return nil
			}
		default:
			waited := r.Session.Now().Sub(began)
			if waited > proofPatient {
				return err
			}
			if !said && waited > 2*retryPause {
				r.say("waiting until all of AWS knows the new key")
				said = true
			}
			done, pause = 0, retryPause
		}
		if err := r.Session.world.Wait(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// withNew makes a call after the new key is stored. The session of the old key may have ended
// with that key, and IAM may learn about the new key later than STS, which has accepted it.
func (r *rotation) withNew(ctx context.Context, key aws.Credentials, do func(IAM) error) error {
	began := r.Session.Now()
	for refused := false; ; refused = true {
		client, session, err := r.client(ctx, key, refused)
		if err != nil {
			return err
		}
		for {
			err = do(client)
			if !stale(err) || !refused && session {
				break
			}
			if r.Session.Now().Sub(began) > proofPatient {
				return err
			}
			if err := r.Session.world.Wait(ctx, retryPause); err != nil {
				return err
			}
		}
		if !stale(err) {
			return err
		}
	}
}
