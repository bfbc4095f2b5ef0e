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

// World is what the process was given.
type World struct {
	Argv0    string
	Args     []string
	Environ  env.Vars
	Stdout   *os.File
	Stderr   *os.File
	Now      func() time.Time
	Shell    *call.Shell // set when a hook called
	Colour   string      // auto, always or never; empty is auto
	ForAgent bool        // the line says so

	// ServedUntil asks the credential server until when what it has for a lease is good; the
	// zero time: it does not say. Nil: it is not asked.
	ServedUntil func(lease string) time.Time

	// Hush takes away what is shown of waits while a line is written. Nil: nothing is shown.
	Hush func() (over func())

	called string // see Called

	once  sync.Once
	state env.State // see Active

	keyOnce sync.Once
	key     env.Key // see Key

	read atomic.Pointer[awsconf.Config] // see ConfigForFew
}

// Process is the world of this process: the same one for cmd/instant, and for cmd where
// instant leaves the call to it.
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
	delete(w.Environ, program.CalledName) // it is true of this call only
	return w
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

// Getenv reads a variable. On Windows the case of its name does not count: see environment.
func (w *World) Getenv(name string) string {
	if runtime.GOOS == "windows" {
		name = strings.ToUpper(name)
	}
	return w.Environ[name]
}

// Agent is the agent that runs this process, as far as that is known.
func (w *World) Agent() agent.Agent { return agent.Of(w.ForAgent, w.Getenv) }

// Active is what is active in this shell.
func (w *World) Active() env.State {
	w.once.Do(func() {
		if w.Environ[env.StateName] != "" {
			w.state = env.Active(w.Environ, w.Key())
		}
	})
	return w.state
}

// Key is the key of states, read once; none if there is none. Without it, a state is a
// claim.
func (w *World) Key() env.Key {
	w.keyOnce.Do(func() { w.key, _ = statekey.Read(w.StateDir()) })
	return w.key
}

// StateKey is the key of new states, made if there is none. In a read-only home it
// cannot be made.
func (w *World) StateKey() (env.Key, error) {
	if key := w.Key(); key != nil {
		return key, nil
	}
	return statekey.Make(w.StateDir())
}

// Outside is the environment without the activation: what decides about a profile is
// what the person set, not what the last profile set.
func (w *World) Outside() env.Vars { return env.Outside(w.Environ, w.Active()) }

// Served tells whether programs of this shell ask the user's credential server.
func (w *World) Served() bool { return w.Active().About.Via == env.ViaServer }

// Expires tells until when the credentials in this shell are good.
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

// Home is the home directory: HOME, else what the system's user database says.
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

// Below is a path in the home directory, or nothing where that is not known: a
// relative one would be in another place each time.
func (w *World) Below(elements ...string) string { return below(w.Home(), elements...) }

func below(home string, elements ...string) string {
	if home == "" {
		return ""
	}
	return filepath.Join(append([]string{home}, elements...)...)
}

// stateHome is Home, but for root in another user's home, as with sudo -E: what root makes
// there is closed to that user. Root remembers in its own home.
func (w *World) stateHome() string {
	if disk.Foreign(w.Home()) {
		if u, err := user.Current(); err == nil {
			return u.HomeDir
		}
	}
	return w.Home()
}

// StateDir is where locks are.
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

// Mine tells whether the person said that only they can get at a mount.
func (w *World) Mine(m disk.Mount) bool {
	return w.StateDir() != "" && dirprofile.Trust{Dir: filepath.Join(w.StateDir(), "trust"), UID: os.Getuid()}.Mine(m)
}

// RuntimeDir is for locks where the state directory cannot be written.
func (w *World) RuntimeDir() string {
	if d := w.Environ["XDG_RUNTIME_DIR"]; filepath.IsAbs(d) && !disk.Foreign(d) {
		return filepath.Join(d, "awsvault")
	}
	return ""
}

// Tilde shortens a path below the home directory for people to read.
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
