package awsconf

import (
	"iter"
	"slices"
	"strings"

	"awsvault/internal/near"
)

// Config is the content of both files together. It is safe for concurrent use.
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

// Profile returns the merged view of a profile. It returns a *[NotFoundError] or an *[Error]
// if no such profile can be read.
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

// Where returns the place of a profile's header, in the config file if the profile is there.
func (c *Config) Where(name string) (Pos, error) {
	for _, f := range []*File{c.config, c.credentials} {
		if s, ok, err := f.section(ProfileSection, name); err != nil || ok {
			return s.pos, err
		}
	}
	return Pos{}, c.notFound(ProfileSection, name)
}

// WithoutKeys is like Profile, for a profile that takes no keys from the files. It ignores a
// section of the credentials file that cannot be read, if its readable part has only keys. The
// profile is nil if there is nothing else.
func (c *Config) WithoutKeys(name string) (*Profile, error) {
	p, err := c.Profile(name)
	if err == nil || !c.credentials.onlyKeys(name) {
		return p, err
	}
	s, ok, err := c.config.section(ProfileSection, name)
	if !ok {
		return nil, err
	}
	return &Profile{s}, nil
}

// Has reports whether a profile of this name is declared, readable or not.
func (c *Config) Has(name string) bool {
	return c.config.find(ProfileSection, name).count > 0 || c.credentials.find(ProfileSection, name).count > 0
}

// Names lists the profiles: first those of the config file in its order, then those that are
// only in the credentials file.
func (c *Config) Names() []string {
	names := make([]string, 0, len(c.config.sections)+len(c.credentials.sections))
	for name := range c.All() {
		names = append(names, name)
	}
	return names
}

// OfConfigFile returns the content of the config file alone.
func (c *Config) OfConfigFile() *Config { return Merge(c.config, nil) }

// All yields the same names as Names, without making a list.
func (c *Config) All() iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range c.config.all(ProfileSection) {
			if !yield(name) {
				return
			}
		}
		for name := range c.credentials.all(ProfileSection) {
			if c.config.named(ProfileSection, name).count == 0 && !yield(name) {
				return
			}
		}
	}
}

// fewNames: up to this number, looking for duplicates is faster than indexing all names of the
// files.
const fewNames = 64

// Match lists the names that fit. If there are very many, it calls fits twice for each.
func (c *Config) Match(fits func(name string) bool) []string {
	count := 0
	for _, f := range []*File{c.config, c.credentials} {
		for i := range f.sections {
			if f.sections[i].typ == ProfileSection && fits(f.name(i)) {
				count++
			}
		}
	}
	names := make([]string, 0, count)
	if count > fewNames {
		for name := range c.All() {
			if fits(name) {
				names = append(names, name)
			}
		}
		return names
	}
	for _, f := range []*File{c.config, c.credentials} {
		for i := range f.sections {
			if name := f.name(i); f.sections[i].typ == ProfileSection && name != "" && fits(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// SSOSession returns an [sso-session] section of the config file.
func (c *Config) SSOSession(name string) (*Section, error) { return c.section(SSOSessionSection, name) }

// SSOSessions lists the names of the [sso-session] sections.
func (c *Config) SSOSessions() []string { return slices.Collect(c.config.all(SSOSessionSection)) }

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

// Unread says that the config file exists but cannot be read; empty: it can.
func (c *Config) Unread() string {
	if !strings.HasPrefix(c.config.why, unread) {
		return ""
	}
	return c.config.path + " " + c.config.why
}

// unread begins the description of a file that exists but cannot be read, see Absent.
const unread = "cannot be read"

// HasNone reports whether there is no config file.
func (c *Config) HasNone() bool { return c.config.none }

// InCredentials reports whether a position is in the credentials file.
func (c *Config) InCredentials(p Pos) bool {
	return p.File == c.credentials.path && p.File != c.config.path
}

// Near returns up to three names of profiles that are similar to name, the nearest first.
func (c *Config) Near(name string) []string { return near.Names(name, c.Names()) }

func (c *Config) notFound(typ SectionType, name string) error {
	e := &NotFoundError{Type: typ, Name: name, File: c.config.path, Why: c.config.why, None: c.config.none}
	if typ != ProfileSection {
		e.Near = near.Names(name, slices.Collect(c.config.all(typ)))
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

// Marked lists the sections of the config file that were created with a mark.
func (c *Config) Marked(mark string) []Header { return c.config.Marked(mark) }
