package vault

import (
	"cmp"

	"awsvault/internal/env"
)

// Here is the shell that a command runs in. It provides the profile where the command may
// leave it out.
type Here struct {
	Session *Session // on the keystores that the flags name
	Active  env.State
	Environ env.Vars // unchanged, with the variables of an activation
	// Pick lets the person choose a profile. missing is the error if there is no person.
	Pick func(missing error) (string, error)
}

// OfEnvironment is the name of the profile that stands for the credentials in the environment.
const OfEnvironment = "environment"

// Implied returns the profile that a command works for: the named one, else the one that is
// active in the shell without doubt, else AWS_PROFILE's, else the one that the person picks.
// The session uses the keystores of the activation.
func (h Here) Implied(w Want, missing error) (*Session, Want, error) {
	if w.Profile != "" {
		return h.Session, w, nil
	}
	if s := h.Active; s.Authentic && env.Untouched(h.Environ, s) == nil {
		w = w.ForActive(s, h.Environ["AWS_REGION"])
		w.NoSession, w.Duration = w.NoSession || s.About.NoSession, cmp.Or(w.Duration, s.About.Duration)
		return h.Session.Of(s), w, nil
	}
	var err error
	if w.Profile = env.Outside(h.Environ, h.Active)["AWS_PROFILE"]; w.Profile == "" {
		w.Profile, err = h.Pick(missing)
	}
	return h.Session, w, err
}

// Around returns the profile whose console a command opens. The order is that of aws-vault:
// the named profile, the active one, the keys in the environment, AWS_PROFILE's, and what the
// person picks.
func (h Here) Around(w Want, missing error) (*Session, Want, error) {
	var err error
	session := h.Session
	switch {
	case w.Profile != "":
	case h.Active.Active():
		session, w = session.Of(h.Active), w.ForActive(h.Active, h.Environ["AWS_REGION"])
	case h.Environ["AWS_ACCESS_KEY_ID"] != "":
		w.Profile = OfEnvironment
		session, err = session.around(h.Environ)
	case h.Environ["AWS_PROFILE"] != "":
		w.Profile = h.Environ["AWS_PROFILE"]
	default:
		w.Profile, err = h.Pick(missing)
	}
	return session, w, err
}

// Whose names the credentials that a person asks about.
type Whose struct {
	Session *Session
	Want    Want
	Shown   string // the profile to show; empty: vault has not set these keys
	Around  bool   // the credentials come from the environment
}

// Whose returns the credentials of the named profile, else those in the environment, else
// those of the implied profile.
func (h Here) Whose(profile string, missing error) (w Whose, err error) {
	if profile == "" && (h.Environ["AWS_ACCESS_KEY_ID"] != "" || h.Environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] != "") {
		w.Session, err = h.Session.around(h.Environ)
		w.Want.Profile, w.Shown, w.Around = OfEnvironment, h.Active.Profile, true
		return w, err
	}
	w.Session, w.Want, err = h.Implied(Want{Profile: profile}, missing)
	w.Shown = w.Want.Profile
	return w, err
}
