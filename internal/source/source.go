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

// World holds what the sources take from outside.
type World struct {
	GOOS       string
	SystemRoot string // the directory of Windows
	// Environ returns the environment for a program that a profile names.
	Environ func(profile, program string) []string
	// Expand replaces ~ and variables in a path from a setting; nil: paths stay unchanged.
	Expand func(path string) string
	// ReadFile expands a path from a setting, and reads the file.
	ReadFile func(path string) ([]byte, error)
	// SSODir and LoginDir are the AWS CLI's directories for sign-ins; empty if no home is
	// known.
	SSODir, LoginDir string
	// People is the directory that records who is signed in to IAM Identity Center; empty: no
	// record.
	People string
	// Mine reports whether the user has declared a mount to be private; nil: none is.
	Mine func(disk.Mount) bool
	// HTTP makes a client for calls to AWS; nil: [HTTPClient].
	HTTP func(caBundle resolve.Setting) (*http.Client, error)
}

// These are the time limits for a program that a profile names: the Go SDK's and, if a person
// is there who may have to sign in with a browser, the limit of our own sign-ins.
const (
	processTimeout = time.Minute
	signInTimeout  = 10 * time.Minute
)

// New returns all sources for a session.
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

// clients are the clients for AWS, one for each CA bundle.
type clients struct {
	world   World
	session *vault.Session

	mu   sync.Mutex
	made map[string]*awsapi.Client
}

func newClients(w World, s *vault.Session) *clients {
	return &clients{world: w, session: s, made: map[string]*awsapi.Client{}}
}

// API returns the client for AWS of a session.
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

// programs runs programs that a profile names.
type programs struct {
	world   World
	session *vault.Session
}

// maxOutput is how much a program may print, in bytes, as in the Java SDK.
const maxOutput = 64000

// words runs a command line. It splits the line into a program and arguments as the AWS CLI
// does for credential_process: without a shell, so without variables, pipes or ~.
func (p programs) words(ctx context.Context, profile, line string) ([]byte, error) {
	args, err := process.SplitOn(p.world.GOOS, line)
	if err != nil {
		return nil, err
	}
	return p.run(ctx, profile, args[0], args)
}

// shell runs a command line with the system's shell, as aws-vault does for its own settings.
func (p programs) shell(ctx context.Context, profile, line string) ([]byte, error) {
	return p.run(ctx, profile, process.First(line), process.Shell(p.world.GOOS, p.world.SystemRoot, line))
}

// patience is the time limit for a program with these streams.
func patience(s vault.Streams) time.Duration {
	if s.Together {
		return signInTimeout
	}
	return processTimeout
}

// run connects the program with the person, so that it may ask questions.
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
