// Package vault is the application without a command line: it gets the credentials of a
// profile. A prompt, a directory, a server and a test can use it without a terminal.
//
// A [Session] is immutable and safe for concurrent use. It makes a plan with
// internal/resolve, looks into the cache, asks its [Person], and calls the [Source] of each
// step.
//
// The package does not know how a source is called, how a keystore works, what a terminal
// is, or how a shell is told: callers pass these in. So it does not import the AWS SDK,
// net/http, a keystore library or the command-line parser, and is initialised in no time.
package vault

import (
	"context"
	"sync"
	"time"

	"awsvault/internal/agent"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/journal"
	"awsvault/internal/resolve"
)

// World is what a Session takes from outside. It is not changed afterwards.
type World struct {
	// Environ are the person's variables, without those of an activation: what is
	// active now must not decide what comes next.
	Environ env.Vars
	// Config reads the AWS files.
	Config func() (*awsconf.Config, error)
	// Keystore opens the keystores of those names, empty for the usual ones. What
	// they have to ask, they ask p.
	Keystore func(keys, sessions string, p Person) Keystore
	// Sources are the ways to get credentials, for this session.
	Sources func(*Session) Sources
	// TakesCode: the command that runs has --mfa-token.
	TakesCode bool
	// MFAProcess runs a profile's mfa_process and returns the code that it prints.
	MFAProcess func(c MFAProcess) (string, error)
	// SignIn tells which sign-in of a person a step uses, and whether there is one; nil:
	// steps use none.
	SignIn func(resolve.Step) (id string, ok bool)
	// ReadFile reads a file that a flag or a setting names; nil: there are none.
	ReadFile func(path string) ([]byte, error)
	// Calling are the profiles whose credential_process this program is run by.
	Calling []string
	// StateDir is where the program keeps what it knows between two runs; empty:
	// nowhere.
	StateDir string
	// Log is where sessions are written down that were not cached.
	Log journal.Log
	// WithoutKeys: no profile has stored keys here. For keys in the environment.
	WithoutKeys bool

	// Agent is the agent that runs this program, if one does.
	Agent agent.Agent

	Now func() time.Time
	// Wait waits until a time has passed or ctx is done.
	Wait func(ctx context.Context, d time.Duration) error
}

// Session gets credentials, on behalf of a person.
type Session struct {
	world    World
	person   Person
	keys     string // names of keystores, empty for the usual ones
	sessions string
	keystore Keystore
	sources  Sources
}

// New returns a session on whose behalf p is asked. Nothing is opened or read yet.
func New(w World, p Person) *Session {
	return (&Session{world: w, person: p}).made()
}

// made fills in what depends on the rest.
func (s *Session) made() *Session {
	s.keystore = s.world.Keystore(s.keys, s.sessions, s.person)
	s.sources = s.world.Sources(s)
	return s
}

// As is the same session on behalf of another person. As([Nobody]{}) never asks.
func (s *Session) As(p Person) *Session {
	other := *s
	other.person = p
	return other.made()
}

// On is the same session with other keystores; an empty name leaves what is there.
func (s *Session) On(keys, sessions string) *Session {
	other := *s
	if keys != "" {
		other.keys = keys
	}
	if sessions != "" {
		other.sessions = sessions
	}
	if other.keys == s.keys && other.sessions == s.sessions {
		return s
	}
	return other.made()
}

// frozen is the same session, which reads the AWS files once: what is decided in
// several steps is decided by the same files.
func (s *Session) frozen() *Session {
	other := *s
	other.world.Config = sync.OnceValues(s.world.Config)
	return &other
}

// Person is who the session acts for.
func (s *Session) Person() Person { return s.person }

// Keystore is where the session keeps keys and sessions.
func (s *Session) Keystore() Keystore { return s.keystore }

// Now is the session's clock.
func (s *Session) Now() time.Time { return s.world.Now() }

// Getenv reads the person's variables.
func (s *Session) Getenv(name string) string { return s.world.Environ[name] }

// Warn tells the person what went wrong without doing harm.
func (s *Session) Warn(err error) { s.person.Say("vault: warning: " + err.Error()) }
