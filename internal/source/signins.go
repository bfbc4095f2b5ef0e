package source

import (
	"time"

	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// SignIns are the sign-ins of a person, looked at without a question. The session has to be
// one that asks no one.
type SignIns struct {
	World   World
	Session *vault.Session
}

// Title is what a person calls a sign-in to IAM Identity Center.
func (s SignIns) Title(in *resolve.SignIn) string { return SSOSession(in).Title() }

// Until says how long a sign-in to IAM Identity Center lasts; the zero time: there is none.
func (s SignIns) Until(in *resolve.SignIn) (until time.Time, renewable bool, err error) {
	return SSO(s.World, s.Session, resolve.Never, resolve.Setting{}).Token(SSOSession(in))
}

// Login says how long what `aws login` left lasts.
func (s SignIns) Login(step resolve.Step) (until time.Time, err error) {
	return Login(s.World, s.Session, step, resolve.Setting{}).Until(LoginSession(step))
}
