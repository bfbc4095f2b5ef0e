package vault

import (
	"context"
	"fmt"

	"awsvault/internal/aws"
)

// rightAccount refuses credentials of another account than the profile's account setting
// names. The id of every key that AWS has issued since 2019 contains the account. Fresh keys
// of a user or a program are also checked with a call to AWS.
func (r *run) rightAccount(ctx context.Context, i int, c aws.Credentials, fresh bool) error {
	want := r.plan.Promised.Text
	if want == "" || i < len(r.plan.Steps)-1 {
		return nil
	}
	account, known := aws.AccountOf(c.AccessKeyID)
	switch {
	case known && account != want:
		return r.plan.OtherAccount(account, "")
	case !fresh, known && r.plan.Account == want: // AWS has accepted the role's ARN, which names the account
		return nil
	}
	arn, account, err := r.plan.Identity(ctx, c)
	switch {
	case err != nil:
		return fmt.Errorf("AWS does not say whether %q belongs to account %s: %w", r.plan.Profile, want, err)
	case account != want:
		return r.plan.OtherAccount(account, arn)
	}
	return nil
}
