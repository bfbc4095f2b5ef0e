package source

import (
	"context"
	"errors"
	"time"

	"awsvault/internal/clicache"
	"awsvault/internal/resolve"
	"awsvault/internal/sso"
	"awsvault/internal/vault"
)

// Portal calls IAM Identity Center on behalf of a session's person.
type Portal struct {
	World   World
	Session *vault.Session
	CLI     string              // the AWS CLI's directory for role credentials; empty: none
	Count   func(done, all int) // is called with the number of accounts done; may be nil
}

// client returns a client with which the person signs in in the given way. deviceCode asks for
// a sign-in with a code, which is the only one possible without a browser on this machine.
func (p Portal) client(way resolve.SignInWay, caBundle resolve.Setting, deviceCode bool) (*sso.Client, error) {
	if p.World.SSODir == "" {
		return nil, errNoHome()
	}
	c := SSO(p.World, p.Session, way, caBundle)
	if c.Person != nil && deviceCode {
		c.Person.DeviceCode = true
	}
	return c, nil
}

// errNoHome means that there is no directory for the files of a sign-in.
func errNoHome() error { return errors.New("no home directory, so no place for a sign-in") }

// SignIn signs the person in, also if they are signed in already.
func (p Portal) SignIn(ctx context.Context, in *resolve.SignIn, caBundle resolve.Setting, how vault.SigningIn) (until time.Time, renewable bool, err error) {
	c, err := p.client(resolve.InBrowser, caBundle, how.DeviceCode)
	if err != nil {
		return until, false, err
	}
	if c.Person != nil && how.NoBrowser {
		c.Person.Open = nil
	}
	c.SwitchUser = how.SwitchUser
	s := SSOSession(in)
	if until, err = c.Login(ctx, s); err != nil {
		return until, false, err
	}
	_, renewable, err = c.Token(s)
	return until, renewable, err
}

// Roles lists the roles that the person may use.
func (p Portal) Roles(ctx context.Context, in *resolve.SignIn, caBundle resolve.Setting, deviceCode bool) (roles vault.SSORoles, warnings []string, err error) {
	c, err := p.client(resolve.AtTerminal, caBundle, deviceCode)
	if err != nil {
		return roles, nil, err
	}
	assigned, err := c.Assignments(ctx, SSOSession(in), p.Count)
	if err != nil {
		return roles, nil, err
	}
	for _, left := range assigned.Left {
		warnings = append(warnings, left.Text)
	}
	return Roles(assigned), warnings, nil
}

// SignOut signs out at AWS and on this machine.
func (p Portal) SignOut(ctx context.Context, in *resolve.SignIn, caBundle resolve.Setting) (was bool, err error) {
	c, err := p.client(resolve.Never, caBundle, false)
	if err != nil {
		return false, err
	}
	return c.Logout(ctx, SSOSession(in))
}

// ForgetRoles removes the role credentials that the AWS CLI has cached.
func (p Portal) ForgetRoles() error { return clicache.Files{Mine: p.World.Mine}.ForgetRoles(p.CLI) }
