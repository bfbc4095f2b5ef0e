package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/renew"
)

// shellCall is a call by a hook:
//
//	vault __shell SHELL [--FACT=...] -- use|off|refresh ...
//
// The facts are what only the shell knows, names and never values; stdout is
// evaluated by the hook if the status is 0.
type shellCall struct {
	dialect  env.Dialect
	readonly map[string]bool // variables that the shell refuses to change
	kept     map[string]bool // variables whose values the shell keeps aside
	previous string          // the profile before, while none is active
	// universal are fish's universal variables: every child sees them, but they
	// are not this shell's to change. hidden are those that it has a variable of
	// the same name in front of.
	universal, hidden map[string]bool
	dir               string // the shell's directory, at a prompt
	hand              string // the file in whose tree the person chose by hand
	stamp             string // what is told the shell for the file that counts
	// PowerShell swallows what a program writes to stderr while it makes a prompt:
	// then the hook shows it.
	swallowed bool
	messages  []string
	record    renew.Record // what this shell remembers of renewals
}

func parseShellCall(args []string) (*shellCall, []string, error) {
	if len(args) == 0 {
		return nil, nil, notForPeople()
	}
	d, err := env.HookDialect(args[0])
	if err != nil {
		return nil, nil, fault.NewUsage(err.Error(), "")
	}
	c := &shellCall{dialect: d}
	c.swallowed = args[0] == "powershell" && args[len(args)-1] == "prompt"
	for i, arg := range args[1:] {
		if arg == "--" {
			return c, args[i+2:], nil
		}
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--readonly":
			c.readonly = names(value, "")
		case "--kept":
			c.kept = names(value, "__vault_kept_")
		case "--universal":
			c.universal = names(value, "")
		case "--hidden":
			c.hidden = names(value, "")
		case "--previous":
			c.previous = value
		case "--dir":
			c.dir = value
		case "--stamp":
			c.stamp = value
		case "--hand":
			c.hand = value
		case "--tries":
			tries, _ := strconv.Atoi(value)
			c.record = renew.RecordOf(tries, c.record.Person)
		case "--person":
			c.record.Person = value != ""
		default:
			// A hook of a newer version in a shell that calls this one.
			return nil, nil, fault.NewUsage(fmt.Sprintf("the hook in this shell sent %q, which this version does not know", name), "open a new shell")
		}
	}
	return nil, nil, notForPeople()
}

// notForPeople is the error for a __shell that no hook would call.
func notForPeople() error {
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

// vars is the environment that the shell can change.
func (c *shellCall) vars(environ env.Vars) env.Vars {
	if len(c.universal) == 0 {
		return environ
	}
	vars := make(env.Vars, len(environ))
	for n, v := range environ {
		if !c.universal[n] {
			vars[n] = v
		}
	}
	return vars
}

// apply hands a change to the hook: all of it or, on any error, nothing.
func (a *App) apply(change env.Change, p env.Prompt) error {
	for _, n := range change.Names() {
		if a.shell.readonly[n] {
			return fault.Hinted(fmt.Errorf("%s is readonly in this shell, so nothing was changed", n), "a new shell has it not, unless a start-up file sets it")
		}
	}
	p.Now, p.Stamp, p.Message = a.now(), a.shell.stamp, strings.Join(a.shell.messages, "\n")
	script, err := env.Script(a.shell.dialect, change, p.Locals())
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	_, err = a.stdout.WriteString(script)
	return err
}

// applySaying hands a change to the hook and then says what became of it. Where
// the hook does the talking, that has to be a part of the answer.
func (a *App) applySaying(change env.Change, p env.Prompt, say func()) error {
	if a.shell.swallowed {
		say()
		return a.apply(change, p)
	}
	if err := a.apply(change, p); err != nil {
		return err
	}
	say()
	return nil
}

// needHook is the error of `use`, `off` and `refresh` in a shell without the hook.
func (a *App) needHook(command string) error {
	shell := a.callingShell()
	quoted, err := instant.QuotedBinary(a.argv0, shell)
	if err != nil {
		quoted = "vault"
	}
	return fault.NewUsage(
		fmt.Sprintf("this shell has no hook, so %q cannot change it", command),
		fmt.Sprintf("add to %s:  %s   or, in a script: vault export PROFILE --format=%s", instant.StartupFile(shell), instant.Line(shell, quoted, hooks.Options{Name: "vault"}), shell),
	)
}

// callingShell guesses the shell that called, for a hint: the parent process,
// else SHELL.
func (a *App) callingShell() string {
	var candidates []string
	if runtime.GOOS == "linux" {
		if comm, err := os.ReadFile("/proc/" + strconv.Itoa(os.Getppid()) + "/comm"); err == nil {
			candidates = append(candidates, strings.TrimSpace(string(comm)))
		}
	}
	if runtime.GOOS == "windows" {
		candidates = append(candidates, "powershell")
	}
	candidates = append(candidates, filepath.Base(a.environ["SHELL"]))
	for _, c := range candidates {
		c = strings.TrimPrefix(strings.TrimSuffix(c, ".exe"), "-")
		if c == "pwsh" {
			c = "powershell"
		}
		if instant.StartupFile(c) != "" {
			return c
		}
	}
	return "bash"
}
