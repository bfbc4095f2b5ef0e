package cmd

import (
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
		again := vault.Again(s)
		w.Profile, w.NoSession = again.Profile, w.NoSession || again.NoSession
		if !w.ReadOnly && len(w.Policies) == 0 {
			w.ReadOnly, w.Policies = again.ReadOnly, again.Policies
		}
		if w.Duration == 0 {
			w.Duration = again.Duration
		}
		if w.Region == "" {
			w.Region = a.Environ["AWS_REGION"] // of this shell, which the person may have changed
		}
		return a.sessionOf(s), w, nil
	}
	var err error
	if w.Profile = a.Outside()["AWS_PROFILE"]; w.Profile == "" {
		w.Profile, err = a.pick(missing)
	}
	return a.session(), w, err
}
