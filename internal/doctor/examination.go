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

// Limit is the time for one check. KeystoreLimit is the time that a keystore may take to open,
// and again to list its items.
const (
	Limit         = 2 * time.Second
	KeystoreLimit = 900 * time.Millisecond
)

// Facts holds what the checks need to know. A check reads no environment and no clock itself,
// and opens no keystore.
type Facts struct {
	Version      string
	GOOS, GOARCH string
	User         int    // the person's user ID; -1 on Windows
	Host         string // the name of this machine
	Proc         fs.FS  // /proc; nil: none

	Environ env.Vars
	Active  env.State // what is active in this shell
	Expires time.Time // when the credentials in this shell expire; zero: unknown
	Now     func() time.Time

	Tilde  func(path string) string // formats a path
	Expiry func(t time.Time) string // formats when credentials expire

	Shell  Shell
	Places Places
	Config func() (*awsconf.Config, error) // reads the AWS files

	// Mine reports whether the person has declared a mount to be private.
	Mine func(disk.Mount) bool

	Backend        string // the keystore that the person has chosen; empty: none
	SessionBackend string
	Keystores      Keystores

	// Ask returns a function that asks the endpoint of a plan for the time. It fails if that
	// is impossible: the plan may name certificates that cannot be read.
	Ask     func(*resolve.Plan) (func(context.Context) (time.Time, error), error)
	SignIns SignIns

	Prompt  string                       // AWS_VAULT_PROMPT or --prompt
	Look    func(string) (string, error) // finds a program on PATH
	Browser browser.World
}

// Shell describes the shell that called, and how vault is called from it.
type Shell struct {
	Hook   Hook   // what its hook reports; zero: no hook
	Name   string // the shell's name
	SetUp  string // the command that sets up the hook
	Rename string // the line that loads the hook under another name; empty: none

	Program      string // the path of this program
	ProgramError error  // why the path is unknown
	Startup      startup.Places
}

// Places are the files and directories that matter. An empty one is unknown, or does not exist
// on this system.
type Places struct {
	Home, AWS, Config, Credentials string
	CABundle                       string   // the file that AWS_CA_BUNDLE names
	SignIns                        []string // the AWS CLI's directories for sign-ins
	Keys                           string   // the file keystore
	State, Runtime                 string
}

// Keystores are all keystores that this system can have. They ask no questions, and give up
// early.
type Keystores interface {
	// Examine reports for each keystore whether it opens, and what it contains.
	Examine(ctx context.Context) []store.Finding
	// Compare compares the contents of the chosen keystore with what vault remembers.
	Compare(ctx context.Context) (store.Comparison, error)
	// Asking says when the chosen keystore asks for a passphrase.
	Asking(ctx context.Context) store.Asking
}

// SignIns knows the person's sign-ins.
type SignIns interface {
	// Title names a sign-in. Sign-ins with the same title are the same.
	Title(*resolve.SignIn) string
	// Until returns how long the sign-in lasts; zero: not signed in.
	Until(*resolve.SignIn) (until time.Time, renewable bool, err error)
	// Login returns how long the session of `aws login` lasts for a step.
	Login(resolve.Step) (until time.Time, err error)
}

// Examination is one run of all checks.
type Examination struct {
	Facts
	config   func() (*awsconf.Config, error)
	compared func() (store.Comparison, error)
}

// New returns an examination. It reads nothing yet. What several checks need is read only
// once.
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

// stored returns the names of stored keys, or an error if they are unknown.
func (e *Examination) stored() ([]string, error) {
	c, err := e.compared()
	return c.Names, err
}

// Checks returns all checks, in the order of display.
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
		{Name: "key ages", Look: e.checkKeyAges},
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

// Names returns the names that a report must not contain: of profiles, people and machines.
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

// outside returns a lookup of variables as they are without the activation.
func (e *Examination) outside() func(string) string {
	outside := env.Outside(e.Environ, e.Active)
	return func(name string) string { return outside[name] }
}

// expired reports whether the credentials in this shell have expired.
func (e *Examination) expired() bool { return !e.Expires.IsZero() && !e.Expires.After(e.Now()) }
