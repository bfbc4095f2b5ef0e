package source

import (
	"errors"
	"fmt"
	"strings"

	"awsvault/internal/awsapi"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// CallError is a failed call of STS. It names the call in the plan, and has a hint about the
// usual cause.
type CallError struct {
	Call resolve.Call
	Err  *awsapi.Error
	hint string
}

// Error returns one line: the call, and AWS's message or why there is none.
func (e *CallError) Error() string { return e.Call.String() + ": " + e.Err.Said() }

// Unwrap returns the error of the call.
func (e *CallError) Unwrap() error { return e.Err }

// Hint says what to do about the error; empty: no hint.
func (e *CallError) Hint() string { return e.hint }

// Is reports which kind of refusal this is, so that the caller can try again.
func (e *CallError) Is(target error) bool {
	switch target {
	case vault.ErrCodeRefused:
		// The other message with this beginning is for a device that does not belong to the
		// user.
		return strings.HasPrefix(e.Err.Message, "MultiFactorAuthentication failed with invalid MFA one time pass code")
	case vault.ErrDenied:
		return e.Err.Code == "AccessDenied" && !strings.HasPrefix(e.Err.Message, "MultiFactorAuthentication failed")
	case vault.ErrTooLong:
		return strings.Contains(e.Err.Message, "MaxSessionDuration")
	case vault.ErrSourceRefused:
		return e.Err.Code == "ExpiredToken" || e.Err.Code == "InvalidClientTokenId"
	}
	return false
}

// explain adds the call to an error, and a hint about the usual cause.
func explain(err error, r vault.Request) error {
	e := &CallError{Call: r.Call}
	if !errors.As(err, &e.Err) {
		return err
	}
	e.hint = e.advice(r.Step)
	return e
}

// advice returns the hint for a refusal.
func (e *CallError) advice(s resolve.Step) string {
	switch {
	case e.Err.Skew != 0:
		return (&awsapi.ClockError{}).Hint()
	case strings.HasPrefix(e.Err.Message, "MultiFactorAuthentication failed, unable to validate"):
		return "mfa_serial must be the ARN of a device of the user whose keys these are: " + s.MFASerial
	case strings.Contains(e.Err.Message, "1 hour session limit"), strings.Contains(e.Err.Message, "MaxSessionDuration"):
		return "the role allows less: ask for a shorter --duration or --min, raise the role's maximum session duration, or have vault exec --server renew it"
	case e.Err.Code == "AccessDenied" && e.Call.Op == resolve.AssumeRole.String():
		return e.denied(s)
	case e.Err.Code == "AccessDenied" && e.Call.Op == resolve.GetFederationToken.String():
		return "a user needs the permission sts:GetFederationToken for a console; a role needs none"
	case e.Err.Code == "PackedPolicyTooLarge":
		return "AWS packs the session's policies and tags together: use a smaller policy, or fewer tags"
	case e.Err.Code == "MalformedPolicyDocument":
		return "AWS does not accept the policy that narrows the session: check the names of its actions and conditions"
	case e.Err.Code == "InvalidClientTokenId":
		return "AWS does not know these keys: they may be deleted, inactive, or in another partition"
	case strings.HasPrefix(e.Err.Message, "Credential should be scoped to a valid region"):
		return fmt.Sprintf("the account is not in the partition of region %s: choose another region", s.Endpoint.Region)
	case e.Err.Code == "SignatureDoesNotMatch":
		return "the stored secret key does not belong to its access key id"
	case e.Err.Code == "ExpiredToken":
		return "vault clear   forgets cached sessions; the next command gets new ones"
	case e.Err.Code == "ExpiredTokenException":
		return "the token of the web identity has expired: the program that writes it must write a new one"
	case e.Err.Code == "InvalidIdentityToken", e.Err.Code == "IDPRejectedClaim":
		return "the account must have the token's issuer as an identity provider, and its audience as a client id"
	case e.Call.Op == resolve.WebIdentity.String() && e.Err.Code == "AccessDenied":
		return "the role may not exist, or its trust policy may not fit the token's subject and audience"
	case e.Err.Code == "RegionDisabledException":
		return fmt.Sprintf("STS is switched off in %s for this account: choose another region", s.Endpoint.Region)
	}
	return e.Err.Hint()
}

// denied lists the possible reasons if AWS refuses a role.
func (e *CallError) denied(s resolve.Step) string {
	if strings.Contains(e.Err.Message, "sts:TagSession") {
		return "the role's trust policy must allow sts:TagSession"
	}
	if strings.Contains(e.Err.Message, "sts:SetSourceIdentity") {
		return "the role's trust policy must allow sts:SetSourceIdentity"
	}
	causes := []string{"the role may not exist", "may not trust you"}
	if e.Call.Step == 2 && s.MFASerial == "" {
		causes = append(causes, "may want MFA (mfa_serial)")
	}
	if s.ExternalID == "" {
		causes = append(causes, "may want an external_id")
	}
	return strings.Join(causes, ", or ")
}
