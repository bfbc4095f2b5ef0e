package cmd

import (
	"fmt"
	"os/exec"
	"runtime"

	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// tool writes the profile of a program that signs in to an identity provider.
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
	if written, err := c.write(a, []vault.ProcessLine{made}); err != nil || !written {
		return err
	}
	if _, err := exec.LookPath(t.Name); err != nil {
		a.Say("vault: warning: " + t.Name + " is not on your PATH; it comes from " + t.Home)
	}
	if t.Ours {
		a.Say(fmt.Sprintf("    only vault reads what %s prints: programs get it by vault use, vault exec, or vault credential-process %s", t.Name, line.Word(made.Profile)))
	}
	a.sayNext("vault use " + line.Word(made.Profile))
	return nil
}
