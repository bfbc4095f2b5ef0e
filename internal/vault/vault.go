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

// World holds what a Session takes from outside. It must not change afterwards.
type World struct {
	// Environ holds the person's variables, without those of an activation: the active profile
	// must not influence the next one.
	Environ env.Vars
	// Config reads the AWS files.
	Config func() (*awsconf.Config, error)
	// Keystore opens the named keystores; an empty name means the default. They ask p when
	// they need an answer.
	Keystore func(keys, sessions string, p Person) Keystore
	// Sources returns the ways to get credentials for this session.
	Sources func(*Session) Sources
	// TakesCode: the command that runs has --mfa-token.
	TakesCode bool
	// MFAProcess runs a profile's mfa_process and returns the code that it prints.
	MFAProcess func(c MFAProcess) (string, error)
	// SignIn reports which sign-in of a person a step uses, and whether the person is signed
	// in; nil: steps use none.
	SignIn func(resolve.Step) (id string, ok bool)
	// ReadFile reads a file that a flag or a setting names; nil: there are no files.
	ReadFile func(path string) ([]byte, error)
	// Calling lists the profiles whose credential_process runs this program now.
	Calling []string
	// StateDir is the directory for what the program remembers between two runs; empty: none.
	StateDir string
	// Log records new sessions.
	Log journal.Log
	// WithoutKeys means that no profile has stored keys. It is set for credentials in the
	// environment.
	WithoutKeys bool

	// Agent is the AI agent that runs this program, if any.
	Agent agent.Agent

	Now func() time.Time
	// Wait waits until d has passed or ctx is done.
	Wait func(ctx context.Context, d time.Duration) error
}

// Session gets credentials on behalf of a person.
type Session struct {
	world    World
	person   Person
	keys     string // names of keystores, empty for the default
	sessions string
	keystore Keystore
	sources  Sources
}

// New returns a session that asks p. It opens and reads nothing yet.
func New(w World, p Person) *Session {
	return (&Session{world: w, person: p}).made()
}

// made sets the fields that depend on the others.
func (s *Session) made() *Session {
	s.keystore = s.world.Keystore(s.keys, s.sessions, s.person)
	s.sources = s.world.Sources(s)
	return s
}

// As returns the same session on behalf of another person. As([Nobody]{}) never asks.
func (s *Session) As(p Person) *Session {
	other := *s
	other.person = p
	return other.made()
}

// On returns the same session with other keystores. An empty name keeps the present keystore.
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

// frozen returns a session that reads the AWS files only once, so that all steps of a decision
// see the same files.
func (s *Session) frozen() *Session {
	other := *s
	other.world.Config = sync.OnceValues(s.world.Config)
	return &other
}

// Person returns the person for whom the session acts.
func (s *Session) Person() Person { return s.person }

// Keystore returns where the session stores keys and sessions.
func (s *Session) Keystore() Keystore { return s.keystore }

// Now reads the session's clock.
func (s *Session) Now() time.Time { return s.world.Now() }

// Getenv reads the person's variables.
func (s *Session) Getenv(name string) string { return s.world.Environ[name] }

// Warn tells the person about a problem that does not stop the command.
func (s *Session) Warn(err error) { s.person.Say("vault: warning: " + err.Error()) }
