package vault

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/aws"
)

// makeRoom makes sure that the user has only one key, because AWS allows two. It records the
// user's keys in j.
func (r *rotation) makeRoom(ctx context.Context, client IAM, j *aws.Rotation) error {
	keys, err := client.Keys(ctx)
	switch {
	case denied(err) && r.DeleteKey == "":
		r.say("not allowed to list the user's keys, so there may be no room for a new one")
		return nil
	case err != nil:
		return stopped("nothing was changed", err, "")
	}
	others := slices.DeleteFunc(keys, func(k aws.AccessKey) bool { return k.ID == j.Old })
	if r.DeleteKey != "" {
		if others, err = r.deleteOther(ctx, client, j.Old, others); err != nil {
			return err
		}
	}
	for _, k := range others {
		if p := r.pending; p != nil && len(p.Before) > 0 && !slices.Contains(p.Before, k.ID) {
			return stopped(fmt.Sprintf("nothing was changed: the rotation that was interrupted %s probably created %s, whose secret is lost", ago(r.Session.Now().Sub(p.Started)), k.ID), nil,
				r.again()+" --delete-key="+k.ID+"   if no one else created it: "+list(ctx, client, []aws.AccessKey{k}))
		}
	}
	if len(others) > 0 {
		return stopped("nothing was changed: AWS allows two keys, and the user has another one beside "+j.Old+": "+list(ctx, client, others), nil,
			r.again()+" --delete-key="+others[0].ID+"   deletes it first; does anything still use it?")
	}
	j.Before = []string{j.Old}
	return nil
}

// deleteOther deletes the key that the person has named, and returns the rest.
func (r *rotation) deleteOther(ctx context.Context, client IAM, old string, others []aws.AccessKey) ([]aws.AccessKey, error) {
	id := r.DeleteKey
	switch {
	case id == old:
		return nil, stopped("nothing was changed: "+old+" is the stored key, which a rotation replaces", nil, "leave out --delete-key")
	case !has(others, id):
		return nil, stopped(fmt.Sprintf("nothing was changed: the user has no other key %q", id), nil, list(ctx, client, others))
	}
	if err := client.Delete(ctx, id); err != nil && !missing(err) {
		return nil, stopped("nothing was changed", err, "")
	}
	r.say("deleted " + id)
	return slices.DeleteFunc(others, func(k aws.AccessKey) bool { return k.ID == id }), nil
}

func has(keys []aws.AccessKey, id string) bool {
	return slices.ContainsFunc(keys, func(k aws.AccessKey) bool { return k.ID == id })
}

// list describes keys in one line.
func list(ctx context.Context, client IAM, keys []aws.AccessKey) string {
	if len(keys) == 0 {
		return "there is no other key"
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

// ago describes an age roughly.
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
