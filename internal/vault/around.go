package vault

import (
	"cmp"
	"maps"
	"strings"

	"awsvault/internal/agent"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
)

// Of returns the session that renews an activation or opens its console. It uses the keystores
// of the activation, unless this session was given others.
func (s *Session) Of(st env.State) *Session {
	return s.On(cmp.Or(s.keys, st.About.Backend), cmp.Or(s.sessions, st.About.SessionBackend))
}

// around returns a session for the credentials in the environment, those of an activation
// included: keys, or else the address of a credential server. aws-vault opens a console the
// same way.
func (s *Session) around(environ env.Vars) (*Session, error) {
	config, err := ofEnvironment(OfEnvironment, environ)
	if err != nil {
		return nil, err
	}
	other := *s
	w := &other.world
	w.Config = func() (*awsconf.Config, error) { return config, nil }
	w.WithoutKeys = true
	w.Agent = agent.Agent{} // the caller has the credentials already
	w.Environ = maps.Clone(environ)
	maps.DeleteFunc(w.Environ, func(name, _ string) bool { return strings.HasPrefix(name, "AWS_ROLE_") })
	return other.made(), nil
}

// ofEnvironment returns AWS files with a single profile, which stands for the credentials in
// the environment.
func ofEnvironment(name string, environ env.Vars) (*awsconf.Config, error) {
	from := "Environment"
	if environ["AWS_ACCESS_KEY_ID"] == "" && environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] != "" {
		from = "EcsContainer"
	}
	f, err := awsconf.Parse(name, awsconf.ConfigFile, "[profile "+name+"]\ncredential_source = "+from+"\n")
	if err != nil {
		return nil, err
	}
	return awsconf.Merge(f, nil), nil
}
