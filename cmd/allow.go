package cmd

import (
	"errors"
	"path/filepath"

	"awsvault/internal/dirprofile"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/say"
	"awsvault/internal/vault"
)

// AllowCmd trusts an .awsprofile file.
type AllowCmd struct {
	Path  string `arg:"" optional:"" help:"The file or its directory. Default: the nearest one."`
	Mount string `help:"A mount point that only you can reach, instead of a file." placeholder:"DIR"`
}

// Run shows the file, then trusts it.
func (c *AllowCmd) Run(a *App) error {
	if err := a.Agent().Trusts(); err != nil {
		return err
	}
	row := func(label, text, note string) { say.Row(a.Stderr, label, text, note) }
	if c.Mount != "" {
		dir, err := a.mountPoint(c.Path, c.Mount, "allow")
		if err != nil {
			return err
		}
		m, err := a.directories().AllowMount(dir, c.Mount, a.Tilde, func(m disk.Mount) {
			row("Mount", m.Point, "")
			row("Of", m.Source, m.Type)
		})
		if err == nil {
			a.Done("trusted: the files there count as yours alone. Undo: vault deny --mount " + line.Word(m.Point))
		}
		return err
	}
	path, err := a.named(c.Path)
	if err != nil {
		return err
	}
	return vault.Trusting{Session: a.session(), Files: a.directories(), Tilde: a.Tilde, Row: row}.Allow(a.ctx, path)
}

// mountPoint returns the mount point that the user named.
func (a *App) mountPoint(path, mount, command string) (string, error) {
	if path != "" {
		return "", fault.NewUsage("--mount and a path cannot be combined", "vault "+command+" --help")
	}
	if err := a.directories().Known(); err != nil {
		return "", err
	}
	return filepath.Abs(a.Expand(mount))
}

// DenyCmd refuses an .awsprofile file.
type DenyCmd struct {
	Path  string `arg:"" optional:"" help:"The file or its directory. Default: the nearest one."`
	Mount string `help:"A mount point that vault allow --mount recorded." placeholder:"DIR"`
}

// Run refuses the file.
func (c *DenyCmd) Run(a *App) error {
	if c.Mount != "" {
		dir, err := a.mountPoint(c.Path, c.Mount, "deny")
		if err == nil {
			dir, err = a.directories().DenyMount(dir)
		}
		if err == nil {
			a.Done(a.Tilde(dir) + ": vault checks owners and modes there again")
		}
		return err
	}
	path, err := a.named(c.Path)
	if errors.Is(err, dirprofile.ErrNone) {
		return fault.Hinted(err, "vault deny DIR   names another directory")
	}
	if err != nil {
		return err
	}
	if err := a.directories().Deny(path); err != nil {
		return err
	}
	a.Done("denied " + a.Tilde(path))
	return nil
}
