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

// writeDown adds a session that was just got to the log. A log that cannot be written keeps
// no one from their credentials. A full disk and a read-only home are no news at each session:
// doctor says it. A file that another user could have put there is.
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
