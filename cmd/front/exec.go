package front

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/nodbus"
	"awsvault/internal/process"
	"awsvault/internal/program"
)

// Program is the program that `exec` runs.
type Program struct {
	Path     string
	Argv     []string
	Subshell bool // the command line names no program
}

// Program finds the program of a command line. Call it before any question to the user.
func (w *World) Program(command []string) (Program, error) {
	if err := w.Nested(); err != nil {
		return Program{}, err
	}
	p := Program{Argv: command}
	if len(command) == 0 || len(command) == 1 && command[0] == "" { // the second as in aws-vault: -- "$EMPTY"
		p.Argv, p.Subshell = []string{program.Subshell(runtime.GOOS, parentShell(), w.Environ["SHELL"], w.Environ["COMSPEC"])}, true
	}
	found, told, err := program.Finder{GOOS: runtime.GOOS, Path: w.Environ["PATH"], Look: exec.LookPath}.Find(p.Argv[0])
	if told != "" {
		w.Say(told)
	}
	p.Path = found
	return p, err
}

// Run replaces this process with the program, which gets the credentials of the target.
func (w *World) Run(p Program, target env.Target) error {
	environ, err := w.EnvironFor(p, target)
	if err != nil {
		return err
	}
	return become(p.Path, p.Argv, environ)
}

// Attend runs the program as a child. Meanwhile this process has work to do for it, such as
// serving credentials.
func (w *World) Attend(p Program, target env.Target) (process.Attended, error) {
	environ, err := w.EnvironFor(p, target)
	if err != nil {
		return process.Attended{}, err
	}
	ended, err := process.Attend(process.Command{Path: p.Path, Argv: p.Argv, Environ: environ, Stdin: os.Stdin, Stdout: w.Stdout, Stderr: w.Stderr})
	if err != nil {
		err = fault.Of(cannotRun(err), fmt.Errorf("run %s: %w", p.Path, err))
	}
	return ended, err
}

// cannotRun returns the status for a program that exists and cannot be run.
func cannotRun(err error) fault.Kind {
	if errors.Is(err, fs.ErrNotExist) { // the interpreter after #! is missing
		return program.NotFound
	}
	return program.CannotRun
}

// EnvironFor returns the environment of the program.
func (w *World) EnvironFor(p Program, target env.Target) ([]string, error) {
	target.About.Exec = true
	key, _ := w.StateKey()
	change, _, err := env.Use(w.Environ, w.Active(), nil, target, key)
	if err != nil {
		return nil, err
	}
	arguments := len(p.Path) + 2
	for _, arg := range p.Argv {
		arguments += len(arg) + 1 + 8 // with a zero byte and a pointer
	}
	if err := w.room().Holds(w.Environ, change, arguments); err != nil {
		return nil, fault.Of(program.CannotRun, fmt.Errorf("run %s: %w", p.Path, err))
	}
	fold := runtime.GOOS == "windows"
	environ := program.ForAgent(program.Changed(nodbus.Environ(os.Environ()), change, fold), target.About.Agent, fold)
	if !p.Subshell {
		return program.ForCommand(environ, p.Path, target.About.Backend, fold), nil
	}
	// A subshell is the user's own shell, which calls vault again.
	if IsTerminal(w.Stdout) && w.Getenv("AWS_VAULT_DISABLE_HELP_MESSAGE") != "1" {
		w.Say(w.Activated(target))
		w.Say("    a subshell; exit leaves it")
	}
	return program.Indicated(environ, w.Environ, p.Path, target.Profile), nil
}

// Nested refuses to run inside another `exec`, as aws-vault does: users could confuse the
// two sets of credentials. A profile from `use` is allowed. So is an exec that started an
// agent: agents run vault again, by their own rules.
func (w *World) Nested() error {
	outer := w.Environ["AWS_VAULT"]
	if s := w.Active(); outer == "" || s.Profile == outer && (!s.About.Exec || w.Agent().Is()) {
		return nil
	}
	return fault.Hinted(fmt.Errorf("this is inside an exec of profile %q already", outer), "leave it with exit, or unset AWS_VAULT; vault use changes the profile of this shell")
}

// maxCommandLine limits a command line in bytes. An interactive shell's is far shorter.
const maxCommandLine = 64 << 10

// parentShell returns the program of the parent process, if that is an interactive shell.
// Of the Unix systems, only Linux tells.
func parentShell() string {
	parent := process.Parent()
	if runtime.GOOS == "windows" {
		return parent
	}
	if !program.Typed(parent, nil) {
		return ""
	}
	cmdline, err := disk.ReadFile("/proc/"+strconv.Itoa(os.Getppid())+"/cmdline", disk.Reading{Limit: maxCommandLine})
	if err != nil || !program.Typed(parent, strings.Split(strings.TrimSuffix(string(cmdline), "\x00"), "\x00")[1:]) {
		return ""
	}
	return parent
}

// Programs returns the environments of other programs: without the activation, and without
// some secrets.
func (w *World) Programs() program.Outside {
	return program.Outside{Vars: w.Outside(), Calling: w.Calling(), Argv0: w.Argv0}
}
