package cmd

import (
	"fmt"
	"path/filepath"

	"awsvault/internal/dirprofile"
	"awsvault/internal/disk"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/say"
	"awsvault/internal/vault"
)

// AllowCmd trusts a file.
type AllowCmd struct {
	Path  string `arg:"" optional:"" help:"The file or its directory; else the nearest one."`
	Mount string `help:"A mount point that only you can get at, instead of a file." placeholder:"DIR"`
}

// Run shows what is about to be trusted, and trusts it.
func (c *AllowCmd) Run(a *App) error {
	if err := a.Agent().Trusts(); err != nil {
		return err
	}
	if c.Mount != "" {
		return c.mount(a)
	}
	path, err := a.named(c.Path)
	if err != nil {
		return err
	}
	f, err := a.directories().Search.Read(path)
	if err != nil {
		return err
	}
	plan, err := a.session().Plan(a.ctx, vault.Want{Profile: f.Profile, Region: f.Region, OwnRegion: true})
	if err != nil {
		return fmt.Errorf("%s: %w", a.Tilde(path), err)
	}
	if err := vault.Promise(f, plan.Account); err != nil {
		return err
	}
	say.Row(a.Stderr, "File", a.Tilde(path), "")
	say.Row(a.Stderr, "Profile", f.Profile, "")
	say.Row(a.Stderr, "Account", plan.Account, "")
	say.Row(a.Stderr, "Role", env.About{ARN: plan.RoleARN}.Who(), "")
	say.Row(a.Stderr, "Region", f.Region, "instead of the profile's")
	if err := a.directories().Allow(f); err != nil {
		return err
	}
	if plan.Protected {
		a.Say("vault: the profile is protected, so no directory activates it; vault use " + line.Word(f.Profile))
	}
	a.Say(a.OK() + "  trusted")
	return nil
}

// mount records a mount point.
func (c *AllowCmd) mount(a *App) error {
	if c.Path != "" {
		return fault.NewUsage("--mount is instead of a path", "vault allow --help")
	}
	m, err := a.mountAt(c.Mount)
	if err != nil {
		return err
	}
	home, _ := disk.MountOf(a.Home())
	if err := dirprofile.CanTrust(m, home); err != nil {
		return err
	}
	say.Row(a.Stderr, "Mount", m.Point, "")
	say.Row(a.Stderr, "Of", m.Source, m.Type)
	if err := a.directories().Trust.AllowMount(m); err != nil {
		return err
	}
	a.Say(a.OK() + "  trusted: what is there counts as yours alone. Take it back with: vault deny --mount " + line.Word(m.Point))
	return nil
}

// mountAt is the mount whose point a person named.
func (a *App) mountAt(path string) (disk.Mount, error) {
	if a.StateDir() == "" {
		return disk.Mount{}, fault.New("the home directory is not known, so nothing can be trusted", "set HOME")
	}
	dir, err := filepath.Abs(a.Expand(path))
	if err != nil {
		return disk.Mount{}, err
	}
	return dirprofile.MountAt(dir, path, a.Tilde)
}

// DenyCmd refuses a file.
type DenyCmd struct {
	Path  string `arg:"" optional:"" help:"The file or its directory; else the nearest one."`
	Mount string `help:"A mount point that vault allow --mount recorded." placeholder:"DIR"`
}

// Run refuses.
func (c *DenyCmd) Run(a *App) error {
	if c.Mount != "" {
		return c.mount(a)
	}
	path, err := a.named(c.Path)
	if err != nil {
		return err
	}
	if err := a.directories().Deny(path); err != nil {
		return err
	}
	a.Say(a.OK() + "  denied " + a.Tilde(path))
	return nil
}

// mount takes a mount point back. What is mounted there may be gone.
func (c *DenyCmd) mount(a *App) error {
	if c.Path != "" {
		return fault.NewUsage("--mount is instead of a path", "vault deny --help")
	}
	dir, err := filepath.Abs(a.Expand(c.Mount))
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if err := a.directories().Trust.DenyMount(dir); err != nil {
		return err
	}
	a.Say(a.OK() + "  " + a.Tilde(dir) + " counts by the owners and modes of its files again")
	return nil
}
