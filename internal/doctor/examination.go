package doctor

import (
	"context"
	"io/fs"
	"slices"
	"sync"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/browser"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/resolve"
	"awsvault/internal/startup"
	"awsvault/internal/store"
)

// Limit is how long a check may take; KeystoreLimit is how long a keystore may
// take in it to open, and again to list what is in it.
const (
	Limit         = 2 * time.Second
	KeystoreLimit = 900 * time.Millisecond
)

// Facts are what the checks are told. A check reads no environment and no clock
// itself, and opens no keystore.
type Facts struct {
	Version      string
	GOOS, GOARCH string
	User         int    // the number of the person's account; -1 on Windows
	Host         string // the name of this machine
	Proc         fs.FS  // /proc; nil where there is none

	Environ env.Vars
	Active  env.State // what is active in this shell
	Expires time.Time // the end of the credentials in this shell; zero: not known
	Now     func() time.Time

	Tilde  func(path string) string // how a path is shown
	Expiry func(t time.Time) string // how the end of credentials is shown

	Shell  Shell
	Places Places
	Config func() (*awsconf.Config, error) // reads the AWS files

	// Mine tells whether the person said that only they can get at a mount.
	Mine func(disk.Mount) bool

	Backend        string // the keystore that the person chose; empty: none
	SessionBackend string
	Keystores      Keystores

	// Ask is how the time is asked at the endpoint of a plan, or why that cannot be
	// tried: the plan may name certificates that cannot be read.
	Ask     func(*resolve.Plan) (func(context.Context) (time.Time, error), error)
	SignIns SignIns

	Prompt  string                       // AWS_VAULT_PROMPT or --prompt
	Look    func(string) (string, error) // finds a program on PATH
	Browser browser.World
}

// Shell is the shell that called, and how this program is called from it.
type Shell struct {
	Hook   Hook   // what its hook says; zero: there is none
	Name   string // of the shell
	SetUp  string // the command that sets it up
	Rename string // the line that loads the hook under another name; empty: there is none

	Program      string // the path of this program
	ProgramError error  // why the path is not known
	Startup      startup.Places
}

// Places are the files and directories that matter. One that is empty is not known,
// or does not exist on this system.
type Places struct {
	Home, AWS, Config, Credentials string
	CABundle                       string   // what AWS_CA_BUNDLE names
	SignIns                        []string // where the AWS CLI keeps what signing in gave
	Keys                           string   // of the file keystore
	State, Runtime                 string
}

// Keystores are all that this system can have. They ask no one, and give up early.
type Keystores interface {
	// Examine says of each whether it opens, and what is in it.
	Examine(ctx context.Context) []store.Finding
	// Compare compares what the chosen one says with what is remembered of it.
	Compare(ctx context.Context) (store.Comparison, error)
	// Asking says of the chosen one when it asks for a passphrase.
	Asking(ctx context.Context) store.Asking
}

// SignIns know what the person is signed in to.
type SignIns interface {
	// Title names a sign-in. Two with the same title are one.
	Title(*resolve.SignIn) string
	// Until says how long it lasts; zero: not signed in.
	Until(*resolve.SignIn) (until time.Time, renewable bool, err error)
	// Login says how long the credentials last that `aws login` left for a step.
	Login(resolve.Step) (until time.Time, err error)
}

// Examination is one look at everything.
type Examination struct {
	Facts
	config   func() (*awsconf.Config, error)
	compared func() (store.Comparison, error)
}

// New returns an examination. Nothing is read yet; what several checks look at is
// read once.
func New(ctx context.Context, f Facts) *Examination {
	return &Examination{Facts: f,
		config: sync.OnceValues(f.Config),
		compared: sync.OnceValues(func() (store.Comparison, error) {
			ctx, cancel := context.WithTimeout(ctx, Limit*3/4)
			defer cancel()
			return f.Keystores.Compare(ctx)
		}),
	}
}

// stored are the names of stored keys, or why they cannot be told.
func (e *Examination) stored() ([]string, error) {
	c, err := e.compared()
	return c.Names, err
}

// Checks are all of them, in the order in which they are shown.
func (e *Examination) Checks() []Check {
	return []Check{
		{Name: "program", Look: e.checkProgram},
		{Name: "hook", Look: e.checkHook},
		{Name: "start-up file", Look: e.checkStartup},
		{Name: "path", Look: e.checkPath},
		{Name: "activation", Look: e.checkActivation},
		{Name: "variables", Look: e.checkVariables},
		{Name: "settings", Look: e.checkSpelling},
		{Name: "keystores", Look: e.checkKeystores},
		{Name: "passphrase", Look: e.checkPassphrase},
		{Name: "message bus", Look: e.checkBus},
		{Name: "kernel keyring", Look: e.checkQuota},
		{Name: "config", Look: e.checkConfig},
		{Name: "default profile", Look: e.checkDefault},
		{Name: "profiles", Look: e.checkProfiles},
		{Name: "plaintext keys", Look: e.checkKeys},
		{Name: "modes", Look: e.checkModes},
		{Name: "leftovers", Look: e.checkLeftovers},
		{Name: "log", Look: e.checkLog},
		{Name: "clock", Look: e.checkClock},
		{Name: "proxy", Look: e.checkProxy},
		{Name: "endpoints", Look: e.checkEndpoints},
		{Name: "sign-ins", Look: e.checkSignIns},
		{Name: "mfa", Look: e.checkMFA},
		{Name: "browser", Look: e.checkBrowser},
	}
}

// Names are what a report must not have in it: of profiles, people, machines.
func (e *Examination) Names() []string {
	var names []string
	if config, err := e.config(); err == nil {
		names = append(names, config.Names()...)
		names = append(names, config.SSOSessions()...)
	}
	if stored, err := e.stored(); err == nil {
		names = append(names, stored...)
	}
	names = append(names, e.Host, e.Active.Profile, e.Active.Previous)
	for _, name := range []string{"AWS_VAULT", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "USER", "LOGNAME", "USERNAME"} {
		names = append(names, e.Environ[name])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// outside reads a variable as it is without the activation.
func (e *Examination) outside() func(string) string {
	outside := env.Outside(e.Environ, e.Active)
	return func(name string) string { return outside[name] }
}

// expired says whether the credentials in this shell have ended.
func (e *Examination) expired() bool { return !e.Expires.IsZero() && !e.Expires.After(e.Now()) }
