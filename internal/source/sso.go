package source

import (
	"context"
	"crypto/rand"
	"errors"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/sso"
	"awsvault/internal/vault"
)

// ssoSource gets the credentials of a role from IAM Identity Center, and has the
// person sign in if that is needed.
type ssoSource struct {
	world   World
	session *vault.Session
}

// Credentials gets them.
func (o ssoSource) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	if o.world.SSODir == "" {
		return aws.Credentials{}, errors.New("no home directory, so no place for a sign-in")
	}
	client := SSO(o.world, o.session, r.CABundle)
	got, err := client.RoleCredentials(ctx, SSOSession(r.SignIn), r.SSOAccount, r.SSORole)
	if needed := (*sso.NeededError)(nil); errors.As(err, &needed) {
		if needed.Session.Name == "" { // settings of the old kind are those of the profile
			err = fault.Hinted(err, "vault sso login "+line.Word(r.Profile))
		}
		return aws.Credentials{}, err
	}
	return got, vault.Failed(r.Step, r.Origin(), err, "")
}

// SSOSession is what internal/sso wants to know of a plan's sign-in.
func SSOSession(in *resolve.SignIn) sso.Session {
	return sso.Session{
		Name: in.Session, StartURL: in.StartURL, Region: in.Region, Scopes: in.Scopes, Unscoped: in.Unscoped,
		OIDC: in.OIDC.URL, Portal: in.Portal.URL,
	}
}

// SSO is the client of IAM Identity Center on behalf of a session's person.
func SSO(w World, s *vault.Session, caBundle resolve.Setting) *sso.Client {
	c := &sso.Client{
		Dir: w.SSODir, API: API(w, s, caBundle), Now: s.Now, Rand: rand.Reader,
		Lock: func(ctx context.Context, title string) (func(), error) {
			return s.Lock(ctx, aws.SessionKey{Type: "sso.SignIn", Hash: title}, "signing in to "+title)
		},
	}
	if p := s.Person().SignIn(); p != nil {
		c.Person = &sso.Person{DeviceCode: p.DeviceCode, Open: p.Open, Show: p.Show, Anybody: p.Anybody}
	}
	return c
}
