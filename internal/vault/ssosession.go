package vault

import (
	"errors"
	"fmt"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// SSOSessions returns the names of the [sso-session] sections. It fails if there is none.
func (s *Session) SSOSessions() ([]string, error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	names := config.SSOSessions()
	if len(names) == 0 {
		text := "there is no [sso-session] in the AWS config file"
		if config.HasNone() {
			text = "there is no AWS config file yet, and so no [sso-session]"
		}
		return nil, fault.Hinted(errors.New(text), "vault sso add")
	}
	return names, nil
}

// SSOSession returns how to sign in to the named [sso-session], or to that of the named
// profile; without a name, to the only one. caBundle names the certificates to trust.
func (s *Session) SSOSession(name string) (in *resolve.SignIn, caBundle resolve.Setting, err error) {
	if name == "" {
		names, err := s.SSOSessions()
		if err != nil {
			return nil, caBundle, err
		}
		if len(names) > 1 {
			return nil, caBundle, fault.NewUsage("which session? "+strings.Join(names, ", "), "vault sso login "+line.Word(names[0]))
		}
		name = names[0]
	}
	config, err := s.world.Config()
	if err != nil {
		return nil, caBundle, err
	}
	inputs := resolve.Inputs{Config: config, Profile: name, Getenv: s.Getenv}
	in, caBundle, err = resolve.NewSignIn(inputs, name)
	if missing := (*awsconf.NotFoundError)(nil); !errors.As(err, &missing) || !config.Has(name) {
		return in, caBundle, err
	}
	plan, err := resolve.NewPlan(inputs)
	if err != nil {
		return nil, caBundle, err
	}
	if plan.Steps[0].Kind != resolve.SSO {
		return nil, caBundle, fmt.Errorf("profile %q does not sign in to IAM Identity Center", name)
	}
	return plan.Steps[0].SignIn, plan.CABundle, nil
}

// HasSSOProfiles reports whether a profile signs in with that [sso-session].
func (s *Session) HasSSOProfiles(session string) bool {
	config, err := s.world.Config()
	if err != nil {
		return false
	}
	for name := range config.All() {
		if p, err := config.Profile(name); err == nil && setting(p, "sso_session") == session {
			return true
		}
	}
	return false
}
