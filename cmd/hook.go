package cmd

import (
	"strings"

	"awsvault/cmd/front"
	"awsvault/cmd/instant"
	"awsvault/hooks"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/program"
	"awsvault/internal/vault"
)

// HookCmd prints the hook. Package instant usually answers first. It leaves errors, help,
// --guard and PowerShell's missing script to HookCmd.
type HookCmd struct {
	Shell string `arg:"" help:"bash, zsh, fish, powershell, nushell, xonsh or elvish."`
	Cmd   string `help:"Name of the function that you type. Default: vault." default:"vault" placeholder:"NAME"`

	Guard       string `help:"Programs that ask before they run on production; see vault guard." placeholder:"NAMES"`
	NoAuto      bool   `help:"Do nothing at prompts: no renewal, no indicator."`
	NoIndicator bool   `help:"Leave the text of the prompt alone."`
}

// Run prints the hook.
func (c *HookCmd) Run(a *App) error {
	options := hooks.Options{Name: c.Cmd, NoAuto: c.NoAuto, NoIndicator: c.NoIndicator}
	if err := c.guard(a, &options); err != nil {
		return err
	}
	text, err := a.hook(c.Shell, options, front.IsTerminal(a.Stdout))
	if err != nil {
		return fault.NewUsage(err.Error(), "vault hook --help")
	}
	_, err = a.Stdout.WriteString(text)
	return err
}

// guard checks the names of --guard, and writes PowerShell's scripts for them.
func (c *HookCmd) guard(a *App, options *hooks.Options) error {
	if c.Guard == "" {
		return nil
	}
	options.Guard = strings.Split(c.Guard, ",")
	err := vault.Guardable(c.Cmd, options.Guard...)
	if err != nil {
		return err
	}
	options.GuardScripts, err = a.guardScripts(program.Known(c.Shell), options.Guard)
	return err
}

// hook returns the text of a shell's hook. PowerShell's hook needs a script, so hook writes
// that first. If it cannot, PowerShell's hook uses a function instead.
func (a *App) hook(shell string, options hooks.Options, terminal bool) (string, error) {
	if path := instant.CallScript(a.StateDir()); path != "" && program.Known(shell) == "powershell" {
		_ = disk.Replace(path, []byte(hooks.CallScript), disk.Options{Mode: 0o600, MakeDir: true})
	}
	return instant.Hook(a.Argv0, shell, a.StateDir(), options, terminal)
}
