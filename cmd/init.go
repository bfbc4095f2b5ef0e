package cmd

import (
	"runtime"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/fault"
	"awsvault/internal/process"
	"awsvault/internal/program"
	"awsvault/internal/startup"
)

// InitCmd sets up a shell.
type InitCmd struct {
	Shell             []string `arg:"" optional:"" help:"bash, zsh, fish, powershell, nushell, xonsh, elvish; on Windows also cmd. Default: the shell that calls."`
	Print             bool     `help:"Only print the line; change nothing."`
	Yes               bool     `short:"y" help:"Answer yes to all questions."`
	Undo              bool     `help:"Remove the line again."`
	CredentialProcess bool     `name:"credential-process" help:"Write credential_process for profiles."`
	Separate          bool     `help:"With --credential-process: as profile NAME-vault."`
	From              string   `placeholder:"TOOL" help:"Write a profile for saml2aws, gimme-aws-creds, okta-aws-cli, tsh or aws_signing_helper: -- PROFILE ARGUMENTS..."`
}

// Run edits a start-up file, or the config file.
func (c *InitCmd) Run(a *App) error {
	switch {
	case c.From != "":
		return c.tool(a)
	case c.CredentialProcess:
		return c.processes(a)
	case c.Separate:
		return fault.NewUsage("--separate belongs to --credential-process", "vault init --credential-process --separate PROFILE")
	}
	shell := ""
	switch len(c.Shell) {
	case 0:
		shell = a.callingShell()
	case 1:
		shell = c.Shell[0]
	default:
		return fault.NewUsage("init takes one shell", "vault init --help")
	}
	shell = program.Known(shell)
	quoted, err := instant.QuotedBinary(a.Argv0, shell)
	if err != nil {
		return fault.NewUsage(err.Error(), "vault init --help")
	}
	if shell == "cmd" {
		return c.cmdExe(a, quoted)
	}
	line := instant.Line(shell, quoted, hooks.Options{Name: "vault"})
	if c.Print {
		_, err := a.Stdout.WriteString(line + "\n")
		return err
	}
	path, err := a.startup().File(a.ctx, shell)
	if err != nil {
		return err
	}
	if c.Undo {
		return c.setup(a, shell, path).Undo()
	}
	hook, err := a.hook(shell, hooks.Options{Name: "vault"}, false)
	if err != nil {
		return err
	}
	if err := c.add(a, shell, path, line); err != nil {
		return err
	}
	if front.IsTerminal(a.Stdout) { // a user cannot do anything with the code
		a.Say("    this shell: " + line)
		return nil
	}
	_, err = a.Stdout.WriteString(hook)
	return err
}

// cmdExe sets up cmd.exe, which needs a batch file instead of a line in a start-up file.
func (c *InitCmd) cmdExe(a *App, quoted string) error {
	text, err := hooks.Render("cmd", quoted, hooks.Options{Name: "vault"})
	if err != nil {
		return err
	}
	batch := startup.Batch{StateDir: a.StateDir(), Tilde: a.Tilde, Say: a.Say, Done: a.Done}
	switch {
	case c.Undo:
		return batch.Remove()
	case c.Print:
		_, err := a.Stdout.WriteString(text)
		return err
	}
	return batch.Write(text)
}

// setup returns the editor of a start-up file.
func (c *InitCmd) setup(a *App, shell, path string) startup.Setup {
	s := startup.Setup{Shell: shell, Path: path, Shown: a.Tilde(path), Program: a.Called(), Say: a.Say, Done: a.Done}
	if !c.Yes {
		s.Agree = a.agree
	}
	return s
}

// add adds the line to the start-up file, and prints the next steps.
func (c *InitCmd) add(a *App, shell, path, line string) error {
	added, err := c.setup(a, shell, path).Add(line)
	if err != nil || !added {
		return err
	}
	if policy := a.startup().Policy(a.ctx, shell); policy != "" {
		a.Say("!  PowerShell does not read that file while its ExecutionPolicy is " + policy + ". Run: " + startup.Allow)
	}
	a.sayNextSteps(true)
	return nil
}

// agree shows a text and asks the user to confirm.
func (a *App) agree(shown, question string) (bool, error) {
	t, err := a.terminal()
	if err != nil {
		return false, fault.NewPerson("init asks before it writes, and there is no terminal to ask on", "--yes writes without a question, --print only prints")
	}
	t.Print(shown)
	return t.Confirm(a.ctx, question, true)
}

// startup returns where to find the start-up files.
func (a *App) startup() startup.Places {
	caller := process.Parent()
	if program.Shell(runtime.GOOS, caller) != "powershell" {
		caller = ""
	}
	return startup.Places{GOOS: runtime.GOOS, Home: a.Home(), Config: a.Environ["XDG_CONFIG_HOME"], ZDotDir: a.Environ["ZDOTDIR"], AppData: a.Environ["APPDATA"], Environ: a.Programs().Tool(), Caller: caller}
}
