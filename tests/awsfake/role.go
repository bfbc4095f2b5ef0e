package awsfake

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role describes an IAM role, for AddRole.
type Role struct {
	Name       string
	Path       string        // "/" if empty
	MaxSession time.Duration // one to twelve hours; one if zero
	Trust      Trust
}

// Trust says who may assume a role, and under which conditions.
type Trust struct {
	Principals []string // ARN of a user, role, role session or account root; an account id; a service (ec2.amazonaws.com); or "*"
	ExternalID string   // required if not empty

	Federated string // ARN of an OIDC provider whose tokens may assume it: AddOIDCProvider
	Audience  string // then required, if not empty
	Subject   string // then required, if not empty; * and ? are wildcards

	MFA       bool          // aws:MultiFactorAuthPresent
	MFAMaxAge time.Duration // aws:MultiFactorAuthAge; zero: any

	KeysOnly bool // aws:TokenIssueTime must be absent, as it is with a user's own keys

	TagSession             bool // sts:TagSession is allowed
	SetSourceIdentity      bool // sts:SetSourceIdentity is allowed
	SourceIdentityRequired bool
}

type role struct {
	Role
	arn, id, account string
	inline           map[string]string // policies, by name
}

// AddRole creates a role, or changes the role with that path and name. It returns the ARN.
func (a *Account) AddRole(r Role) string {
	if r.Path == "" {
		r.Path = "/"
	}
	if r.MaxSession == 0 {
		r.MaxSession = time.Hour
	}
	if r.Name == "" || r.MaxSession < time.Hour || r.MaxSession > 12*time.Hour {
		panic(fmt.Sprintf("awsfake: role %q with sessions of %s", r.Name, r.MaxSession))
	}
	a.state.mu.Lock()
	defer a.state.mu.Unlock()
	arn := a.state.arn("iam", a.ID, "role"+r.Path+r.Name)
	id, inline := newID("AROA"), map[string]string{}
	if old := a.state.roles[arn]; old != nil {
		id, inline = old.id, old.inline
	}
	a.state.roles[arn] = &role{Role: r, arn: arn, id: id, account: a.ID, inline: inline}
	return arn
}

// admits reports whether a caller meets the trust's conditions on sts:AssumeRole itself.
func (r *role) admits(who caller, externalID, sourceIdentity string, mfa, now time.Time) bool {
	t := r.Trust
	switch {
	case !slices.ContainsFunc(t.Principals, who.is):
	case t.ExternalID != "" && t.ExternalID != externalID:
	case (t.MFA || t.MFAMaxAge > 0) && mfa.IsZero():
	case t.MFAMaxAge > 0 && now.Sub(mfa) > t.MFAMaxAge:
	case t.KeysOnly && who.session != nil:
	case t.SourceIdentityRequired && sourceIdentity == "":
	default:
		return true
	}
	return false
}

// trustsService reports whether the role trusts an AWS service.
func (r *role) trustsService(name string) bool { return slices.Contains(r.Trust.Principals, name) }

// is reports whether a principal of a trust policy includes this caller.
func (c caller) is(principal string) bool {
	return principal == "*" || principal == c.arn || principal == c.account ||
		strings.HasSuffix(principal, ":iam::"+c.account+":root") ||
		c.session != nil && c.session.role != nil && principal == c.session.role.arn
}

// Denial is an explicit deny in a principal's own policy.
type Denial struct {
	Principal  string // ARN of a user or role
	Action     string // "iam:CreateAccessKey", "iam:*"
	WithoutMFA bool   // only while aws:MultiFactorAuthPresent is absent
}

// Deny adds a denial. Without denials, a principal may call everything that its kind of
// credential allows.
func (s *Server) Deny(d Denial) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denials = append(s.denials, d)
}
