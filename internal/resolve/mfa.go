package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// MFA knows codes: a person at a terminal, a fixed one from the command line, a
// program.
type MFA interface {
	// Code returns a code for the request. If there is nobody to ask it returns a *[PersonNeededError].
	Code(ctx context.Context, q MFARequest) (MFACode, error)
}

// MFARequest asks for the code of a device.
type MFARequest struct {
	Serial  string
	Profile string
	Process string // the profile's mfa_process, if it has one
	Refused error  // why the code before was of no use; nil the first time
}

// MFACode is the answer.
type MFACode struct {
	Text  string
	Retry bool // asking again may bring another one: it came from a person
}

// mfaTries is how often a person may mistype.
const mfaTries = 3

// PersonNeededError says that a code is wanted and nobody can be asked for it.
type PersonNeededError struct{ Serial, Profile string }

// Error names the device and the profile.
func (e *PersonNeededError) Error() string {
	return fmt.Sprintf("profile %q needs the MFA code of %s, and there is nobody to ask for it", e.Profile, e.Serial)
}

// Hint says how to come by a code.
func (e *PersonNeededError) Hint() string {
	return "run it in a terminal, or give the code with --mfa-token"
}

// MFAError is a code that was of no use: mistyped, too old, or used before.
type MFAError struct {
	Serial string
	Err    error // AWS's refusal, or what is wrong with the text
}

// Error gives the reason.
func (e *MFAError) Error() string { return e.Err.Error() }

// Unwrap gives AWS's refusal.
func (e *MFAError) Unwrap() error { return e.Err }

// Hint explains the usual reason for AWS's refusal.
func (e *MFAError) Hint() string {
	if refused := (*AWSError)(nil); !errors.As(e.Err, &refused) {
		return ""
	}
	return "each code works once: wait for the next one, and check that it is the code of " + e.Serial
}

// withCode makes a call with a code, and asks again as long as that is of use.
func (r *run) withCode(ctx context.Context, s Step, call func(code string) (Credentials, error)) (Credentials, error) {
	if r.MFA == nil {
		return Credentials{}, &PersonNeededError{Serial: s.MFASerial, Profile: s.Profile}
	}
	q := MFARequest{Serial: s.MFASerial, Profile: s.Profile, Process: s.MFAProcess}
	for try := 1; ; try++ {
		code, err := r.MFA.Code(ctx, q)
		if err != nil {
			return Credentials{}, err
		}
		c, err := tryCode(s, strings.TrimSpace(code.Text), call)
		if refused := (*MFAError)(nil); !errors.As(err, &refused) || !code.Retry || try == mfaTries {
			return c, err
		}
		q.Refused = err
	}
}

// tryCode spares AWS the codes that are none.
func tryCode(s Step, code string, call func(code string) (Credentials, error)) (Credentials, error) {
	if !digits(code, 6) {
		return Credentials{}, &MFAError{s.MFASerial, fmt.Errorf("the MFA code for %s is not six digits", s.MFASerial)}
	}
	c, err := call(code)
	if e := (*AWSError)(nil); errors.As(err, &e) && e.mfaCodeRefused() {
		err = &MFAError{s.MFASerial, err}
	}
	return c, err
}
