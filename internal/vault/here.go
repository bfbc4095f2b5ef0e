package vault

import (
	"cmp"

	"awsvault/internal/env"
)

// Here is the shell that a command is called in: what it tells of the profile, where a
// command may leave that out.
type Here struct {
	Session *Session // on the keystores that flags name
	Active  env.State
	Environ env.Vars // as it is, an activation's variables included
	// Pick has the person choose a profile. missing is the error where no one can.
	Pick func(missing error) (string, error)
}

// OfEnvironment is what the profile of the credentials is called that the environment has.
const OfEnvironment = "environment"

// Implied is what a command works for: the profile that is named, else what is active in
// the shell, beyond doubt, else AWS_PROFILE's, else what the person picks. The session is
// the one that gets it, with the keystores that the activation was made with.
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

// Around is whose console a command opens, as in aws-vault: the profile that is named,
// else what is active here, the keys in the environment, AWS_PROFILE's, or what the person
// picks.
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

// Whose is whose credentials a person asks about.
type Whose struct {
	Session *Session
	Want    Want
	Shown   string // the profile that is shown for them; none for keys that vault has not set
	Around  bool   // the environment has them
}

// Whose finds them: of the profile that is named, else those that the environment has,
// else what is implied.
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
