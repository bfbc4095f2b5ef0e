package resolve

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// source is the step at the root of a chain: where the profile's own credentials
// are. Keys in the keystore go first, as in aws-vault; the rest is the order of
// the AWS CLI.
func (l *link) source() (Step, error) {
	keys, err := l.fileKeys()
	if err != nil {
		return Step{}, err
	}
	switch {
	case l.stored:
		return storedKeys(l), nil
	case l.get("credential_source").given():
		return l.credentialSource()
	case l.webIdentity().given():
		return l.webIdentityStep()
	case l.ssoSetting().given():
		return l.ssoStep()
	case keys.given() && keys.inCredentials:
		return keys.step(l), nil
	case l.get("login_session").given():
		return l.loginStep()
	case l.get("credential_process").given():
		return l.processStep()
	case keys.given():
		return keys.step(l), nil
	}
	return Step{}, l.noCredentials()
}

// longLived says of a source that what it delivers is a user's own key, with
// which GetSessionToken can be called. What a process prints is not known before.
func (s Step) longLived() bool {
	switch s.Kind {
	case StoredKeys:
		return true
	case FileKeys, Environment:
		return !s.Temporary
	}
	return false
}

// takesMFA says of a source that AWS can connect an MFA code with its
// credentials: they may be a user's.
func (s Step) takesMFA() bool {
	switch s.Kind {
	case SSO, WebIdentity, Container, InstanceMetadata:
		return false
	}
	return true
}

// sets says that a source's own settings decide how long its credentials live.
func (s Step) sets() bool { return s.Kind == WebIdentity }

// noCredentials is the error for a profile that leads nowhere.
func (l *link) noCredentials() error {
	if v := l.get("source_profile"); v.given() {
		v.text = l.name // without the quotes that it may be written with
		return v.bad("source_profile names the profile itself, and %q has no stored keys", l.name).withHint("vault add %s", l.name)
	}
	err := &SettingError{At: l.place(), Msg: fmt.Sprintf("profile %q has no credentials: no stored keys and no source_profile", l.name)}
	switch source := l.leaked("source_profile"); {
	case source != "":
		// aws-vault would use it: people come here with such a file.
		return err.withHint("profiles do not take the source_profile of [default]: write source_profile = %s under %s", source, label(l.name))
	case l.role != nil:
		return err.withHint("name the profile whose keys may assume the role: source_profile = NAME under %s", label(l.name))
	}
	return err.withHint("vault add %s", l.name)
}

// leaked is what [default] says of a key that is not inherited from it.
func (l *link) leaked(key string) string {
	for i, sec := range l.sections {
		if sec.fallback {
			return l.at(i, key).text
		}
	}
	return ""
}

// SourceError is a source of credentials that delivered none.
type SourceError struct {
	Profile string
	Source  string // "credential_process", "the container's credentials"
	At      string // the setting that names it
	Err     error
	hint    string
}

// Error is one line: where, which source, what went wrong.
func (e *SourceError) Error() string {
	text := fmt.Sprintf("%s of %q: %s", e.Source, e.Profile, oneLine(e.Err.Error()))
	if e.At != "" {
		text = e.At + ": " + text
	}
	return text
}

// Unwrap gives the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// Hint says what to do about it: what the cause says, else what the source does.
func (e *SourceError) Hint() string {
	if h, ok := e.Err.(interface{ Hint() string }); ok && h.Hint() != "" {
		return h.Hint()
	}
	return e.hint
}

// Failed is the error of a step whose source is asked by one of [Deps]'s functions.
func (s Step) Failed(err error) error {
	hint := ""
	if u := (*url.Error)(nil); errors.As(err, &u) {
		var msg string
		msg, hint = Diagnose(err)
		err = &NetworkError{Msg: msg, Err: err}
	}
	return s.sourced(s.origin(), err, hint)
}

// origin is what a person calls the source of a step.
func (s Step) origin() string {
	switch s.Kind {
	case SSO:
		return "IAM Identity Center"
	case WebIdentity:
		return "the web identity"
	}
	return s.Kind.String()
}

// sourced makes an error of a source one line.
func (s Step) sourced(what string, err error, hint string) error {
	if err == nil {
		return nil
	}
	at, _, _ := strings.Cut(s.From, " [")
	return &SourceError{Profile: s.Profile, Source: what, At: at, Err: err, hint: hint}
}

// fetch gets the credentials of a step that has none before it.
func (r *run) fetch(ctx context.Context, s Step) (Credentials, error) {
	var c Credentials
	var err error
	switch s.Kind {
	case StoredKeys:
		return r.storedKeys(ctx, s)
	case FileKeys:
		return r.plan.fileKeys, nil
	case Environment:
		c, err = r.environment(s)
	case Container:
		c, err = r.container(ctx, s)
	case InstanceMetadata:
		c, err = r.instance(ctx, s)
	case Process:
		c, err = r.process(ctx, s)
	case SSO:
		if r.SSO == nil {
			return c, fmt.Errorf("no way to %s", s.Kind)
		}
		c, err = r.SSO(ctx, s)
	case WebIdentity:
		c, err = r.webIdentity(ctx, s)
	case Login:
		if r.Login == nil {
			return c, fmt.Errorf("no way to %s", s.Kind)
		}
		c, err = r.Login(ctx, s)
	default:
		return c, fmt.Errorf("no source %s", s.Kind)
	}
	if err != nil {
		return Credentials{}, err
	}
	if !c.Expires.IsZero() && !c.Expires.After(r.Now()) {
		return Credentials{}, s.sourced(s.origin(), fmt.Errorf("what it delivered expired at %s", c.Expires.Format("2006-01-02T15:04:05Z")), "is the clock right?")
	}
	return c, nil
}
