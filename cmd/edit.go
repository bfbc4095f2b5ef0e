package cmd

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"awsvault/internal/editor"
	"awsvault/internal/fault"
	"awsvault/internal/process"
)

// EditCmd opens the config file in the user's editor.
type EditCmd struct {
	Profile string `arg:"" optional:"" help:"The profile to go to."`
}

// Run starts the editor.
func (c *EditCmd) Run(a *App) error {
	path, err := a.ConfigPath()
	if err != nil {
		return err
	}
	line := 0
	if c.Profile != "" {
		config, err := a.Config()
		if err != nil {
			return err
		}
		at, err := config.Where(c.Profile)
		if err != nil {
			return err
		}
		if line = at.Line; config.InCredentials(at) {
			if path, err = a.CredentialsPath(); err != nil {
				return err
			}
		}
	}
	if err := a.Agent().Edits(a.Tilde(path), line); err != nil {
		return err
	}
	args, err := editor.Line(runtime.GOOS, cmp.Or(a.Environ["VISUAL"], a.Environ["EDITOR"]), path, line)
	if err != nil {
		return err
	}
	program, err := exec.LookPath(args[0])
	if err != nil {
		return fault.New(fmt.Sprintf("there is no editor %q", args[0]), "export EDITOR=vi")
	}
	ended, err := process.Attend(process.Command{Path: program, Argv: args, Environ: a.Programs().Command(args[0]), Stdin: os.Stdin, Stdout: a.Stdout, Stderr: a.Stderr})
	if err != nil {
		return fmt.Errorf("run %s: %w", program, err)
	}
	if ended.Status != 0 {
		return fmt.Errorf("the editor %s ended with status %d", args[0], ended.Status)
	}
	_, err = a.Config()
	return err
}
