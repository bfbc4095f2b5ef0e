package vault

import (
	"context"
	"errors"

	"awsvault/internal/aws"
	"awsvault/internal/resolve"
)

// Source gets the credentials of a step.
type Source interface {
	Credentials(ctx context.Context, r Request) (aws.Credentials, error)
}

// Request asks a source for the credentials of one step.
type Request struct {
	resolve.Step
	From     aws.Credentials  // what the step before delivered
	Code     string           // the MFA code, if the step needs one
	Call     resolve.Call     // names the call in errors
	CABundle resolve.Setting  // certificates to trust for the call
	STS      resolve.Endpoint // where to ask who owns credentials
}

// Sources are the ways to get credentials, apart from stored keys, which the keystore
// provides.
type Sources struct {
	Of map[resolve.Kind]Source
	// Ready checks whether a call is possible at all, before a person types a code in vain.
	Ready func(Request) error
	// Identity asks AWS who owns r.From.
	Identity func(ctx context.Context, r Request) (arn, account string, err error)
}

// After one of these errors, another try may succeed. The error of a source matches them with
// errors.Is.
var (
	// ErrCodeRefused: AWS did not accept the MFA code. Another code may work.
	ErrCodeRefused = errors.New("the MFA code was refused")
	// ErrTooLong: the role does not allow a session of that length.
	ErrTooLong = errors.New("the session would be too long")
	// ErrDenied: AWS does not allow these credentials to make the call.
	ErrDenied = errors.New("the call was denied")
	// ErrSourceRefused: the credentials that signed the call are no longer valid.
	ErrSourceRefused = errors.New("the credentials of the call were refused")
)
