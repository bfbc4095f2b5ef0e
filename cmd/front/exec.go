package front

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/nodbus"
	"awsvault/internal/process"
)

// The statuses of a program that could not be run, as a shell has them.
const (
	CannotRun fault.Kind = 126
	NotFound  fault.Kind = 127
)

// CallingName is the variable that tells a vault, which a credential_process runs,
// for which profiles it was run. A profile that leads back to itself would start
// processes without end.
const CallingName = "AWS_VAULT_CREDENTIAL_PROCESS"

// Program is what `exec` runs.
type Program struct {
	Path     string
	Argv     []string
	Subshell bool // no program was named
}

// Program finds what a command line runs: before the person is asked for a code.
func (w *World) Program(command []string) (Program, error) {
	if err := w.Nested(); err != nil {
		return Program{}, err
	}
	p := Program{Argv: command}
	if len(command) == 0 || len(command) == 1 && command[0] == "" { // the second is aws-vault's: -- "$EMPTY"
		p.Argv, p.Subshell = []string{w.subshell()}, true
	}
	found, told, err := findProgram(p.Argv[0], w.Environ["PATH"])
	if told != "" {
		w.Say(told)
	}
	p.Path = found
	return p, err
}

// Run replaces this process by the program, with the credentials of the target.
func (w *World) Run(p Program, target env.Target) error {
	environ, err := w.environ(p, target)
	if err != nil {
		return err
	}
	return become(p.Path, p.Argv, environ)
}

// Attend runs the program as a child of this process, which has something to do for it
// meanwhile.
func (w *World) Attend(p Program, target env.Target) (process.Attended, error) {
	environ, err := w.environ(p, target)
	if err != nil {
		return process.Attended{}, err
	}
	ended, err := process.Attend(process.Command{Path: p.Path, Argv: p.Argv, Environ: environ, Stdin: os.Stdin, Stdout: w.Stdout, Stderr: w.Stderr})
	if err != nil {
		err = fault.Of(cannotRun(err), fmt.Errorf("run %s: %w", p.Path, err))
	}
	return ended, err
}

// cannotRun is the status for a program that is there and cannot be run.
func cannotRun(err error) fault.Kind {
	if errors.Is(err, fs.ErrNotExist) { // what its #! names
		return NotFound
	}
	return CannotRun
}

// environ is the environment of the program.
func (w *World) environ(p Program, target env.Target) ([]string, error) {
	target.About.Exec = true
	key, _ := w.StateKey()
	change, _, err := env.Use(w.Environ, w.Active(), nil, target, key)
	if err != nil {
		return nil, err
	}
	arguments := len(p.Path) + 2
	for _, arg := range p.Argv {
		arguments += len(arg) + 1 + 8 // and a pointer to it
	}
	if err := w.room().Holds(w.Environ, change, arguments); err != nil {
		return nil, fault.Of(CannotRun, fmt.Errorf("run %s: %w", p.Path, err))
	}
	fold := runtime.GOOS == "windows"
	environ := changed(nodbus.Environ(os.Environ()), change, fold)
	if !p.Subshell {
		return forCommand(environ, p.Path, target.About.Backend), nil
	}
	// The person's own shell, in which vault is called again.
	if IsTerminal(w.Stdout) && w.Getenv("AWS_VAULT_DISABLE_HELP_MESSAGE") != "1" {
		w.Say(w.Activated(target))
		w.Say("    a subshell; exit leaves it")
	}
	return w.subshellEnviron(environ, p.Path, target.Profile), nil
}

// Nested refuses to run within another `exec`, as aws-vault does: the inner one's
// credentials would be taken for the outer one's, and the other way round. What
// `use` activated in this shell is no obstacle: it is this shell's own.
func (w *World) Nested() error {
	outer := w.Environ["AWS_VAULT"]
	if s := w.Active(); outer == "" || s.Profile == outer && !s.About.Exec {
		return nil
	}
	return fault.Hinted(fmt.Errorf("this is inside an exec of profile %q already", outer), "leave it with exit, or unset AWS_VAULT; vault use changes the profile of this shell")
}

// changed is an environment with a change. All other entries stay as they are, odd
// ones too. fold: names are the same in any case.
func changed(environ []string, change env.Change, fold bool) []string {
	environ = Without(environ, change.Names(), fold)
	for _, op := range change {
		if op.Action == env.Set {
			environ = append(environ, op.Name+"="+op.Value)
		}
	}
	return environ
}

// Without is an environment without some names.
func Without(environ, names []string, fold bool) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.ContainsFunc(names, func(n string) bool { return n == name || fold && strings.EqualFold(n, name) })
	})
}

// subshell is the shell of the person: the one that they are typing at, if that can
// be told, else SHELL.
func (w *World) subshell() string {
	return subshellOf(runtime.GOOS, parentShell(), w.Environ["SHELL"], w.Environ["COMSPEC"])
}

func subshellOf(goos, parent, shell, comspec string) string {
	switch {
	case goos == "windows" && ShellOf(goos, parent) != "", goos != "windows" && parent != "":
		return parent
	case goos == "windows" && comspec != "": // SHELL is that of Cygwin, a path that Windows has not
		return comspec
	case goos == "windows":
		return "cmd.exe"
	case shell != "":
		return shell
	}
	return "/bin/sh"
}

// ShellOf is the name of the shell that a program is; empty if it is none that is known.
func ShellOf(goos, program string) string {
	name := strings.TrimPrefix(filepath.Base(program), "-")
	if goos == "windows" {
		name = strings.ToLower(name[strings.LastIndexAny(name, `\/`)+1:])
		name = strings.TrimSuffix(name, ".exe")
	}
	switch name {
	case "pwsh":
		return "powershell"
	case "nu":
		return "nushell"
	case "bash", "zsh", "fish", "powershell", "cmd", "nushell", "xonsh", "elvish":
		return name
	}
	return ""
}

// maxCommandLine is far above that of a shell in which a person types, in bytes.
const maxCommandLine = 64 << 10

// parentShell is the program of the process that called, if that is a shell in
// which a person types: it was started without a script and without -c, which only Linux
// tells.
func parentShell() string {
	program := process.Parent()
	if runtime.GOOS == "windows" {
		return program
	}
	switch filepath.Base(program) {
	case "bash", "zsh", "fish", "pwsh", "nu", "elvish":
	default:
		return ""
	}
	cmdline, err := disk.ReadFile("/proc/"+strconv.Itoa(os.Getppid())+"/cmdline", disk.Reading{Limit: maxCommandLine})
	if err != nil {
		return ""
	}
	for _, arg := range strings.Split(strings.TrimSuffix(string(cmdline), "\x00"), "\x00")[1:] {
		if !strings.HasPrefix(arg, "-") || !strings.HasPrefix(arg, "--") && strings.Contains(arg, "c") || strings.EqualFold(arg, "--command") {
			return ""
		}
	}
	return program
}

// subshellEnviron adds the indicator for shells that no hook exists for. The
// others show it if the hook is in their start-up file.
func (w *World) subshellEnviron(environ []string, shell, profile string) []string {
	if strings.Trim(profile, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./@+") != "" || w.Getenv("AWS_VAULT_INDICATOR") == "off" {
		return environ // it could mean something in a prompt
	}
	name, prompt := "PS1", "$ "
	switch strings.ToLower(strings.TrimSuffix(filepath.Base(shell), ".exe")) {
	case "bash", "zsh", "fish", "pwsh", "powershell", "nu", "xonsh", "elvish":
		return environ
	case "cmd":
		name, prompt = "PROMPT", "$P$G"
	}
	if v := w.Environ[name]; v != "" {
		prompt = v
	}
	return append(Without(environ, []string{name}, true), name+"=("+profile+") "+prompt)
}
