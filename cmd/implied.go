package cmd

import (
	"cmp"

	"awsvault/internal/env"
	"awsvault/internal/vault"
)

// implied is what a command works for that may leave its profile out: what is active in
// this shell, beyond doubt, else AWS_PROFILE's, else what the person picks. The session is the one
// that gets it, with the keystores that the activation was made with. missing is the
// error where no one can pick.
func (a *App) implied(w vault.Want, missing error) (*vault.Session, vault.Want, error) {
	if w.Profile != "" {
		return a.session(), w, nil
	}
	if s := a.Active(); s.Authentic && env.Untouched(a.Environ, s) == nil {
		w = w.ForActive(s, a.Environ["AWS_REGION"])
		w.NoSession, w.Duration = w.NoSession || s.About.NoSession, cmp.Or(w.Duration, s.About.Duration)
		return a.sessionOf(s), w, nil
	}
	var err error
	if w.Profile = a.Outside()["AWS_PROFILE"]; w.Profile == "" {
		w.Profile, err = a.pick(missing)
	}
	return a.session(), w, err
}
