package source

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"awsvault/internal/aws"
	"awsvault/internal/clicache"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/sso"
	"awsvault/internal/vault"
)

// ssoSource gets the credentials of a role from IAM Identity Center. It signs the person in if
// necessary.
type ssoSource struct {
	world   World
	session *vault.Session
}

// Credentials gets the credentials.
func (o ssoSource) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	if o.world.SSODir == "" {
		return aws.Credentials{}, errNoHome()
	}
	client := SSO(o.world, o.session, r.SignIn.Way, r.CABundle)
	client.Who = func(ctx context.Context, c aws.Credentials) (string, error) { return o.who(ctx, r, c) }
	got, err := client.RoleCredentials(ctx, SSOSession(r.SignIn), r.SSOAccount, r.SSORole)
	if needed := (*sso.NeededError)(nil); errors.As(err, &needed) {
		if needed.Session.Name == "" { // settings of the old form belong to the profile
			err = fault.Hinted(err, "vault sso login "+line.Word(r.Profile))
		}
		return aws.Credentials{}, err
	}
	if other := (*sso.OtherPersonError)(nil); errors.As(err, &other) {
		err = other.For(r.Profile)
	}
	return got, vault.Failed(r.Step, r.Origin(), err, "")
}

// who returns the person's name, which is the name of the session of a permission set.
func (o ssoSource) who(ctx context.Context, r vault.Request, c aws.Credentials) (string, error) {
	arn, _, err := API(o.world, o.session, r.CABundle).Identity(ctx, r.STS.URL, r.STS.Region, c)
	if err != nil {
		return "", err
	}
	a, _ := aws.ParseARN(arn)
	_, person, ok := a.AssumedRole()
	if !ok {
		return "", fmt.Errorf("AWS says that it is %s, which is not a role session", arn)
	}
	return person, nil
}

// SSOSession converts a plan's sign-in for internal/sso.
func SSOSession(in *resolve.SignIn) sso.Session {
	return sso.Session{
		Name: in.Session, StartURL: in.StartURL, Region: in.Region, Scopes: in.Scopes, Unscoped: in.Unscoped,
		OIDC: in.OIDC.URL, Portal: in.Portal.URL,
	}
}

// SSO returns the client of IAM Identity Center on behalf of a session's person, who signs in
// in the given way.
func SSO(w World, s *vault.Session, way resolve.SignInWay, caBundle resolve.Setting) *sso.Client {
	c := &sso.Client{
		Dir: w.SSODir, Files: clicache.Files{Mine: w.Mine}, People: w.People, API: API(w, s, caBundle), Now: s.Now, Rand: rand.Reader, Warn: s.Warn,
		Lock: func(ctx context.Context, title string) (func(), error) {
			return s.Lock(ctx, aws.SessionKey{Type: "sso.SignIn", Hash: title}, "signing in to "+title)
		},
	}
	if n, silent := s.Person().(vault.Nobody); !silent || n.Tell != nil {
		c.Told = s.Person().Done
	}
	if p := s.Person().SignIn(way); p != nil {
		c.Person = &sso.Person{DeviceCode: p.DeviceCode, Open: p.Open, Show: p.Show, Anybody: p.Anybody, Waiting: vault.Waiting(s.Person())}
	}
	return c
}
