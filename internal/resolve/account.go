package resolve

import "awsvault/internal/line"

// promised checks that the plan leads to the account that the profile names. A role from OnTop
// may be in another account.
func (p *planner) promised() error {
	v := p.links[0].own("account")
	if !v.given() || p.in.OnTop != "" {
		return nil
	}
	if !digits(v.text, 12) {
		return v.bad("account %q is not 12 digits", v.text)
	}
	if leads := p.plan.Owner(); leads != "" && leads != v.text {
		return v.bad("account is %s, but profile %q leads to %s", v.text, p.in.Profile, leads).withHint("correct the setting that is wrong")
	}
	p.plan.Promised = v.export()
	return nil
}

// OtherAccount is the error for credentials of another account than the profile names. arn is
// their owner, if AWS has told it.
func (p *Plan) OtherAccount(account, arn string) error {
	whose := "they belong to account " + account
	if arn != "" {
		whose = "AWS says that they belong to " + arn
	}
	hint := "correct the account, or the source of the profile"
	switch base := p.Steps[0]; base.Kind {
	case Login:
		hint = "sign in again with aws login, and choose account " + p.Promised.Text
	case SSO:
		hint = "vault sso login " + line.Word(base.SignIn.Name()) + "   signs in again"
	}
	return p.target.own("account").bad("the credentials of %q must belong to account %s, but %s", p.Profile, p.Promised.Text, whose).withHint("%s", hint)
}
