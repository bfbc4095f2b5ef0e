package vault

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"awsvault/internal/aws"
	"awsvault/internal/journal"
	"awsvault/internal/resolve"
)

// writeDown adds a new session to the log. Credentials are delivered even if the log cannot be
// written. A full disk or a read-only home gives no warning at each session, because doctor
// reports it. A log file that another user could have put there does.
func (p *Plan) writeDown(s resolve.Step, c aws.Credentials) {
	e := journal.Entry{
		At: p.session.Now(), Profile: s.Profile, Account: s.SSOAccount, Call: s.Kind.String(),
		Role: cmp.Or(s.RoleARN, s.SSORole), Name: s.SessionName, KeyID: c.AccessKeyID, Expires: c.Expires,
		Agent: p.Agent.By,
	}
	if role, ok := aws.ParseARN(s.RoleARN); ok {
		e.Account = role.Account
	}
	if e.Account == "" {
		e.Account, _ = aws.AccountOf(c.AccessKeyID)
	}
	if s.Policy != "" || len(s.PolicyARNs) > 0 {
		e.Narrowed = p.Narrowed.Names
	}
	if p.Want.Origin != "" {
		e.Dir = filepath.Dir(p.Want.Origin)
	}
	err := p.session.world.Log.Add(e)
	if foreign := (*journal.ForeignError)(nil); errors.As(err, &foreign) {
		p.session.Warn(fmt.Errorf("the session was not logged: %w", foreign))
	}
}
