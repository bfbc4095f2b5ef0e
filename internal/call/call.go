// Package call reads a call from a shell's hook: the facts that the shell sends before a
// command.
//
// It does not know what the command does, or how it is answered.
package call

import (
	"fmt"
	"strconv"
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/renew"
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

// Read reads the words after __shell, and returns those of the command too.
func Read(args []string) (*Shell, []string, error) {
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
