package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/nodbus"
	"awsvault/internal/vault"
)

// Exit statuses of `exec`, as shells and env(1) have them.
const (
	statusCannotRun fault.Kind = 126
	statusNotFound  fault.Kind = 127
)

// ExecCmd runs one command, or a subshell, with credentials.
type ExecCmd struct {
	Profile    string        `arg:"" optional:"" help:"The profile; AWS_PROFILE's unless given."`
	Command    []string      `arg:"" optional:"" name:"cmd" help:"The command and all that is its; a subshell unless given."`
	Region     string        `short:"r" help:"Region, instead of AWS_REGION's and the profile's." placeholder:"REGION"`
	Duration   time.Duration `short:"d" help:"How long, like 1h30m." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	NoSession  bool          `short:"n" help:"Do not call GetSessionToken."`
	MFAToken   string        `name:"mfa-token" short:"t" help:"The MFA code, instead of being asked." placeholder:"CODE"`
	Fresh      bool          `help:"Do not use cached sessions."`
	JSON       bool          `name:"json" short:"j" hidden:"" help:"Print credentials: export --format=json."`
	Stdout     bool          `hidden:"" env:"AWS_VAULT_STDOUT" help:"Show the address of a sign-in; open no browser."`
	Server     bool          `short:"s" hidden:"" help:"A credential server for containers."`
	ECSServer  bool          `name:"ecs-server" hidden:"" help:"A credential server for containers."`
	EC2Server  bool          `name:"ec2-server" hidden:"" help:"A metadata server."`
	Lazy       bool          `hidden:"" help:"With a server: get credentials at the first question."`
	ProfileEnv bool          `name:"profile-env" hidden:"" env:"AWS_VAULT_PROFILE_ENV" help:"Set AWS_PROFILE instead of keys."`
}

// Help is the second part of `vault exec --help`.
func (ExecCmd) Help() string {
	return `Runs one command with temporary credentials of the profile, or without CMD a
subshell. All that follows the command's name is the command's, flags too; its
status is passed on, 127 if it is not found, 126 if it cannot run.

  vault exec dev -- aws s3 ls
  vault exec prod --region us-east-1 terraform plan
  vault exec dev                    a subshell; exit leaves it`
}

// runs is told the command line to run, which is not for our parser.
func (c *ExecCmd) runs(program []string) { c.Command = program }

// Run replaces this process by the command.
func (c *ExecCmd) Run(a *App) error {
	if c.Profile == "" {
		c.Profile = a.outside()["AWS_PROFILE"]
	}
	if c.Profile == "" {
		name, err := a.pick(fault.NewUsage("exec needs a profile", "vault exec PROFILE -- CMD   vault list shows the profiles"))
		if err != nil {
			return err
		}
		c.Profile = name
	}
	for _, later := range []struct {
		given bool
		flag  string
	}{{c.ECSServer || c.Server, "--ecs-server"}, {c.EC2Server, "--ec2-server"}, {c.ProfileEnv, "--profile-env"}} {
		if later.given {
			return fault.NewUsage(later.flag+" is not there yet in this version", "without it, CMD gets the credentials as variables")
		}
	}
	if c.JSON {
		return (&ExportCmd{Profile: c.Profile, Format: "json", Region: c.Region, Duration: c.Duration, NoSession: c.NoSession, MFAToken: c.MFAToken, Fresh: c.Fresh, Stdout: c.Stdout}).Run(a)
	}
	if err := a.nested(); err != nil {
		return err
	}
	argv := c.Command
	if len(argv) == 0 {
		argv = []string{a.subshell()}
	}
	path, err := findProgram(argv[0], a.environ["PATH"])
	if err != nil {
		return err // before anybody is asked for a code
	}
	plan, got, err := a.session().As(terminal{app: a, noBrowser: c.Stdout}).Obtain(a.ctx, vault.Want{Profile: c.Profile, Region: c.Region, Duration: c.Duration, NoSession: c.NoSession, MFAToken: c.MFAToken, Fresh: c.Fresh})
	if err != nil {
		return err
	}
	target := plan.Target(got)
	target.About.Exec = true
	key, _ := a.stateKey()
	change, _, err := env.Use(a.environ, a.active(), nil, target, key)
	if err != nil {
		return err
	}
	environ := changed(nodbus.Environ(os.Environ()), change, runtime.GOOS == "windows")
	if len(c.Command) > 0 {
		environ = without(environ, private[:], runtime.GOOS == "windows")
	} else { // the person's own shell, in which vault is called again
		environ = a.subshellEnviron(environ, path, c.Profile)
		if isTerminal(a.stdout) && a.getenv("AWS_VAULT_DISABLE_HELP_MESSAGE") != "1" {
			a.say(a.activated(target))
			a.say("    a subshell; exit leaves it")
		}
	}
	if err := a.ctx.Err(); err != nil {
		return err
	}
	return become(path, argv, environ)
}

// nested refuses to run within another `exec`, as aws-vault does: the inner one's
// credentials would be taken for the outer one's, and the other way round. What
// `use` activated in this shell is no obstacle: it is this shell's own.
func (a *App) nested() error {
	outer := a.environ["AWS_VAULT"]
	if s := a.active(); outer == "" || s.Profile == outer && !s.About.Exec {
		return nil
	}
	return fault.Hinted(fmt.Errorf("this is inside an exec of profile %q already", outer), "leave it with exit, or unset AWS_VAULT; vault use changes the profile of this shell")
}

// private are variables that hold a secret of the keystore's, which a program that
// is run has no use for.
var private = [...]string{"AWS_VAULT_FILE_PASSPHRASE", "AWS_VAULT_OP_CONNECT_TOKEN", "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN", callingName}

// changed is an environment with a change. All other entries stay as they are, odd
// ones too. fold: names are the same in any case.
func changed(environ []string, change env.Change, fold bool) []string {
	environ = without(environ, change.Names(), fold)
	for _, op := range change {
		if op.Action == env.Set {
			environ = append(environ, op.Name+"="+op.Value)
		}
	}
	return environ
}

// without is an environment without some names.
func without(environ, names []string, fold bool) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.ContainsFunc(names, func(n string) bool { return n == name || fold && strings.EqualFold(n, name) })
	})
}

// findProgram is the file that a shell would run for a name.
func findProgram(name, path string) (string, error) {
	if name == "" {
		return "", fault.Of(statusNotFound, errors.New("the name of the command is empty"))
	}
	found, err := exec.LookPath(name)
	switch {
	case err == nil:
		return found, nil
	case runtime.GOOS != "windows" && errors.Is(err, exec.ErrDot):
		return found, nil // the person put it into PATH, and every shell runs it
	case strings.ContainsRune(name, filepath.Separator) && !errors.Is(err, fs.ErrNotExist):
		return "", fault.Of(statusCannotRun, fmt.Errorf("%s: %w", name, errors.Unwrap(err)))
	}
	for _, dir := range filepath.SplitList(path) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() && !strings.ContainsRune(name, filepath.Separator) {
			return "", fault.Of(statusCannotRun, fmt.Errorf("%s: not executable", filepath.Join(dir, name)))
		}
	}
	return "", fault.Of(statusNotFound, fmt.Errorf("%s: command not found", name))
}

// subshell is the shell of the person: the one that they are typing at, if that can
// be told, else SHELL.
func (a *App) subshell() string {
	if s := parentShell(); s != "" {
		return s
	}
	if s := a.environ["SHELL"]; s != "" {
		return s
	}
	if runtime.GOOS == "windows" {
		if s := a.environ["COMSPEC"]; s != "" {
			return s
		}
		return "cmd.exe"
	}
	return "/bin/sh"
}

// parentShell is the program of the process that called, if that is a shell in
// which a person types: it was started without a script and without -c. Elsewhere
// than on Linux that cannot be told without another process.
func parentShell() string {
	if runtime.GOOS != "linux" {
		return ""
	}
	proc := "/proc/" + strconv.Itoa(os.Getppid())
	program, err := os.Readlink(proc + "/exe")
	if err != nil {
		return ""
	}
	switch filepath.Base(program) {
	case "bash", "zsh", "fish", "pwsh":
	default:
		return ""
	}
	cmdline, err := os.ReadFile(proc + "/cmdline")
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
func (a *App) subshellEnviron(environ []string, shell, profile string) []string {
	if strings.Trim(profile, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./@+") != "" || a.getenv("AWS_VAULT_INDICATOR") == "off" {
		return environ // it could mean something in a prompt
	}
	name, prompt := "PS1", "$ "
	switch strings.ToLower(strings.TrimSuffix(filepath.Base(shell), ".exe")) {
	case "bash", "zsh", "fish", "pwsh", "powershell":
		return environ
	case "cmd":
		name, prompt = "PROMPT", "$P$G"
	}
	if v := a.environ[name]; v != "" {
		prompt = v
	}
	return append(without(environ, []string{name}, true), name+"=("+profile+") "+prompt)
}
