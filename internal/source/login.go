package source

import (
	"context"
	"crypto/rand"
	"errors"

	"awsvault/internal/aws"
	"awsvault/internal/clicache"
	"awsvault/internal/resolve"
	"awsvault/internal/signin"
	"awsvault/internal/vault"
)

// login uses and renews the session of `aws login`.
type login struct {
	world   World
	session *vault.Session
}

// Credentials returns the credentials of that session.
func (o login) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	c, err := Login(o.world, o.session, r.Step, r.CABundle).Credentials(ctx, LoginSession(r.Step))
	if needed := (*signin.NeededError)(nil); errors.As(err, &needed) { // the error says what to type
		return c, err
	}
	return c, vault.Failed(r.Step, r.Origin(), err, "")
}

// LoginSession converts a step for internal/signin.
func LoginSession(s resolve.Step) signin.Session {
	made := []signin.Service{{URL: s.Endpoint.URL, Region: s.Endpoint.Region}}
	if s.LoginElse.URL != "" {
		made = append(made, signin.Service{URL: s.LoginElse.URL, Region: s.LoginElse.Region})
	}
	return signin.Session{ARN: s.LoginSession, Profile: s.Profile, Services: made}
}

// Login returns the client for the sign-in of `aws login`.
func Login(w World, s *vault.Session, step resolve.Step, caBundle resolve.Setting) *signin.Client {
	return &signin.Client{
		Dir: w.LoginDir, Files: clicache.Files{Mine: w.Mine}, API: API(w, s, caBundle), Now: s.Now, Rand: rand.Reader,
		Lock: func(ctx context.Context) (func(), error) {
			return s.Lock(ctx, aws.SessionKey{Type: "login", Hash: step.LoginSession}, "renewing the credentials of aws login")
		},
	}
}
