package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// write adds the sessions that were issued before a time to the role's policy, waits until that
// time is over, and returns it. Another process that reads the policy meanwhile would write it without them, so
// it holds a lock. Without a lock it goes on: a session that leaked must not wait for one.
func (r Revoke) write(ctx context.Context, client RoleIAM, role, id string, names []string) (at time.Time, err error) {
	unlock, err := WaitFor(ctx, r.Session.person, r.Keeper.LockRevocation, "revoking sessions")
	switch {
	case ctx.Err() != nil:
		return at, ctx.Err()
	case err != nil:
		r.Session.Warn(err)
	default:
		defer unlock()
	}
	var before Revoked
	document, err := client.Policy(ctx, RevocationPolicy)
	switch {
	case err == nil:
		if before, err = ParseRevoked(document); err != nil {
			return at, fault.Hinted(fmt.Errorf("the inline policy %s of role %s is left as it is: %w", RevocationPolicy, role, err),
				fmt.Sprintf("aws iam get-role-policy --role-name %s --policy-name %s   shows it; it has to be renamed or deleted first", line.Word(role), RevocationPolicy))
		}
	case !missing(err):
		return at, lacks("iam:GetRolePolicy", role, err)
	}
	now := client.Now(r.Session.Now()).UTC()
	at = now.Truncate(time.Second).Add(time.Second) // AWS counts whole seconds: include a session that was issued just now
	var users []string
	for _, name := range names {
		users = append(users, id+":"+name)
	}
	if r.Everyone {
		users = nil
	}
	document, err = before.With(at, now, users...).Document()
	if errors.Is(err, errPolicyFull) {
		return at, fault.Hinted(fmt.Errorf("the inline policy %s of role %s: %w", RevocationPolicy, role, err), "--everyone needs less room")
	}
	if err != nil {
		return at, err
	}
	if err := client.PutPolicy(ctx, RevocationPolicy, document); refusedWith(err, "LimitExceeded") {
		return at, fault.Hinted(fmt.Errorf("the inline policies of role %s have no room left: %w", role, err), "--everyone needs less room")
	} else if err != nil {
		return at, lacks("iam:PutRolePolicy", role, err)
	}
	// A session issued before that time would be denied for all of its life, so wait. Both
	// clocks are known to a second.
	return at, r.Session.world.Wait(ctx, at.Add(time.Second).Sub(client.Now(r.Session.Now())))
}

// lacks names the missing permission, if that is why a call was refused.
func lacks(permission, role string, err error) error {
	if !denied(err) {
		return err
	}
	return fault.Hinted(fmt.Errorf("the sessions of role %s are not revoked: %s is missing: %w", role, permission, err),
		"someone who may change the role can do it: \"Revoke active sessions\" in the AWS console")
}
