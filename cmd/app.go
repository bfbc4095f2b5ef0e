package cmd

import (
	"context"
	"io"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"

	"awsvault/internal/env"
	"awsvault/internal/nodbus"
	"awsvault/internal/statekey"
	"awsvault/internal/tty"
	"awsvault/internal/vault"
)

// App is the world of one run: what the process was given, and what it may use.
type App struct {
	ctx     context.Context
	cancel  context.CancelFunc
	args    []string
	argv0   string
	environ env.Vars
	stdout  *os.File
	stderr  *os.File
	now     func() time.Time
	globals Globals
	shell   *shellCall // set when a hook called
	term    *tty.TTY   // opened at the first question

	once   sync.Once
	main   *vault.Session // see session
	stores stores

	stateOnce sync.Once
	state     env.State // see active
}

func newApp() *App {
	ctx, cancel := context.WithCancel(context.Background())
	return &App{
		ctx:     ctx,
		cancel:  cancel,
		argv0:   os.Args[0],
		args:    os.Args[1:],
		environ: environment(nodbus.Environ(os.Environ()), runtime.GOOS == "windows"),
		stdout:  os.Stdout,
		stderr:  os.Stderr,
		now:     time.Now,
	}
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

// environment reads "NAME=value" pairs; the last of a name counts. On Windows
// names are the same in any case.
func environment(pairs []string, fold bool) env.Vars {
	vars := make(env.Vars, len(pairs))
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			continue
		}
		if fold {
			name = strings.ToUpper(name)
		}
		vars[name] = value
	}
	return vars
}

func (a *App) getenv(name string) string { return a.environ[name] }

// active is what is active in this shell.
func (a *App) active() env.State {
	a.stateOnce.Do(func() {
		if a.environ[env.StateName] != "" {
			key, _ := statekey.Read(a.stateDir()) // without it, the state is a claim
			a.state = env.Active(a.environ, key)
		}
	})
	return a.state
}

// stateKey is the key of new states, made if there is none. Without one, in a
// read-only home, a state is a claim.
func (a *App) stateKey() (env.Key, error) { return statekey.Make(a.stateDir()) }

// home is the home directory: HOME, else what the system's user database says.
func (a *App) home() string {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	if h := a.environ[name]; h != "" {
		return h
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

// below is a path in the home directory, or nothing where that is not known: a
// relative one would be in another place each time.
func (a *App) below(elements ...string) string {
	if a.home() == "" {
		return ""
	}
	return filepath.Join(append([]string{a.home()}, elements...)...)
}

// stateDir is where locks are.
func (a *App) stateDir() string {
	switch runtime.GOOS {
	case "windows":
		if d := a.environ["LOCALAPPDATA"]; d != "" {
			return filepath.Join(d, "awsvault")
		}
	case "darwin":
		return a.below("Library", "Application Support", "awsvault")
	}
	if d := a.environ["XDG_STATE_HOME"]; filepath.IsAbs(d) {
		return filepath.Join(d, "awsvault")
	}
	return a.below(".local", "state", "awsvault")
}

// runtimeDir is for locks where the state directory cannot be written.
func (a *App) runtimeDir() string {
	if d := a.environ["XDG_RUNTIME_DIR"]; filepath.IsAbs(d) {
		return filepath.Join(d, "awsvault")
	}
	return ""
}

// tilde shortens a path below the home directory for people to read.
func (a *App) tilde(path string) string {
	if rest, ok := strings.CutPrefix(path, a.home()+string(filepath.Separator)); ok && a.home() != "" {
		return filepath.Join("~", rest)
	}
	return path
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

func isTerminal(f *os.File) bool {
	return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())
}

// utf8Locale reports whether marks beyond ASCII can be shown. POSIX: LC_ALL,
// then LC_CTYPE, then LANG.
func (a *App) utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := a.environ[name]; v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

func (a *App) ok() string {
	if a.utf8Locale() && a.environ["TERM"] != "dumb" && a.environ["TERM"] != "linux" {
		return "✓"
	}
	return "ok"
}

// say prints a line to stderr, where everything but an answer goes.
func (a *App) say(line string) {
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	line = indent + oneLine(line)
	if a.shell != nil && a.shell.swallowed {
		a.shell.messages = append(a.shell.messages, line)
		return
	}
	io.WriteString(a.stderr, line+"\n")
}
