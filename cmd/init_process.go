package cmd

import (
	"fmt"
	"runtime"
	"strings"

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
	_, err = c.write(a, lines)
	return err
}

// write prints the lines, or asks and puts them into the config file, or takes them out.
// It tells whether the file was changed.
func (c *InitCmd) write(a *App, lines []vault.ProcessLine) (bool, error) {
	if c.Print {
		for _, l := range lines {
			if _, err := fmt.Fprintf(a.Stdout, "credential_process = %s\n", l.Command); err != nil {
				return false, err
			}
		}
		return false, nil
	}
	path, err := a.ConfigPath()
	if err != nil {
		return false, err
	}
	edit := vault.SetProcessLines
	shown := fmt.Sprintf("%s will change %s:\n", a.Called(), line.Printable(a.Tilde(path)))
	for _, l := range lines {
		shown += fmt.Sprintf("    [%s]  credential_process = %s\n", line.Printable(l.Profile), line.Printable(l.Command))
	}
	if c.Undo {
		edit = vault.RemoveProcessLines
		shown = fmt.Sprintf("%s will take credential_process of %s out of %s\n", a.Called(), line.Printable(strings.Join(c.Shell, ", ")), line.Printable(a.Tilde(path)))
	}
	if !c.Yes {
		yes, err := a.agree(shown, "Write it?")
		if err != nil || !yes {
			return false, err
		}
	}
	if err := a.updateAWS(path, func(text []byte) ([]byte, error) { return edit(text, lines) }); err != nil {
		return false, fmt.Errorf("write %s: %w", a.Tilde(path), err)
	}
	a.Say(fmt.Sprintf("%s  wrote %s", a.OK(), a.Tilde(path)))
	return true, nil
}

func (c *InitCmd) processLines(a *App) ([]vault.ProcessLine, error) {
	if c.Undo {
		return a.session().OwnProcessLines(c.Shell)
	}
	program, err := instant.Binary(a.Argv0)
	if err != nil {
		return nil, err
	}
	return a.session().ProcessLines(runtime.GOOS, program, c.Shell)
}
