package awsconf

import "awsvault/internal/near"

// Config is what both files say together. It is safe for concurrent use.
type Config struct{ config, credentials *File }

// Merge joins the two files. Either may be nil.
func Merge(config, credentials *File) *Config {
	if config == nil {
		config = &File{kind: ConfigFile}
	}
	if credentials == nil {
		credentials = &File{kind: CredentialsFile}
	}
	return &Config{config, credentials}
}

// Profile returns the merged view of a profile; a *[NotFoundError] or an *[Error] if there is none that can be read.
func (c *Config) Profile(name string) (*Profile, error) {
	config, inConfig, err := c.config.section(ProfileSection, name)
	if err != nil {
		return nil, err
	}
	credentials, inCredentials, err := c.credentials.section(ProfileSection, name)
	switch {
	case err != nil:
		return nil, err
	case inConfig && inCredentials:
		return &Profile{credentials.over(&config)}, nil
	case inConfig:
		return &Profile{config}, nil
	case inCredentials:
		return &Profile{credentials}, nil
	}
	return nil, c.notFound(ProfileSection, name)
}

// Has says whether a profile of this name is declared, readable or not.
func (c *Config) Has(name string) bool {
	return c.config.find(ProfileSection, name).count > 0 || c.credentials.find(ProfileSection, name).count > 0
}

// Names lists the profiles: those of the config file in its order, then those only in the credentials file.
func (c *Config) Names() []string {
	names := c.config.list(ProfileSection)
	for _, name := range c.credentials.list(ProfileSection) {
		if c.config.named(ProfileSection, name).count == 0 {
			names = append(names, name)
		}
	}
	return names
}

// SSOSession returns an [sso-session] section of the config file.
func (c *Config) SSOSession(name string) (*Section, error) { return c.section(SSOSessionSection, name) }

// SSOSessions lists the names of the [sso-session] sections.
func (c *Config) SSOSessions() []string { return c.config.list(SSOSessionSection) }

// Services returns a [services] section of the config file.
func (c *Config) Services(name string) (*Section, error) { return c.section(ServicesSection, name) }

func (c *Config) section(typ SectionType, name string) (*Section, error) {
	s, ok, err := c.config.section(typ, name)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, c.notFound(typ, name)
	}
	return &s, nil
}

// InCredentials says whether a position is one in the credentials file.
func (c *Config) InCredentials(p Pos) bool {
	return p.File == c.credentials.path && p.File != c.config.path
}

// Near returns up to three names of profiles that are much like name, the nearest first.
func (c *Config) Near(name string) []string { return near.Names(name, c.Names()) }

func (c *Config) notFound(typ SectionType, name string) error {
	e := &NotFoundError{Type: typ, Name: name, File: c.config.path, Why: c.config.why}
	if typ != ProfileSection {
		e.Near = near.Names(name, c.config.list(typ))
		return e
	}
	if e.File == "" {
		e.File = c.credentials.path
	}
	e.Near = c.Near(name)
	if bare := c.config.named(otherSection, name); bare.count > 0 {
		e.Bare = Pos{c.config.path, c.config.line(bare.first)}
	}
	return e
}
