package resolve

import (
	"errors"
	"fmt"

	"awsvault/internal/line"
)

// source is the step at the root of a chain: where the profile's own credentials
// are. Keys in the keystore go first, as in aws-vault; the rest is the order of
// the AWS CLI.
func (l *link) source() (Step, error) {
	switch {
	case l.stored:
		return storedKeys(l), nil
	case l.tokenGoesFirst():
		return l.webIdentityStep()
	case l.get("credential_source").given():
		return l.credentialSource()
	case l.webIdentity().given():
		return l.webIdentityStep()
	case l.ssoSetting().given():
		return l.ssoStep()
	}
	// Half a key, or what only looks like one, stops nothing that comes before it.
	keys, err := l.fileKeys()
	if err != nil {
		return Step{}, err
	}
	switch {
	case keys.given() && keys.inCredentials:
		return keys.step(l), nil
	case l.get("login_session").given():
		return l.loginStep()
	case l.get("credential_process").given():
		return l.processStep()
	case keys.given():
		return keys.step(l), nil
	case first(l.get("sso_session"), l.get("sso_start_url")).given():
		return l.ssoStep() // which says what is missing
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

// ErrNoCredentials says that a profile has settings, and neither credentials nor a
// way to some.
var ErrNoCredentials = errors.New("no credentials")

// noCredentials is the error for a profile that leads nowhere.
func (l *link) noCredentials() error {
	if v := l.get("source_profile"); v.given() {
		v.text = l.name // without the quotes that it may be written with
		return v.bad("source_profile names the profile itself, and %q has no stored keys", l.name).withHint("vault add %s", line.Word(l.name))
	}
	err := &SettingError{At: l.place(), Msg: fmt.Sprintf("profile %q has no credentials: no stored keys and no source_profile", l.name), is: ErrNoCredentials}
	switch source := l.leaked("source_profile"); {
	case source != "":
		// aws-vault would use it: people come here with such a file.
		return err.withHint("profiles do not take the source_profile of [default]: write source_profile = %s under %s", source, label(l.name))
	case l.role != nil:
		return err.withHint("name the profile whose keys may assume the role: source_profile = NAME under %s", label(l.name))
	}
	return err.withHint("vault add %s", line.Word(l.name))
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

// Origin is what a person calls the source of a step.
func (s Step) Origin() string {
	switch s.Kind {
	case SSO:
		return "IAM Identity Center"
	case WebIdentity:
		return "the web identity"
	}
	return s.Kind.String()
}
