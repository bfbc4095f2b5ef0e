// Package source gets credentials for the steps of a plan. It has one file for each kind of
// step: STS, IAM Identity Center, `aws login`, a web identity, a credential_process, a
// container, an instance, the environment.
//
// It does not know how a plan is made, what is cached, who asks for an MFA code, or how the
// credentials are used.
package source

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"awsvault/internal/awsapi"
	"awsvault/internal/disk"
	"awsvault/internal/process"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// World is what the sources take from outside.
type World struct {
	GOOS       string
	SystemRoot string // where Windows is
	// Environ is for a program that a profile names.
	Environ func(profile, program string) []string
	// Expand replaces ~ and variables in a path that a setting names. Nil: paths are
	// taken as they are.
	Expand func(path string) string
	// ReadFile reads a file that a setting names, expanded.
	ReadFile func(path string) ([]byte, error)
	// SSODir and LoginDir are where the AWS CLI keeps sign-ins; empty if no home is known.
	SSODir, LoginDir string
	// People is where it is kept whose sign-ins to IAM Identity Center are; empty:
	// nowhere.
	People string
	// Mine tells whether the user said that only they can get at a mount; nil: of none.
	Mine func(disk.Mount) bool
	// HTTP makes a client for calls to AWS; nil: [HTTPClient].
	HTTP func(caBundle resolve.Setting) (*http.Client, error)
}

// How long a program may take that a profile names: as in the Go SDK; and where a person
// is there, who may have to sign in with it in a browser, as long as a sign-in of ours.
const (
	processTimeout = time.Minute
	signInTimeout  = 10 * time.Minute
)

// New gives a session all sources.
func New(w World, s *vault.Session) vault.Sources {
	c := newClients(w, s)
	sts := stsSource{c}
	run := programs{w, s}
	return vault.Sources{
		Of: map[resolve.Kind]vault.Source{
			resolve.GetSessionToken:    sts,
			resolve.GetFederationToken: sts,
			resolve.AssumeRole:         sts,
			resolve.WebIdentity:        webIdentity{sts, run},
			resolve.SSO:                ssoSource{w, s},
			resolve.Login:              login{w, s},
			resolve.Process:            credentialProcess{run},
			resolve.Container:          container{near{s.Now}, s.Getenv, w.ReadFile},
			resolve.InstanceMetadata:   instance{near{s.Now}},
			resolve.Environment:        environment{s.Getenv},
		},
		Ready:    func(r vault.Request) error { _, err := c.api(r.CABundle).HTTP(); return err },
		Identity: sts.identity,
	}
}

// clients are the doors to AWS, one for each CA bundle.
type clients struct {
	world   World
	session *vault.Session

	mu   sync.Mutex
	made map[string]*awsapi.Client
}

func newClients(w World, s *vault.Session) *clients {
	return &clients{world: w, session: s, made: map[string]*awsapi.Client{}}
}

// API is the door to AWS for a session.
func API(w World, s *vault.Session, caBundle resolve.Setting) *awsapi.Client {
	return newClients(w, s).api(caBundle)
}

func (c *clients) api(caBundle resolve.Setting) *awsapi.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if api := c.made[caBundle.Text]; api != nil {
		return api
	}
	api := &awsapi.Client{Now: c.session.Now, Warn: c.session.Warn}
	api.Waiting = func(what string) func() { return vault.Waiting(c.session.Person())(what, time.Time{}) }
	api.HTTP = sync.OnceValues(func() (*http.Client, error) {
		if c.world.HTTP != nil {
			return c.world.HTTP(caBundle)
		}
		if c.world.Expand != nil {
			caBundle.Text = c.world.Expand(caBundle.Text)
		}
		return HTTPClient(c.session.Getenv, caBundle)
	})
	c.made[caBundle.Text] = api
	return api
}

// programs runs the programs that a profile names.
type programs struct {
	world   World
	session *vault.Session
}

// maxOutput is how much a program may print, in bytes. The Java SDK takes as much.
const maxOutput = 64000

// words runs a line that is split into a program and its arguments as the AWS CLI
// does it for credential_process: no shell, so no variables, pipes or ~.
func (p programs) words(ctx context.Context, profile, line string) ([]byte, error) {
	args, err := process.SplitOn(p.world.GOOS, line)
	if err != nil {
		return nil, err
	}
	return p.run(ctx, profile, args[0], args)
}

// shell runs a line by the system's shell, as aws-vault does for its own settings.
func (p programs) shell(ctx context.Context, profile, line string) ([]byte, error) {
	return p.run(ctx, profile, process.First(line), process.Shell(p.world.GOOS, p.world.SystemRoot, line))
}

// patience is how long a program may take that has these streams.
func patience(s vault.Streams) time.Duration {
	if s.Together {
		return signInTimeout
	}
	return processTimeout
}

// run connects the program with the person, so that it may ask them something.
func (p programs) run(ctx context.Context, profile, program string, args []string) ([]byte, error) {
	streams := p.session.Person().Streams()
	waited := vault.Program{What: filepath.Base(program) + ", which profile " + profile + " names", Limit: patience(streams)}
	if streams.Together {
		waited.Use = vault.AnyUse
	}
	defer vault.Running(p.session.Person())(waited)()
	return process.Output(ctx, process.Program{
		Args: args, Environ: p.world.Environ(profile, program), Limit: maxOutput, Timeout: patience(streams),
		Stdin: streams.In, Stderr: streams.Err, Together: streams.Together,
	})
}
