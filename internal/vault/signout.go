package vault

import (
	"context"
	"fmt"

	"awsvault/internal/fault"
)

// SignOut ends sign-ins to IAM Identity Center, and forgets the sessions made with them.
type SignOut struct {
	Session *Session
	Keeper  SignInKeeper
	// Open finds the sign-in of an [sso-session], or of a profile.
	Open func(name string) (SignedIn, error)
	// ForgetRoles removes the role credentials that the AWS CLI has cached.
	ForgetRoles func() error
}

// SignedIn is a sign-in that may exist.
type SignedIn struct {
	Title, StartURL string
	// Out signs out at AWS and on this machine. was reports whether there was a sign-in.
	Out func(context.Context) (was bool, err error)
}

// SignInKeeper stores the sessions and tokens of sign-ins.
type SignInKeeper interface {
	// RemoveSSOSessions removes the sessions of roles, and returns their number.
	RemoveSSOSessions(ctx context.Context) (int, error)
	// RemoveToken removes the token that aws-vault stored for a start URL.
	RemoveToken(ctx context.Context, startURL string) (removed bool, err error)
}

// Run ends the named sign-ins, one after the other. If AWS cannot be told, Run continues, and
// returns that error at the end.
func (o SignOut) Run(ctx context.Context, names []string) error {
	var failed error
	for _, name := range names {
		in, err := o.Open(name)
		if err != nil {
			return err
		}
		was, err := in.Out(ctx)
		forgotten, kept := o.Keeper.RemoveSSOSessions(ctx)
		o.forget(ctx, in)
		person := o.Session.person
		switch {
		case kept != nil:
			return kept
		case err != nil && was:
			failed = fault.Hinted(fmt.Errorf("signed out of %s on this machine, but not at AWS: %w", in.Title, err), "its token works until it expires")
		case err != nil:
			return err
		case was:
			person.Done("signed out of " + in.Title)
		case forgotten > 0:
			person.Done(fmt.Sprintf("you were not signed in to %s; forgot %d sessions of roles", in.Title, forgotten))
		default:
			person.Say("you were not signed in to " + in.Title)
		}
	}
	return failed
}

// forget removes what other tools have stored for a sign-in.
func (o SignOut) forget(ctx context.Context, in SignedIn) {
	if left, err := o.Keeper.RemoveToken(ctx, in.StartURL); err != nil {
		o.Session.Warn(err)
	} else if left {
		o.Session.person.Done(fmt.Sprintf("removed the token of %s that aws-vault had stored", in.Title))
	}
	if err := o.ForgetRoles(); err != nil {
		o.Session.Warn(fmt.Errorf("credentials of roles that the AWS CLI keeps: %w", err))
	}
}
