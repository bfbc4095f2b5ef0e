package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"awsvault/internal/aws"
)

// MFARequest asks for the code of a device.
type MFARequest struct {
	Serial  string
	Profile string
	Refused error // why the code before was of no use; nil the first time
	Flag    bool  // the command takes a code on its line
}

// MFACode is the answer to an MFARequest.
type MFACode struct {
	Text string
	// Retry means that another request may bring another code.
	Retry bool
}

// MFAProcess describes a run of a profile's mfa_process.
type MFAProcess struct {
	Context context.Context
	Command string
	Request MFARequest
	Person  Person
}

// mfaTries is how many codes a person may try.
const mfaTries = 3

// MFAError reports a code that failed: it was mistyped, too old, or used before.
type MFAError struct {
	Serial string
	Err    error // AWS's refusal, or what is wrong with the text
}

// Error returns the reason.
func (e *MFAError) Error() string { return e.Err.Error() }

// Unwrap returns AWS's refusal.
func (e *MFAError) Unwrap() error { return e.Err }

// Hint explains the usual reason for AWS's refusal.
func (e *MFAError) Hint() string {
	if !errors.Is(e.Err, ErrCodeRefused) {
		return ""
	}
	return "each code works once: wait for the next one, and check that it is the code of " + e.Serial
}

// withCode makes a call with a code, and asks for another one as long as that can help.
func (s *Session) withCode(ctx context.Context, r Request, token string) (aws.Credentials, error) {
	q := MFARequest{Serial: r.MFASerial, Profile: r.Profile, Flag: s.world.TakesCode}
	for try, empty := 1, 0; ; try++ {
		code, err := s.code(ctx, r.MFAProcess, token, q)
		if err != nil {
			return aws.Credentials{}, err
		}
		if r.Code = strings.TrimSpace(code.Text); r.Code == "" && code.Retry && r.MFAProcess == "" && empty < mfaTries {
			empty++ // Enter alone is not a try, but a program could return nothing for ever
			try--
			continue
		}
		c, err := s.tryCode(ctx, r)
		if refused := (*MFAError)(nil); !errors.As(err, &refused) || !code.Retry || try == mfaTries {
			return c, err
		}
		q.Refused = err
	}
}

// code returns the code that was given, else that of the profile's mfa_process, else the
// person's.
func (s *Session) code(ctx context.Context, command, token string, q MFARequest) (MFACode, error) {
	switch {
	case token != "":
		return MFACode{Text: token}, nil
	case command == "":
		return s.person.Code(ctx, q)
	}
	if q.Refused != nil { // mfa_process would print the same code again
		if err := s.NextCode(ctx, q.Refused); err != nil {
			return MFACode{}, err
		}
	}
	text, err := s.world.MFAProcess(MFAProcess{ctx, command, q, s.person})
	return MFACode{Text: text, Retry: true}, err
}

// codeStep is how long a device shows a code (RFC 6238).
const codeStep = 30 * time.Second

// NextCode waits until a device shows another code.
func (s *Session) NextCode(ctx context.Context, refused error) error {
	why := refused.Error()
	if errors.Is(refused, ErrCodeRefused) {
		why = "the MFA code was not accepted"
	}
	s.person.Say("vault: " + why + "; waiting for the next one")
	return s.world.Wait(ctx, codeStep-time.Duration(s.Now().UnixNano())%codeStep+500*time.Millisecond)
}

// WhyAnotherCode says briefly why vault asks for another code.
func WhyAnotherCode(err error) string {
	if errors.Is(err, ErrCodeRefused) {
		return "Code not accepted. Wait for the next code and try again."
	}
	return err.Error()
}

// tryCode calls AWS with the code, unless the code is not six digits.
func (s *Session) tryCode(ctx context.Context, r Request) (aws.Credentials, error) {
	if len(r.Code) != 6 || strings.Trim(r.Code, "0123456789") != "" {
		return aws.Credentials{}, &MFAError{r.MFASerial, fmt.Errorf("the MFA code for %s is not six digits", r.MFASerial)}
	}
	c, err := s.call(ctx, r)
	if errors.Is(err, ErrCodeRefused) {
		err = &MFAError{r.MFASerial, err}
	}
	return c, err
}
