package source

import (
	"errors"
	"fmt"
	"strings"

	"awsvault/internal/awsapi"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// CallError is a call of STS that failed: which one of the plan's, and what is
// usually behind it.
type CallError struct {
	Call resolve.Call
	Err  *awsapi.Error
	hint string
}

// Error is one line: the call, and what AWS said or why it said nothing.
func (e *CallError) Error() string { return e.Call.String() + ": " + e.Err.Said() }

// Unwrap gives the error of the call.
func (e *CallError) Unwrap() error { return e.Err }

// Hint says what to do about it, or nothing.
func (e *CallError) Hint() string { return e.hint }

// Is tells which refusals lead to another try.
func (e *CallError) Is(target error) bool {
	switch target {
	case vault.ErrCodeRefused:
		// The other text that begins so is for a device that is not the user's.
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

// explain names the call in an error, and says what is usually behind it.
func explain(err error, r vault.Request) error {
	e := &CallError{Call: r.Call}
	if !errors.As(err, &e.Err) {
		return err
	}
	e.hint = e.advice(r.Step)
	return e
}

// advice is the hint for a refusal.
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

// denied lists what AWS leaves open when it refuses a role.
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
