package vault

import (
	"context"
	"errors"

	"awsvault/internal/aws"
	"awsvault/internal/resolve"
)

// Source gets the credentials of a step from where they come from.
type Source interface {
	Credentials(ctx context.Context, r Request) (aws.Credentials, error)
}

// Request asks a source for the credentials of one step.
type Request struct {
	resolve.Step
	From     aws.Credentials  // what the step before delivered
	Code     string           // the MFA code, if the step wants one
	Call     resolve.Call     // names the call in errors
	CABundle resolve.Setting  // certificates to trust for it
	STS      resolve.Endpoint // where to ask whose credentials are
}

// Sources are the ways to get credentials. Stored keys are not among them: those
// are the keystore's.
type Sources struct {
	Of map[resolve.Kind]Source
	// Ready finds out whether a call could be made at all, before a person is asked
	// for a code in vain.
	Ready func(Request) error
	// Identity asks AWS whose credentials r.From are.
	Identity func(ctx context.Context, r Request) (arn, account string, err error)
}

// Refusals that lead to another try. A source's error is one of them by Is.
var (
	// ErrCodeRefused: AWS did not accept the MFA code, and another one may do.
	ErrCodeRefused = errors.New("the MFA code was refused")
	// ErrTooLong: the role allows no session that lasts that long.
	ErrTooLong = errors.New("the session would be too long")
	// ErrDenied: AWS does not let these credentials do it.
	ErrDenied = errors.New("the call was denied")
	// ErrSourceRefused: the credentials that the call was signed with are no longer good.
	ErrSourceRefused = errors.New("the credentials of the call were refused")
)
