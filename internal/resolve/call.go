package resolve

import (
	"fmt"

	"awsvault/internal/aws"
)

// Call says which call of a plan it was.
type Call struct {
	Op      string // AssumeRole
	Subject string // the role's ARN, or the profile in quotes
	Step    int    // from 1
	Steps   int
}

// String gives: AssumeRole arn:aws:iam::123456789012:role/dev (step 3 of 3).
func (c Call) String() string {
	return fmt.Sprintf("%s %s (step %d of %d)", c.Op, c.Subject, c.Step, c.Steps)
}

// Call is the call that the step at i makes.
func (p *Plan) Call(i int) Call {
	s := p.Steps[i]
	subject := s.RoleARN
	switch {
	case s.Kind == SSO:
		subject = fmt.Sprintf("%s in %s", s.SSORole, s.SSOAccount)
	case subject == "":
		subject = fmt.Sprintf("for %q", s.Profile)
	}
	return Call{Op: s.Kind.String(), Subject: subject, Step: i + 1, Steps: len(p.Steps)}
}

// ARN is the name of the role session that a step delivers, as AWS would tell
// it: the path of the role is not in it. Empty for a user.
func (s Step) ARN() string {
	if s.Kind == Login {
		return s.LoginSession
	}
	a, ok := aws.ParseGlobalARN(s.RoleARN, "iam")
	name, isRole := a.RoleName()
	if !ok || !isRole {
		return ""
	}
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", a.Partition, a.Account, name, s.SessionName)
}

// Owner is the account of what the plan delivers: that of the role, or for a user
// that of the MFA device, or what the profile promises. Empty if none is known.
func (p *Plan) Owner() string {
	if p.Account != "" {
		return p.Account
	}
	for _, s := range p.Steps {
		if a, ok := aws.ParseGlobalARN(s.MFASerial, "iam"); ok {
			return a.Account
		}
	}
	return p.Promised.Text
}

// MFAPrompts is how many MFA codes the plan takes when nothing is cached.
func (p *Plan) MFAPrompts() int {
	n := 0
	for _, s := range p.Steps {
		if s.MFASerial != "" {
			n++
		}
	}
	return n
}

// Last is the step that delivers.
func (p *Plan) Last() Step { return p.Steps[len(p.Steps)-1] }

// FileKeys are the keys of a plan that begins with keys in one of the AWS files.
func (p *Plan) FileKeys() aws.Credentials { return p.fileKeys }

// Limit says what decides how long the session of the step at i lasts.
func (p *Plan) Limit(i int) string { return p.limits[i] }
