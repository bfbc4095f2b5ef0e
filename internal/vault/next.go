package vault

import (
	"slices"

	"awsvault/internal/awsconf"
	"awsvault/internal/line"
)

// Step is a command that the person may type next, with a note about what it is for.
type Step struct{ Command, Note string }

// Elsewhere counts keys of aws-vault in a keystore that is not in use.
type Elsewhere struct {
	Backend string
	Keys    int
}

// Next returns what a person who has the hook types next. It depends on what is set up, so it
// never names a command that cannot work yet. stored are the names of stored keys.
func (s *Session) Next(config *awsconf.Config, stored []string, other Elsewhere) []Step {
	var steps []Step
	if n := s.As(Nobody{}).plainKeys(stored); n > 0 {
		steps = append(steps, Step{"vault import credentials", line.Count(n, "key") + " in plain text"})
	}
	if other.Keys > 0 {
		steps = append(steps, Step{"vault import aws-vault --from " + other.Backend, line.Count(other.Keys, "key") + " of aws-vault"})
	}
	switch {
	case usable(config, stored):
		return append(steps, Step{"vault use", ""})
	case len(steps) > 0:
		return steps
	case len(config.SSOSessions()) > 0:
		return []Step{{"vault sso sync", ""}}
	}
	return []Step{{"vault sso add", "your company uses IAM Identity Center"}, {"vault add NAME", "you have an access key"}}
}

// usable reports whether there is a profile that could be used. [default] often has only a
// region.
func usable(config *awsconf.Config, stored []string) bool {
	for name := range config.All() {
		if name != "default" || slices.Contains(stored, name) {
			return true
		}
		p, err := config.Profile(name)
		if err != nil {
			return true
		}
		for _, key := range []string{"role_arn", "sso_session", "sso_start_url", "credential_process", "aws_access_key_id", "login_session"} {
			if _, ok := p.Get(key); ok {
				return true
			}
		}
	}
	return false
}

// plainKeys counts the keys in plain text that could be stored and are not.
func (s *Session) plainKeys(stored []string) (n int) {
	keys, err := s.PlainKeys()
	if err != nil {
		return 0
	}
	for _, k := range keys {
		if k.Leave == "" && !slices.Contains(stored, k.Profile) {
			n++
		}
	}
	return n
}
