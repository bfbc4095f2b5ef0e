package cmd

import (
	"fmt"
	"path/filepath"
	"time"

	"awsvault/hooks"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// GuardCmd guards programs in the calling shell: they ask before they run on production.
type GuardCmd struct {
	Program []string      `arg:"" optional:"" help:"Programs to guard. Default: list the guarded ones."`
	Min     time.Duration `help:"Also ask if less time than this is left." default:"5m" type:"duration" placeholder:"DURATION"`
	Off     bool          `help:"Remove the guard from these programs, or from all."`
	Check   bool          `help:"Say why a guarded program would ask here; the status is 1 then."`
	Dir     string        `hidden:"" help:"The directory that is looked at."`
}

// Run prints the guards for the shell to evaluate.
func (c *GuardCmd) Run(a *App) error {
	if c.Check {
		return c.check(a)
	}
	if a.Shell == nil {
		return a.needHook("guard")
	}
	if err := vault.Guardable(a.Called(), c.Program...); err != nil {
		return err
	}
	guards, err := hooks.GuardsOf(a.Shell.Name)
	if err != nil {
		return fault.NewUsage(err.Error(), "vault guard --check   says the same to a command of your own")
	}
	change := hooks.Change{Off: c.Off, Least: c.Min, Names: c.Program}
	if !c.Off {
		if change.Scripts, err = a.guardScripts(a.Shell.Name, c.Program); err != nil {
			return err
		}
	}
	script, said := guards.Script(change)
	if _, err = a.Stdout.WriteString(env.Whole(script)); err == nil && said != "" {
		a.Done(said)
	}
	return err
}

// guardScripts writes PowerShell's script for each name. It returns the common beginning of
// their paths. If a script cannot be written, its name becomes a function.
func (a *App) guardScripts(shell string, names []string) (string, error) {
	if shell != "powershell" {
		return "", nil
	}
	begin := filepath.Join(a.StateDir(), "powershell", hooks.GuardName)
	for _, name := range names {
		if a.StateDir() != "" {
			_ = disk.Replace(begin+name+".ps1", []byte(hooks.GuardScript), disk.Options{Mode: 0o600, MakeDir: true})
		}
	}
	d, err := env.HookDialect(shell)
	if err != nil {
		return "", err
	}
	return env.Quote(d, begin)
}

// check prints why a guarded program would ask.
func (c *GuardCmd) check(a *App) error {
	dir := c.Dir
	if dir == "" {
		var err error
		if dir, err = a.workingDirectory(); err != nil {
			return fmt.Errorf("the working directory: %w", disk.Cause(err))
		}
	}
	s := a.Active()
	g := vault.Guard{Active: vault.Active{State: s}, Protected: s.Active() && a.session().Protects(s.Profile), Shown: a.Tilde}
	g.Active.Expires, _ = a.Expires()
	if files := a.directories(); files.Known() == nil {
		g.Dir = vault.Seen(files.Look(dir))
	}
	why := g.Why(a.Now(), c.Min)
	switch hooked := a.Shell != nil; { // a hook evaluates stdout, if it is complete
	case why == "" && hooked:
		_, err := a.Stdout.WriteString(env.Whole(""))
		return err
	case why == "":
		return nil
	case hooked:
		a.Say(why)
	default:
		fmt.Fprintln(a.Stdout, why)
	}
	return fault.Silent(fault.Failed)
}
