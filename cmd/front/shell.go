package front

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/process"
	"awsvault/internal/renew"
	"awsvault/internal/vault"
)

// Shell is a call by a hook:
//
//	vault __shell SHELL [--FACT=...] -- use|off|refresh ...
//
// The facts are what only the shell knows, names and never values; stdout is
// evaluated by the hook if the status is 0.
type Shell struct {
	Name     string // as env.HookDialect knows it
	Dialect  env.Dialect
	Readonly map[string]bool // variables that the shell refuses to change
	Kept     map[string]bool // variables whose values the shell keeps aside
	Previous string          // the profile before, while none is active
	// universal are fish's universal variables: every child sees them, but they
	// are not this shell's to change. hidden are those that it has a variable of
	// the same name in front of.
	Universal, Hidden map[string]bool
	Dir               string // the shell's directory, at a prompt
	Hand              string // the file in whose tree the person chose by hand
	Stamp             string // what is told the shell for the file that counts
	// PowerShell swallows what a program writes to stderr while it makes a prompt:
	// then the hook shows it.
	Swallowed bool
	Messages  []string
	Record    renew.Record // what this shell remembers of renewals
	PID       int          // of the shell; zero: of a subshell, or an older hook has not said it
	Loader    bool         // another hook (direnv's) has loaded something, or taken it away
}

// ReadShell reads the words after __shell, and returns those of the command too.
func ReadShell(args []string) (*Shell, []string, error) {
	if len(args) == 0 {
		return nil, nil, NotForPeople()
	}
	d, err := env.HookDialect(args[0])
	if err != nil {
		return nil, nil, fault.NewUsage(err.Error(), "")
	}
	c := &Shell{Name: args[0], Dialect: d}
	c.Swallowed = args[0] == "powershell" && args[len(args)-1] == "prompt"
	for i, arg := range args[1:] {
		if arg == "--" {
			return c, args[i+2:], nil
		}
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--readonly":
			c.Readonly = names(value, "")
		case "--kept":
			c.Kept = names(value, "__vault_kept_")
		case "--universal":
			c.Universal = names(value, "")
		case "--hidden":
			c.Hidden = names(value, "")
		case "--previous":
			c.Previous = value
		case "--dir":
			c.Dir = value
		case "--stamp":
			c.Stamp = value
		case "--hand":
			c.Hand = strings.Replace(value, "//.awsprofile", "/.awsprofile", 1) // how a hook tells a link from a file
		case "--pid":
			c.PID, _ = strconv.Atoi(value)
		case "--loader":
			c.Loader = value != ""
		case "--tries":
			tries, _ := strconv.Atoi(value)
			c.Record = renew.RecordOf(tries, c.Record.Person)
		case "--person":
			c.Record.Person = value != ""
		default:
			// A hook of a newer version in a shell that calls this one.
			return nil, nil, fault.NewUsage(fmt.Sprintf("the hook in this shell sent %q, which this version does not know", name), "open a new shell")
		}
	}
	return nil, nil, NotForPeople()
}

// NotForPeople is the error for a __shell that no hook would call.
func NotForPeople() error {
	return fault.NewUsage("__shell is for the hook, and for use, off and refresh", "vault hook --help")
}

func names(list, prefix string) map[string]bool {
	set := map[string]bool{}
	for _, n := range strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }) {
		if n = strings.TrimPrefix(n, prefix); env.Managed(n) {
			set[n] = true
		}
	}
	return set
}

// Vars is the environment that the shell can change.
func (c *Shell) Vars(environ env.Vars) env.Vars {
	if len(c.Universal) == 0 {
		return environ
	}
	vars := make(env.Vars, len(environ))
	for n, v := range environ {
		if !c.Universal[n] {
			vars[n] = v
		}
	}
	return vars
}

// Apply hands a change to the hook: all of it or, on any error, nothing.
func (w *World) Apply(change env.Change, p env.Prompt) error {
	for _, n := range change.Names() {
		if w.Shell.Readonly[n] {
			return fault.Hinted(fmt.Errorf("%s is readonly in this shell, so nothing was changed", n), "open a new shell, unless a start-up file sets it again")
		}
	}
	p.Now, p.Stamp, p.Message = w.Now(), w.Shell.Stamp, strings.Join(w.Shell.Messages, "\n")
	if p.Profile != "" {
		p.Themes = w.themes(change)
	}
	script, err := env.Script(w.Shell.Dialect, change, p.Locals())
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	_, err = w.Stdout.WriteString(script)
	return err
}

// roomForArguments is what is left for the arguments of a program, in bytes.
const roomForArguments = 8 << 10

// Carries refuses a change after which this shell could start no program, this one
// neither: it could not even be switched off.
func (w *World) Carries(change env.Change) error {
	if err := w.room().Holds(w.Environ, change, roomForArguments); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	return nil
}

func (w *World) room() env.Room {
	one, all := process.Room()
	return env.Room{One: one, All: all}
}

// ApplySaying hands a change to the hook and then says what became of it. Where
// the hook does the talking, that has to be a part of the answer.
func (w *World) ApplySaying(change env.Change, p env.Prompt, say func()) error {
	if w.Shell.Swallowed {
		say()
		return w.Apply(change, p)
	}
	if err := w.Apply(change, p); err != nil {
		return err
	}
	say()
	return nil
}

// Prompt is what the hook is told of an activation whose credentials are new.
func Prompt(s env.State, expires time.Time) env.Prompt { return vault.Prompt(s, expires) }
