package resolve

import (
	"fmt"

	"awsvault/internal/aws"
)

// Call identifies a call within a plan.
type Call struct {
	Op      string // AssumeRole
	Subject string // the role's ARN, or the profile in quotes
	Step    int    // from 1
	Steps   int
}

// String returns a text such as: AssumeRole arn:aws:iam::123456789012:role/dev (step 3 of 3).
func (c Call) String() string {
	return fmt.Sprintf("%s %s (step %d of %d)", c.Op, c.Subject, c.Step, c.Steps)
}

// Call returns the call of the step at i.
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

// ARN returns the ARN of the role session that a step delivers, as AWS would: without the path
// of the role. It is empty for a user.
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

// Owner returns the account of what the plan delivers: that of the role, or for a user that of
// the MFA device, or the one that the profile names; empty if none is known.
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

// MFAPrompts returns how many MFA codes the plan needs if nothing is cached.
func (p *Plan) MFAPrompts() int {
	n := 0
	for _, s := range p.Steps {
		if s.MFASerial != "" {
			n++
		}
	}
	return n
}

// Last returns the step that delivers the credentials.
func (p *Plan) Last() Step { return p.Steps[len(p.Steps)-1] }

// FileKeys returns the keys of a plan that begins with keys in one of the AWS files.
func (p *Plan) FileKeys() aws.Credentials { return p.fileKeys }

// Limit says what limits the duration of the session of the step at i.
func (p *Plan) Limit(i int) string { return p.limits[i] }
