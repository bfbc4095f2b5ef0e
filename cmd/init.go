package cmd

import (
	"fmt"
	"runtime"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/fault"
	"awsvault/internal/process"
	"awsvault/internal/startup"
)

// InitCmd sets up a shell.
type InitCmd struct {
	Shell             []string `arg:"" optional:"" help:"bash, zsh, fish, powershell, nushell, xonsh, elvish; on Windows also cmd. The one that calls unless given."`
	Print             bool     `help:"Only print the line; change nothing."`
	Yes               bool     `short:"y" help:"Answer yes to all questions."`
	Undo              bool     `help:"Take the line away again."`
	CredentialProcess bool     `name:"credential-process" help:"Write credential_process for profiles."`
}

// Help is the second part of `vault init --help`.
func (InitCmd) Help() string {
	return `Shows the line for the start-up file of a shell, asks, and adds it at the end.
What it prints is the hook itself, so that this shell is ready too:

  eval "$(vault init zsh)"
  vault init fish | source
  vault init bash --print
  vault init --credential-process ci    for a profile without role_arn`
}

// Run edits a start-up file, or the config file.
func (c *InitCmd) Run(a *App) error {
	if c.CredentialProcess {
		return c.processes(a)
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
	shell = instant.Shell(shell)
	quoted, err := instant.QuotedBinary(a.Argv0, shell)
	if err != nil {
		return fault.NewUsage(err.Error(), "vault init --help")
	}
	if shell == "cmd" {
		text, err := hooks.Render(shell, quoted, hooks.Options{Name: "vault"})
		if err != nil {
			return err
		}
		return a.InitCmd(text)
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
		return c.undo(a, shell, path)
	}
	hook, err := a.hook(shell, hooks.Options{Name: "vault"}, false)
	if err != nil {
		return err
	}
	if err := c.add(a, shell, path, line); err != nil {
		return err
	}
	if front.IsTerminal(a.Stdout) { // the code would be of no use to a person
		a.Say("    this shell: " + line)
		return nil
	}
	_, err = a.Stdout.WriteString(hook)
	return err
}

// add puts the line at the end of the file, unless it has one like it.
func (c *InitCmd) add(a *App, shell, path, line string) error {
	text, err := startup.Read(path)
	if err != nil {
		return err
	}
	if at := startup.Lines(shell, text); len(at) > 0 {
		a.Say(fmt.Sprintf("%s  already there: %s:%d", a.OK(), a.Tilde(path), at[0]))
		return nil
	}
	if !c.Yes {
		yes, err := a.agree(fmt.Sprintf("%s will add one line to %s:\n    %s\n", a.Called(), front.Printable(a.Tilde(path)), front.Printable(line)), "Add it?")
		if err != nil {
			return err
		}
		if !yes {
			a.Say("    nothing was written; the line is: " + line)
			return nil
		}
	}
	if err := startup.Replace(path, text, startup.Add(text, line)); err != nil {
		return err
	}
	a.Say(fmt.Sprintf("%s  %s has it now. Undo: vault init %s --undo", a.OK(), a.Tilde(path), shell))
	if shell == "powershell" {
		if policy := a.startup().Policy(a.ctx); policy != "" {
			a.Say("!  PowerShell does not read that file while its ExecutionPolicy is " + policy + ". Run: " + startup.Allow)
		}
	}
	a.sayNextSteps(true)
	return nil
}

// undo takes the lines away that init writes. One that does more is left.
func (c *InitCmd) undo(a *App, shell, path string) error {
	text, err := startup.Read(path)
	if err != nil {
		return err
	}
	left, removed, more := startup.Remove(shell, text)
	if more > 0 {
		return fault.Hinted(fmt.Errorf("%s:%d does more than load the hook, so it is left alone", a.Tilde(path), more), "edit it yourself")
	}
	if removed == 0 {
		a.Say(fmt.Sprintf("%s  no hook in %s", a.OK(), a.Tilde(path)))
		return nil
	}
	if !c.Yes {
		yes, err := a.agree("", fmt.Sprintf("Take %s out of %s?", front.Counted(removed, "line"), front.Printable(a.Tilde(path))))
		if err != nil || !yes {
			return err
		}
	}
	if err := startup.Replace(path, text, left); err != nil {
		return err
	}
	a.Say(fmt.Sprintf("%s  %s has no hook now; shells that are open keep it", a.OK(), a.Tilde(path)))
	return nil
}

// agree shows a text and asks the person.
func (a *App) agree(shown, question string) (bool, error) {
	t, err := a.terminal()
	if err != nil {
		return false, fault.NewPerson("init asks before it writes, and there is no terminal to ask on", "--yes writes without a question, --print only prints")
	}
	t.Print(shown)
	return t.Confirm(a.ctx, question, true)
}

// startup says where the start-up files are.
func (a *App) startup() startup.Places {
	caller := process.Parent()
	if front.ShellOf(runtime.GOOS, caller) != "powershell" {
		caller = ""
	}
	return startup.Places{GOOS: runtime.GOOS, Home: a.Home(), Config: a.Environ["XDG_CONFIG_HOME"], ZDotDir: a.Environ["ZDOTDIR"], AppData: a.Environ["APPDATA"], Environ: a.ToolEnviron(), Caller: caller}
}
