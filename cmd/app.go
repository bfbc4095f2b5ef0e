package cmd

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"awsvault/cmd/front"
	"awsvault/cmd/grammar"
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
	"awsvault/internal/tty"
	"awsvault/internal/vault"
)

// App is the world of one run: what the process was given, and what it may use.
type App struct {
	*front.World
	ctx     context.Context
	cancel  context.CancelFunc
	environ env.Vars
	stdout  *os.File
	stderr  *os.File
	now     func() time.Time
	globals Globals
	flags   func(name string) string // every flag, by its name
	shell   *front.Shell             // set when a hook called
	term    *tty.TTY                 // opened at the first question

	once   sync.Once
	main   *vault.Session // see session
	stores stores
}

func newApp() *App {
	ctx, cancel := context.WithCancel(context.Background())
	w := front.Process()
	return &App{World: w, ctx: ctx, cancel: cancel, environ: w.Environ, stdout: w.Stdout, stderr: w.Stderr, now: w.Now, flags: grammar.Read(nil, w.Getenv).Text}
}

// heed has Ctrl-C end the context from now on, instead of the process at once.
func (a *App) heed() {
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		// nohup has a signal ignored, by what exec runs too.
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		<-signals
		a.cancel()
	}()
}

// terminal is the terminal that questions go to, opened once.
func (a *App) terminal() (*tty.TTY, error) {
	if a.term == nil {
		t, err := tty.Open()
		if err != nil {
			return nil, err
		}
		a.term = t
	}
	return a.term, nil
}

// terminalOf is the terminal that a session's person is at.
func (a *App) terminalOf(p vault.Person) (*tty.TTY, error) {
	if _, silent := p.(vault.Nobody); silent {
		return nil, tty.ErrNoTerminal
	}
	return a.terminal()
}

// These are the world's, by the names that this package has for them.
func (a *App) getenv(name string) string              { return a.Getenv(name) }
func (a *App) active() env.State                      { return a.Active() }
func (a *App) stateKey() (env.Key, error)             { return a.StateKey() }
func (a *App) outside() env.Vars                      { return a.Outside() }
func (a *App) home() string                           { return a.Home() }
func (a *App) below(elements ...string) string        { return a.Below(elements...) }
func (a *App) stateDir() string                       { return a.StateDir() }
func (a *App) runtimeDir() string                     { return a.RuntimeDir() }
func (a *App) tilde(path string) string               { return a.Tilde(path) }
func (a *App) ok() string                             { return a.OK() }
func (a *App) say(line string)                        { a.Say(line) }
func (a *App) expires() (time.Time, bool)             { return a.Expires() }
func (a *App) expiry(t time.Time) string              { return a.Expiry(t) }
func (a *App) activated(t env.Target) string          { return a.Activated(t) }
func (a *App) printJSON(v any) error                  { return a.PrintJSON(v) }
func (a *App) report(err error) int                   { return a.Report(err) }
func (a *App) configPath() (string, error)            { return a.ConfigPath() }
func (a *App) credentialsPath() (string, error)       { return a.CredentialsPath() }
func (a *App) expandHome(path string) string          { return a.Expand(path) }
func (a *App) config() (*awsconf.Config, error)       { return a.Config() }
func (a *App) calling() []string                      { return a.Calling() }
func (a *App) previous() string                       { return a.Previous() }
func (a *App) apply(c env.Change, p env.Prompt) error { return a.Apply(c, p) }
func (a *App) applySaying(c env.Change, p env.Prompt, say func()) error {
	return a.ApplySaying(c, p, say)
}

func isTerminal(f *os.File) bool                       { return front.IsTerminal(f) }
func oneLine(s string) string                          { return front.Printable(s) }
func brief(d time.Duration) string                     { return front.Brief(d) }
func who(about env.About) string                       { return front.Who(about) }
func identity(arn string) string                       { return front.Identity(arn) }
func counted(n int, what string) string                { return front.Counted(n, what) }
func optional(s string) *string                        { return front.Optional(s) }
func row(w io.Writer, label, value, note string)       { front.Row(w, label, value, note) }
func prompt(s env.State, expires time.Time) env.Prompt { return front.Prompt(s, expires) }
func notForPeople() error                              { return front.NotForPeople() }

const callingName = front.CallingName
