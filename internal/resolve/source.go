package resolve

import (
	"errors"
	"fmt"

	"awsvault/internal/line"
)

// source is the first step of a chain: where the profile's own credentials are. Keys in the
// keystore come first, as in aws-vault. The rest has the order of the AWS CLI.
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
	// An incomplete key is no obstacle for the sources above.
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
		return l.ssoStep() // reports what is missing
	}
	return Step{}, l.noCredentials()
}

// longLived reports whether the source delivers a user's own key, with which GetSessionToken
// can be called. The output of a process is not known in advance.
func (s Step) longLived() bool {
	switch s.Kind {
	case StoredKeys:
		return true
	case FileKeys, Environment:
		return !s.Temporary
	}
	return false
}

// takesMFA reports whether AWS can accept an MFA code together with the source's credentials:
// they may belong to a user.
func (s Step) takesMFA() bool {
	switch s.Kind {
	case SSO, WebIdentity, Container, InstanceMetadata:
		return false
	}
	return true
}

// sets reports whether the source's own settings decide how long its credentials last.
func (s Step) sets() bool { return s.Kind == WebIdentity }

// ErrNoCredentials means that a profile has settings, but no source of credentials.
var ErrNoCredentials = errors.New("no credentials")

// noCredentials is the error for a profile without a source of credentials.
func (l *link) noCredentials() error {
	if v := l.get("source_profile"); v.given() {
		v.text = l.name // without the quotes that may be around it
		return v.bad("source_profile names the profile itself, and %q has no stored keys", l.name).withHint("vault add %s", line.Word(l.name))
	}
	err := &SettingError{At: l.place(), Msg: fmt.Sprintf("profile %q has no credentials: no stored keys and no source_profile", l.name), is: ErrNoCredentials}
	switch source := l.leaked("source_profile"); {
	case source != "":
		// aws-vault would use it, so its users may have such a file.
		return err.withHint("profiles do not take the source_profile of [default]: write source_profile = %s under %s", source, label(l.name))
	case l.role != nil:
		return err.withHint("name the profile whose keys may assume the role: source_profile = NAME under %s", label(l.name))
	}
	return err.withHint("vault add %s", line.Word(l.name))
}

// leaked returns [default]'s value of a key that is not inherited.
func (l *link) leaked(key string) string {
	for i, sec := range l.sections {
		if sec.fallback {
			return l.at(i, key).text
		}
	}
	return ""
}

// Origin is the name of a step's source for people.
func (s Step) Origin() string {
	switch s.Kind {
	case SSO:
		return "IAM Identity Center"
	case WebIdentity:
		return "the web identity"
	}
	return s.Kind.String()
}
