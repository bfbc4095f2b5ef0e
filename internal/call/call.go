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
// The facts are names that only the shell knows, and never values. The hook evaluates stdout
// if the status is 0.
type Shell struct {
	Name     string // the name that env.HookDialect knows
	Dialect  env.Dialect
	Readonly map[string]bool // variables that the shell refuses to change
	Kept     map[string]bool // variables whose values the shell keeps aside
	Previous string          // the profile that was active before, while none is active
	// Universal holds fish's universal variables. Every child sees them, but this shell must
	// not change them. Hidden holds those that a variable of this shell hides, because it has
	// the same name.
	Universal, Hidden map[string]bool
	Dir               string // the shell's directory, at a prompt
	Hand              string // the file that covers the tree in which the person chose by hand
	Stamp             string // the stamp for the shell of the file that counts
	// PowerShell swallows what a program writes to stderr during a prompt. The hook then shows
	// it.
	Swallowed bool
	Messages  []string
	Record    renew.Record // the shell's record of renewals
	PID       int          // of the shell; zero in a subshell, or if an older hook does not send it
	Loader    bool         // another hook (direnv's) has loaded or unloaded something
}

// Read reads the words after __shell. It also returns the words of the command.
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
			c.Hand = strings.Replace(value, "//.awsprofile", "/.awsprofile", 1) // a hook marks a link, in contrast to a file, in this way
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
			// The shell has the hook of a newer version and calls this one.
			return nil, nil, fault.NewUsage(fmt.Sprintf("the hook in this shell sent %q, which this version does not know", name), "open a new shell")
		}
	}
	return nil, nil, NotForPeople()
}

// NotForPeople returns the error for a __shell that no hook would call.
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

// Vars returns the variables that the shell can change.
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
