package awsfake

import "time"

func (q *request) getSessionToken() (any, *Error) {
	mfa, err := q.verifyMFA()
	if err != nil {
		return nil, err
	}
	return q.issue(Session{
		Kind: UserSession, ARN: q.caller.arn, UserID: q.caller.userID, Account: q.caller.account, user: q.caller.user, MFA: mfa,
	}, q.userDuration()), nil
}

type federatedUser struct {
	FederatedUserID string `xml:"FederatedUserId"`
	Arn             string
}

func (q *request) getFederationToken() (any, *Error) {
	tags, err := q.sessionTags()
	if err != nil {
		return nil, err
	}
	policies, packed, err := q.sessionPolicies(q.caller.account, tags)
	if err != nil {
		return nil, err
	}
	name := q.params.text("Name")
	s := Session{
		Kind: FederationSession, Account: q.caller.account, Tags: tags, Policies: policies,
		UserID: q.caller.account + ":" + name, ARN: q.arn("sts", q.caller.account, "federated-user/"+name),
	}
	return struct {
		issued
		FederatedUser    federatedUser
		PackedPolicySize int
	}{q.issue(s, q.userDuration()), federatedUser{s.UserID, s.ARN}, packed}, nil
}

// userDuration returns the duration of a user's session: 12 hours by default. For the root user
// it is shortened to one hour, without an error.
func (q *request) userDuration() time.Duration {
	d := q.params.seconds("DurationSeconds", 12*time.Hour)
	if q.caller.isRoot() {
		return min(d, time.Hour)
	}
	return d
}

// verifyMFA uses the MFA code of a call, if there is one, and returns the time of the caller's
// MFA context.
func (q *request) verifyMFA() (time.Time, *Error) {
	serial, code := q.params.has("SerialNumber"), q.params.has("TokenCode")
	if !serial && !code {
		return q.caller.mfa(), nil
	}
	if serial != code {
		return time.Time{}, accessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	device := q.devices[q.params.text("SerialNumber")]
	if device == nil || q.caller.user == nil || device.user != q.caller.user {
		return time.Time{}, accessDenied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	if !device.accept(q.params.text("TokenCode"), q.now) {
		return time.Time{}, accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	return q.now, nil
}
