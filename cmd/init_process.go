package cmd

import (
	"os/exec"
	"runtime"

	"awsvault/cmd/instant"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// processes writes credential_process into the sections of the profiles.
func (c *InitCmd) processes(a *App) error {
	if len(c.Shell) == 0 {
		return fault.NewUsage("--credential-process needs profiles", "vault init --credential-process dev")
	}
	lines, err := c.processLines(a)
	if err != nil {
		return err
	}
	_, err = c.edit(a).Run(lines)
	return err
}

func (c *InitCmd) edit(a *App) vault.ProcessEdit {
	e := vault.ProcessEdit{
		Program: a.Called(), Undo: c.Undo, Path: a.ConfigPath, Tilde: a.Tilde, Update: a.updateAWS, Done: a.Done,
	}
	if c.Print {
		e.Print = func(text string) error { _, err := a.Stdout.WriteString(text); return err }
	}
	if !c.Yes {
		e.Agree = a.agree
	}
	return e
}

func (c *InitCmd) processLines(a *App) ([]vault.ProcessLine, error) {
	if c.Undo {
		return a.session().OwnProcessLines(c.Shell)
	}
	program, err := instant.Binary(a.Argv0)
	if err != nil {
		return nil, err
	}
	offered := c.Separate || !c.Yes && !c.Print && a.canAsk()
	return a.session().ProcessLines(runtime.GOOS, program, c.Shell, offered)
}

// tool writes a profile for a program that signs in to an identity provider.
func (c *InitCmd) tool(a *App) error {
	t, err := vault.FindTool(c.From)
	if err != nil {
		return err
	}
	if len(c.Shell) == 0 || c.Undo || c.CredentialProcess {
		return fault.NewUsage("--from takes a profile and the program's arguments", t.Usage("dev"))
	}
	made, err := a.session().ToolLine(runtime.GOOS, t, c.Shell[0], c.Shell[1:])
	if err != nil {
		return err
	}
	if written, err := c.edit(a).Run([]vault.ProcessLine{made}); err != nil || !written {
		return err
	}
	_, err = exec.LookPath(t.Name)
	for _, note := range t.Notes(made.Profile, err == nil) {
		a.Say(note)
	}
	a.sayNext("vault use " + line.Word(made.Profile))
	return nil
}
