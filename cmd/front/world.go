// Package front has what every run of the program needs, whether package cmd or package
// instant answers it: the process's environment, the call from a shell's hook, the AWS
// files, and the messages to the user. It also answers the commands that need nothing else,
// and those that a cached session is enough for. cmd/instant calls them before the rest of
// the program is initialised; cmd calls them in all other cases.
//
// It does not know the parser, a keystore library or the AWS SDK.
package front

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-isatty"

	"awsvault/internal/agent"
	"awsvault/internal/awsconf"
	"awsvault/internal/call"
	"awsvault/internal/dirprofile"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/nodbus"
	"awsvault/internal/program"
	"awsvault/internal/resolve"
	"awsvault/internal/statekey"
)

// World holds the inputs of this process.
type World struct {
	Argv0    string
	Args     []string
	Environ  env.Vars
	Stdout   *os.File
	Stderr   *os.File
	Now      func() time.Time
	Shell    *call.Shell // set when a hook called
	Colour   string      // auto, always or never; empty is auto
	ForAgent bool        // the command line has --agent

	// ServedUntil asks the credential server until when a lease's credentials are valid. It
	// returns the zero time if the server does not say. If nil, the server is not asked.
	ServedUntil func(lease string) time.Time

	// Hush hides the line about a wait while another line is written. If nil, no waits are shown.
	Hush func() (over func())

	called string // see Called

	once  sync.Once
	state env.State // see Active

	keyOnce sync.Once
	key     env.Key // see Key

	read atomic.Pointer[awsconf.Config] // see ConfigForFew
}

// Process returns the World of this process. cmd/instant and cmd get the same one.
func Process() *World { return thisProcess() }

var thisProcess = sync.OnceValue(newProcess)

func newProcess() *World {
	w := &World{
		Argv0:   os.Args[0],
		Args:    os.Args[1:],
		Environ: environment(nodbus.Environ(os.Environ()), runtime.GOOS == "windows"),
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Now:     time.Now,
	}
	w.called = w.Environ[program.CalledName]
	delete(w.Environ, program.CalledName) // it is valid for this call only
	return w
}

// environment reads "NAME=value" pairs. The last pair with a name wins. On Windows the case
// of names does not matter.
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

// Getenv reads a variable. On Windows the case of its name does not matter: see environment.
func (w *World) Getenv(name string) string {
	if runtime.GOOS == "windows" {
		name = strings.ToUpper(name)
	}
	return w.Environ[name]
}

// Agent returns the agent that runs this process, if one is known.
func (w *World) Agent() agent.Agent { return agent.Of(w.ForAgent, w.Getenv) }

// Active returns the active profile and its state in this shell.
func (w *World) Active() env.State {
	w.once.Do(func() {
		if w.Environ[env.StateName] != "" {
			w.state = env.Active(w.Environ, w.Key())
		}
	})
	return w.state
}

// Key returns the key that authenticates states, or nil. It reads the key once. Without a
// key a state cannot be verified.
func (w *World) Key() env.Key {
	w.keyOnce.Do(func() { w.key, _ = statekey.Read(w.StateDir()) })
	return w.key
}

// StateKey returns the key for new states, and makes one if necessary. It fails in a
// read-only home.
func (w *World) StateKey() (env.Key, error) {
	if key := w.Key(); key != nil {
		return key, nil
	}
	return statekey.Make(w.StateDir())
}

// Outside returns the environment without the activation: the user's own variables decide
// about a profile, not those that the last profile set.
func (w *World) Outside() env.Vars { return env.Outside(w.Environ, w.Active()) }

// Served reports whether programs of this shell ask the user's credential server.
func (w *World) Served() bool { return w.Active().About.Via == env.ViaServer }

// Expires returns when the credentials in this shell expire.
func (w *World) Expires() (t time.Time, expired bool) {
	if w.Served() && w.ServedUntil != nil {
		t = w.ServedUntil(w.Active().About.Lease)
		return t, !t.IsZero() && !t.After(w.Now())
	}
	t, err := resolve.ParseTime(w.Environ["AWS_CREDENTIAL_EXPIRATION"])
	if err != nil {
		return time.Time{}, false
	}
	return t, !t.After(w.Now())
}

// Home returns the home directory: HOME, otherwise the one in the system's user database.
func (w *World) Home() string {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	if h := w.Environ[name]; h != "" {
		return h
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

// Below returns a path in the home directory, or "" if that is not known: a relative path
// would change with the working directory.
func (w *World) Below(elements ...string) string { return below(w.Home(), elements...) }

func below(home string, elements ...string) string {
	if home == "" {
		return ""
	}
	return filepath.Join(append([]string{home}, elements...)...)
}

// stateHome is Home, except for root in another user's home, as with sudo -E: that user
// could not read root's files there. So root keeps its state in its own home.
func (w *World) stateHome() string {
	if disk.Foreign(w.Home()) {
		if u, err := user.Current(); err == nil {
			return u.HomeDir
		}
	}
	return w.Home()
}

// StateDir returns the directory for vault's state.
func (w *World) StateDir() string {
	switch runtime.GOOS {
	case "windows":
		if d := w.Environ["LOCALAPPDATA"]; d != "" {
			return filepath.Join(d, "awsvault")
		}
	case "darwin":
		return below(w.stateHome(), "Library", "Application Support", "awsvault")
	}
	if d := w.Environ["XDG_STATE_HOME"]; filepath.IsAbs(d) {
		return filepath.Join(d, "awsvault")
	}
	return below(w.stateHome(), ".local", "state", "awsvault")
}

// Mine reports whether the user said that only they can access a mount.
func (w *World) Mine(m disk.Mount) bool {
	return w.StateDir() != "" && dirprofile.Trust{Dir: filepath.Join(w.StateDir(), "trust"), UID: os.Getuid()}.Mine(m)
}

// RuntimeDir returns the directory for locks when the state directory is not writable.
func (w *World) RuntimeDir() string {
	if d := w.Environ["XDG_RUNTIME_DIR"]; filepath.IsAbs(d) && !disk.Foreign(d) {
		return filepath.Join(d, "awsvault")
	}
	return ""
}

// Tilde shortens a path below the home directory to ~, for messages.
func (w *World) Tilde(path string) string {
	const sep = string(filepath.Separator)
	if rest, ok := strings.CutPrefix(path+sep, w.Home()+sep); ok && w.Home() != "" {
		return filepath.Join("~", rest)
	}
	return path
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(f *os.File) bool {
	return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())
}
