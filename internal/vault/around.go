package vault

import (
	"cmp"
	"maps"
	"strings"

	"awsvault/internal/agent"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
)

// Of is the session that renews an activation, or opens its console: on the keystores that
// it was made with, unless this one is on others already.
func (s *Session) Of(st env.State) *Session {
	return s.On(cmp.Or(s.keys, st.About.Backend), cmp.Or(s.sessions, st.About.SessionBackend))
}

// around is the session for the credentials that the environment has, an activation's
// too, as aws-vault opens a console with them: keys, or else the way to a server.
func (s *Session) around(environ env.Vars) (*Session, error) {
	config, err := ofEnvironment(OfEnvironment, environ)
	if err != nil {
		return nil, err
	}
	other := *s
	w := &other.world
	w.Config = func() (*awsconf.Config, error) { return config, nil }
	w.WithoutKeys = true
	w.Agent = agent.Agent{} // who asks has them already
	w.Environ = maps.Clone(environ)
	maps.DeleteFunc(w.Environ, func(name, _ string) bool { return strings.HasPrefix(name, "AWS_ROLE_") })
	return other.made(), nil
}

// ofEnvironment are AWS files with one profile: that of the credentials which the
// environment has.
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
