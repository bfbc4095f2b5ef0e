package resolve

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/line"
)

const defaultProfile = "default"

// settings holds the settings of one profile: its own section, the sections that it includes,
// and then [default]. The first section that has a key wins.
type settings struct {
	name     string
	sections []section
	config   *awsconf.Config
	getenv   func(string) string
}

type section struct {
	*awsconf.Profile
	fallback bool // [default] for another profile: settings only, never an identity
}

// sourceKeys are the keys that name a source of credentials, in the order in which they are
// shown, with the kind of source.
var sourceKeys = [...]struct {
	key  string
	kind Kind
}{
	{"credential_source", Environment},
	{"sso_session", SSO}, {"sso_start_url", SSO}, {"sso_region", SSO}, {"sso_account_id", SSO}, {"sso_role_name", SSO}, {"sso_registration_scopes", SSO},
	{"web_identity_token_file", WebIdentity}, {"web_identity_token_process", WebIdentity},
	{"credential_process", Process}, {"login_session", Login},
	{"aws_access_key_id", FileKeys}, {"aws_secret_access_key", FileKeys}, {"aws_session_token", FileKeys}, {"aws_security_token", FileKeys},
}

// sourceOf returns the source that a key names; 0: none.
func sourceOf(key string) Kind {
	for i := range sourceKeys {
		if sourceKeys[i].key == key {
			return sourceKeys[i].kind
		}
	}
	return 0
}

// isIdentity reports whether a key decides about the identity. A profile takes these keys from
// its own section or an included one, but not from [default]. aws-vault does, so there a
// mistyped name runs with another identity.
func isIdentity(key string) bool {
	switch key {
	case "role_arn", "source_profile", "aws_account_id", "account", "vault_protected", "vault_policy", "vault_narrow_role", "vault_min", "vault_agent", "vault_agent_tag", "vault_tags":
		return true
	}
	return sourceOf(key) != 0
}

// Identity lists the settings that a profile does not take from [default].
func Identity() []string {
	return append(slices.DeleteFunc(known(), func(key string) bool { return !isIdentity(key) }), "aws_account_id")
}

// known returns the keys that vault understands, in the order in which they are shown.
func known() []string {
	keys := []string{"region", "source_profile", "include_profile"}
	for _, s := range sourceKeys {
		keys = append(keys, s.key)
	}
	return append(keys,
		"role_arn", "mfa_serial", "mfa_process", "duration_seconds", "role_session_name", "external_id", "source_identity",
		"session_tags", "transitive_session_tags",
		"endpoint_url", "services", "sts_regional_endpoints", "use_fips_endpoint", "use_dualstack_endpoint", "ca_bundle",
		"ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode", "account", "vault_protected", "vault_sign_in", "vault_policy", "vault_narrow_role", "vault_min", "vault_agent", "vault_agent_tag", "vault_tags")
}

// readSettings collects the sections of a profile. A profile without a section has the
// settings of [default]; the caller knows whether that is allowed. keys means that the profile
// takes its keys from the files. Otherwise, a section that has only keys may be unreadable.
func readSettings(in Inputs, name string, keys bool) (*settings, error) {
	s := &settings{name: name, config: in.Config, getenv: in.Getenv}
	if err := s.include(name, false, keys); err != nil {
		return nil, err
	}
	if !s.has(defaultProfile) {
		if err := s.include(defaultProfile, true, false); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// include appends the section of that name, and those that it includes.
func (s *settings) include(name string, fallback, keys bool) error {
	if !s.config.Has(name) {
		return nil
	}
	for path := []string{name}; ; {
		read := s.config.Profile
		if !keys {
			read = s.config.WithoutKeys
		}
		p, err := read(name)
		if p == nil {
			return err
		}
		s.sections = append(s.sections, section{p, fallback})

		v := s.at(len(s.sections)-1, "include_profile")
		if !v.given() {
			return nil
		}
		loop := slices.Contains(path, v.text)
		if path = append(path, v.text); loop {
			return v.bad("include_profile %q makes a loop: %s", v.text, arrows(path))
		}
		if len(path) > longestChain {
			return v.tooLong("include_profile", path[0])
		}
		if s.has(v.text) { // [default] may include a section that is there already
			return nil
		}
		if name = v.text; !s.config.Has(name) {
			return notFound(s.config, v, "include_profile")
		}
	}
}

func (s *settings) has(name string) bool {
	return slices.ContainsFunc(s.sections, func(sec section) bool { return sec.Name() == name })
}

// at reads a key of one section.
func (s *settings) at(i int, key string) setting {
	sec := s.sections[i]
	v, _ := sec.Get(key)
	if strings.TrimSpace(v.Text) == "" {
		return setting{}
	}
	return setting{text: v.Text, at: v.Pos.String(), label: label(sec.Name()), credentials: s.config.InCredentials(v.Pos)}
}

// get reads a key of the profile, its includes, or [default].
func (s *settings) get(key string) setting {
	if v := s.own(key); v.given() {
		return v
	}
	if isIdentity(key) {
		return setting{}
	}
	for i, sec := range s.sections {
		if sec.fallback {
			if v := s.at(i, key); v.given() {
				return v
			}
		}
	}
	return setting{}
}

// own reads a key of the profile or its includes.
func (s *settings) own(key string) setting {
	for i, sec := range s.sections {
		if sec.fallback {
			break
		}
		if v := s.at(i, key); v.given() {
			return v
		}
	}
	return setting{}
}

// env reads a variable.
func (s *settings) env(name string) setting {
	if text := s.getenv(name); text != "" {
		return setting{text: text, at: name}
	}
	return setting{}
}

// place is the line of the profile's own header; empty if it has none.
func (s *settings) place() string {
	if len(s.sections) == 0 || s.sections[0].Name() != s.name {
		return ""
	}
	return s.sections[0].Pos().String()
}

// label is the header of a profile's section in the config file.
func label(name string) string {
	if name == defaultProfile {
		return "[default]"
	}
	return "[profile " + name + "]"
}

// notFound is the error for a setting that names a profile that does not exist.
func notFound(c *awsconf.Config, v setting, key string) error {
	err := v.bad("%s %q not found", key, v.text)
	if near := c.Near(v.text); len(near) > 0 {
		return err.withHint("did you mean %s?", list(near))
	}
	return err
}

// longestChain is how many profiles a chain may have. Each role in it is a call, and a list of
// profiles walks the chain of each one, which could otherwise take minutes.
const longestChain = 100

// tooLong is the error for a chain with too many profiles.
func (v setting) tooLong(key, from string) error {
	return v.plain("the chain of %s from %q is longer than %d profiles", key, from, longestChain)
}

// arrows shows a loop.
func arrows(path []string) string {
	shown := make([]string, len(path))
	for i, name := range path {
		shown[i] = line.Cut(name, 60)
	}
	return strings.Join(shown, " -> ")
}

// chain lists the requested profile, the profile from which it takes its credentials, and so
// on, to the one that has credentials of its own.
func chain(in Inputs) ([]*link, error) {
	var links []*link
	var path []string
	from := setting{}
	for name := in.Profile; ; name = from.text {
		stored := in.Stored(name)
		if !stored && !in.Config.Has(name) {
			if from.given() {
				return nil, notFound(in.Config, from, "source_profile")
			}
			_, err := in.Config.Profile(name)
			return nil, err
		}
		l, err := newLink(in, name, stored, len(links) == 0)
		if err != nil {
			return nil, err
		}
		links, path = append(links, l), append(path, name)

		from = l.get("source_profile")
		if stored || !from.given() || l.tokenGoesFirst() {
			return links, nil
		}
		// A profile's own keys end the chain, as for the AWS CLI. The keys of a source profile
		// override its role. The keys of the target count only if it has no role.
		if len(links) > 1 || l.role == nil {
			if keys, err := l.fileKeys(); err != nil {
				return nil, err
			} else if keys.given() {
				l.role = nil
				return links, nil
			}
		}
		if other := l.get("credential_source"); other.given() {
			return nil, other.bad("credential_source and source_profile (%s) exclude each other", from.at)
		}
		if p, err := in.Config.Profile(from.text); err == nil {
			from.text = p.Name() // quotes around the name are not part of it, as for the Go SDK
		}
		if from.text == name {
			return links, nil
		}
		if slices.Contains(path, from.text) {
			return nil, from.bad("source_profile %q makes a loop: %s", from.text, arrows(append(path, from.text)))
		}
		if len(path) >= longestChain {
			return nil, from.tooLong("source_profile", in.Profile)
		}
	}
}

// link is one profile of a chain, with the settings that decide the plan.
type link struct {
	*settings
	stored  bool    // the keystore has its long-lived keys
	target  bool    // it is the requested profile
	region  setting // for its calls; may be empty
	serial  setting // the MFA device
	process setting // the command that prints the code
	role    *role   // nil: it delivers the credentials of its source
}

func newLink(in Inputs, name string, stored, target bool) (*link, error) {
	s, err := readSettings(in, name, !stored)
	if err != nil {
		return nil, err
	}
	l := &link{settings: s, stored: stored, target: target, process: s.get("mfa_process")}
	if l.region, err = s.region(in); err != nil {
		return nil, err
	}
	if l.serial, err = s.mfaSerial(); err != nil {
		return nil, err
	}
	if l.role, err = s.readRole(in, target); err != nil {
		return nil, err
	}
	return l, nil
}

// region decides the region: the flag, then the environment, then the files. With
// PreferProfileRegion, the profile's own setting overrides the environment.
func (s *settings) region(in Inputs) (setting, error) {
	flag := in.region()
	env := first(s.env("AWS_REGION"), s.env("AWS_DEFAULT_REGION"))
	if err := s.checkRegion(in, flag.text); err != nil {
		return flag, err
	}
	v := first(flag, env, s.get("region"))
	if in.PreferProfileRegion {
		v = first(flag, s.own("region"), env, s.get("region"))
	}
	if v.given() && !hostLabel(v.text) {
		return v, v.bad("region %q is not the name of a region", v.text).withHint("a region looks like eu-west-1")
	}
	return v, nil
}

// IsRegion reports whether a text can be the name of a region.
func IsRegion(text string) bool { return hostLabel(text) }

// hostLabel reports whether s can be part of a host name. AWS's own tools demand no more from
// a region, because servers that imitate AWS have regions of their own.
func hostLabel(s string) bool {
	return s != "" && len(s) <= 63 && only(s, "-") && !strings.Contains(s, "_") && s[0] != '-' && s[len(s)-1] != '-'
}

// mfaSerial decides the MFA device. The variable overrides the files, for every profile of the
// chain.
func (s *settings) mfaSerial() (setting, error) {
	v := first(s.env("AWS_MFA_SERIAL"), s.get("mfa_serial"))
	if !v.given() {
		return v, nil
	}
	if isSerial(v.text) {
		return v, nil
	}
	bad := v.bad("mfa_serial %q is neither the ARN of an MFA device nor a serial number", v.text)
	arn, ok := aws.ParseGlobalARN(v.text, "iam")
	switch {
	case !strings.HasPrefix(v.text, "arn:"):
		return v, bad
	case ok && strings.HasPrefix(arn.Resource, "u2f/"):
		return v, v.bad("mfa_serial %q is a security key, and AWS accepts only codes of six digits here", v.text)
	}
	return v, bad.withHint("it looks like %s", fmt.Sprintf("arn:aws:iam::%s:mfa/NAME", accountOr(accountIn(v.text))))
}

// isSerial reports whether AWS could accept a text as an MFA device: the ARN of a virtual one,
// or the serial number of another.
func isSerial(text string) bool {
	if n := len(text); n < 9 || n > 256 || !only(text, "+=/:,.@-") {
		return false
	}
	if !strings.HasPrefix(text, "arn:") {
		return true
	}
	arn, ok := aws.ParseGlobalARN(text, "iam")
	return ok && (strings.HasPrefix(arn.Resource, "mfa/") || strings.HasPrefix(arn.Resource, "sms-mfa/"))
}

func accountOr(account string) string {
	if digits(account, 12) {
		return account
	}
	return "123456789012"
}
