package resolve

import (
	"fmt"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"

	"awsvault/internal/line"
)

// fileKeys is a key pair in one of the AWS files. The AWS CLI takes the whole pair from one
// file: a token in the other file does not belong to it.
type fileKeys struct {
	id, secret, token setting
	expires           setting // when the keys expire, if a program has written that
	inCredentials     bool
}

func (k fileKeys) given() bool { return k.id.given() && k.secret.given() }

// fileKeys reads the pair of a profile, from the credentials file before the config file.
func (s *settings) fileKeys() (fileKeys, error) {
	k := fileKeys{id: s.own("aws_access_key_id"), secret: s.own("aws_secret_access_key")}
	k.token = first(s.own("aws_session_token"), s.own("aws_security_token"))
	k.inCredentials = k.id.credentials
	switch {
	case !k.id.given() && !k.secret.given():
		return fileKeys{}, nil
	case !k.id.given():
		return k, k.secret.plain("aws_secret_access_key without aws_access_key_id")
	case !k.secret.given():
		return k, k.id.plain("aws_access_key_id without aws_secret_access_key")
	case k.id.credentials != k.secret.credentials:
		return k, k.secret.plain("the two halves of the key of %q are in two files", s.name)
	}
	if k.token.credentials != k.id.credentials {
		k.token = setting{}
	}
	k.expires = s.keysEnd(k)
	if !only(k.id.text, "") || len(k.id.text) < 16 || len(k.id.text) > 128 {
		return k, k.id.plain("aws_access_key_id is not an access key id")
	}
	return k, nil
}

// plain is an error about a setting whose value must not be shown.
func (v setting) plain(format string, args ...any) *SettingError {
	return &SettingError{At: v.at, Msg: fmt.Sprintf(format, args...)}
}

// keysEnd says when the keys of a session expire. Only the section of the keys counts. A
// user's own keys never expire, even if a file still says so.
func (s *settings) keysEnd(k fileKeys) setting {
	if !k.token.given() {
		return setting{}
	}
	for _, name := range awsconf.KeysEnd {
		if v := s.own(name); v.given() && v.label == k.id.label && v.credentials == k.id.credentials {
			return v
		}
	}
	return setting{}
}

func (k fileKeys) credentials() aws.Credentials {
	c := aws.Credentials{AccessKeyID: k.id.text, SecretAccessKey: k.secret.text, SessionToken: k.token.text}
	c.Expires, _ = parseFileTime(k.expires.text) // addFileKeys reports a text that is not a time
	return c
}

func (k fileKeys) step(l *link) Step {
	s := Step{Kind: FileKeys, Profile: l.name, From: k.id.export().From, Temporary: k.token.given()}
	for _, key := range []string{"credential_process", "login_session", "source_profile"} {
		if v := l.own(key); v.given() && k.expires.given() {
			s.Hides = key + " (" + v.at + ")"
			break
		}
	}
	return s
}

// addFileKeys stores the keys outside the steps, which everyone may see.
func (p *planner) addFileKeys() error {
	k, err := p.root().fileKeys()
	if err != nil {
		return err
	}
	p.plan.fileKeys = k.credentials()
	if k.expires.given() && p.plan.fileKeys.Expires.IsZero() {
		p.note(fmt.Sprintf("%s: %q is not a time, so vault cannot tell when the keys of %s expire", k.expires.at, k.expires.text, p.root().name))
	}
	if !k.token.given() {
		p.note(fmt.Sprintf("the keys of %s are in plain text in %s: vault import credentials %s", p.root().name, k.id.at, line.Word(p.root().name)))
	}
	return nil
}
