package resolve

import (
	"fmt"
	"strings"

	"awsvault/internal/fault"
)

// SignIn describes an IAM Identity Center and the sign-in to it.
type SignIn struct {
	Session  string   // name of the [sso-session]; empty for settings of the old form
	StartURL string   // exactly as configured: the names of the AWS CLI's files depend on it
	Region   string   // of Identity Center
	Scopes   []string // empty for settings of the old form
	Unscoped bool     // no scopes are configured, and Scopes holds the AWS CLI's default
	OIDC     Endpoint // for the sign-in
	Portal   Endpoint // for the credentials
	From     string   // the place of the configuration
	Way      SignInWay
}

// Name is the name for people.
func (s SignIn) Name() string {
	if s.Session != "" {
		return s.Session
	}
	return s.StartURL
}

// defaultScope is the scope of an [sso-session] without sso_registration_scopes, as in the AWS
// CLI.
const defaultScope = "sso:account:access"

// ssoSetting returns a setting that makes a profile use Identity Center. As in the AWS CLI,
// these are the account and the role. sso_session alone is not enough: it also serves tools
// that only want the token, and the profile may have another source of credentials.
func (l *link) ssoSetting() setting {
	return first(l.get("sso_account_id"), l.get("sso_role_name"))
}

// ssoStep plans GetRoleCredentials.
func (l *link) ssoStep() (Step, error) {
	v := first(l.ssoSetting(), l.get("sso_session"), l.get("sso_start_url"))
	s := Step{Kind: SSO, Profile: l.name, From: v.export().From}
	account, role := l.get("sso_account_id"), l.get("sso_role_name")
	switch {
	case !account.given():
		return s, v.bad("profile %q has no sso_account_id", l.name).withHint("vault sso sync   writes a profile for each account and role")
	case !digits(account.text, 12):
		return s, account.bad("sso_account_id %q is not 12 digits", account.text)
	case !role.given():
		return s, v.bad("profile %q has no sso_role_name", l.name)
	case len(role.text) > 32 || !only(role.text, "+=,.@-"):
		return s, role.bad("sso_role_name %q is not the name of a permission set", role.text)
	}
	s.SSOAccount, s.SSORole = account.text, role.text
	var err error
	s.SignIn, err = l.signIn()
	return s, err
}

// NewSignIn reads how to sign in to an [sso-session], for a command that concerns the session
// and no profile.
func NewSignIn(in Inputs, session string) (*SignIn, Setting, error) {
	in = in.complete()
	s, err := readSettings(in, "", false)
	if err != nil {
		return nil, Setting{}, err
	}
	sec, err := in.Config.SSOSession(session)
	if err != nil {
		return nil, Setting{}, err
	}
	named := setting{text: session, at: sec.Pos().String(), label: "[sso-session " + sec.Name() + "]"}
	out, err := s.signInTo(named)
	return out, first(s.env("AWS_CA_BUNDLE"), s.get("ca_bundle")).export(), err
}

// signIn reads how a profile signs in: with its sso_session, or with its own settings.
func (s *settings) signIn() (*SignIn, error) { return s.signInTo(s.get("sso_session")) }

func (s *settings) signInTo(named setting) (*SignIn, error) {
	in := &SignIn{}
	start, region, scopes := s.get("sso_start_url"), s.get("sso_region"), setting{}
	if named.given() {
		sec, err := s.config.SSOSession(named.text)
		if err != nil {
			return nil, named.bad("sso_session %q not found", named.text).withHint("%s", fault.HintOf(err))
		}
		in.Session = sec.Name()
		at := func(key string) setting {
			v, _ := sec.Get(key)
			return setting{text: strings.TrimSpace(v.Text), at: v.Pos.String(), label: "[sso-session " + sec.Name() + "]"}
		}
		// A value that is in both places must be the same, as for the AWS CLI.
		for _, pair := range []struct {
			key string
			own *setting
		}{{"sso_start_url", &start}, {"sso_region", &region}} {
			theirs := at(pair.key)
			if pair.own.given() && theirs.given() && pair.own.text != theirs.text {
				return nil, pair.own.bad("%s is not that of [sso-session %s] (%s)", pair.key, sec.Name(), theirs.at).withHint("leave it out here")
			}
			if theirs.given() {
				*pair.own = theirs
			}
			if !pair.own.given() {
				return nil, &SettingError{At: sec.Pos().String(), Msg: fmt.Sprintf("[sso-session %s] has no %s", sec.Name(), pair.key)}
			}
		}
		if scopes = at("sso_registration_scopes"); !scopes.given() {
			scopes.text, in.Unscoped = defaultScope, true
		}
	}
	switch {
	case !start.given():
		return nil, &SettingError{At: s.place(), Msg: fmt.Sprintf("profile %q has no sso_start_url", s.name), hint: "sso_session = NAME, or sso_start_url and sso_region"}
	case !region.given():
		return nil, start.bad("profile %q has no sso_region", s.name).withHint("the region of the Identity Center, like us-east-1")
	case !hostLabel(region.text):
		return nil, region.bad("sso_region %q is not the name of a region", region.text)
	}
	if _, ok := parseAddress(start.text); !ok {
		return nil, start.bad("sso_start_url is not a URL").withHint("it looks like https://example.awsapps.com/start")
	}
	in.StartURL, in.Region, in.From = start.text, region.text, first(named, start).export().From
	for scope := range strings.SplitSeq(scopes.text, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			if !printable(scope) || len(scope) > 256 {
				return nil, scopes.bad("sso_registration_scopes: %q is not a scope", scope)
			}
			in.Scopes = append(in.Scopes, scope)
		}
	}
	var err error
	if in.OIDC, err = s.endpoint(hostService("SSO_OIDC", "oidc"), in.Region); err != nil {
		return nil, err
	}
	in.Portal, err = s.endpoint(hostService("SSO", "portal.sso"), in.Region)
	return in, err
}

// hostService is a service whose hosts have the form PREFIX.REGION.SUFFIX. A test compares it
// with the SDK's endpoint rules, whose tables would slow down every start of the program.
func hostService(id, prefix string) service {
	return service{id: id, resolve: func(r endpointRule) (Endpoint, error) {
		p := partitionNamed(partitionOf(r.region))
		suffix, first := p.suffix, prefix
		if r.dualStack {
			if p.dualStack == "" {
				return Endpoint{}, fmt.Errorf("there is no dual stack in %s", p.name)
			}
			suffix = p.dualStack
		}
		if r.fips && (p.name != "aws-us-gov" || r.dualStack) {
			head, rest, _ := strings.Cut(prefix, ".")
			first = head + "-fips"
			if rest != "" {
				first = prefix + "-fips"
			}
		}
		return Endpoint{URL: "https://" + first + "." + r.region + "." + suffix, Region: r.region}, nil
	}}
}
