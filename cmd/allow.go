package cmd

import (
	"fmt"

	"awsvault/cmd/front"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// AllowCmd trusts a file.
type AllowCmd struct {
	Path string `arg:"" optional:"" help:"The file or its directory; else the nearest one."`
}

// Help is the second part of `vault allow --help`.
func (AllowCmd) Help() string {
	return `Trusts the .awsprofile of a directory: this path with this content. From then on
entering the directory activates the profile that it names, and leaving it
brings back what was active before. A change of the file has to be allowed again.

  echo dev > .awsprofile && vault allow`
}

// Run shows what is about to be trusted, and trusts it.
func (c *AllowCmd) Run(a *App) error {
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
		return fmt.Errorf("%s names %q: %w", a.Tilde(path), f.Profile, err)
	}
	if err := vault.Promise(f, plan.Account); err != nil {
		return err
	}
	front.Row(a.Stderr, "File", a.Tilde(path), "")
	front.Row(a.Stderr, "Profile", f.Profile, "")
	front.Row(a.Stderr, "Account", plan.Account, "")
	front.Row(a.Stderr, "Role", front.Identity(plan.RoleARN), "")
	if err := a.directories().Allow(f); err != nil {
		return err
	}
	if plan.Protected {
		a.Say("vault: the profile is protected, so no directory activates it; vault use " + line.Word(f.Profile))
	}
	a.Say(a.OK() + "  trusted")
	return nil
}

// DenyCmd refuses a file.
type DenyCmd struct {
	Path string `arg:"" optional:"" help:"The file or its directory; else the nearest one."`
}

// Help is the second part of `vault deny --help`.
func (DenyCmd) Help() string {
	return `Ignores the .awsprofile of a directory from now on, without a message, even if the
file changes. "vault allow" trusts it again.

  vault deny ~/src/cloned`
}

// Run refuses.
func (c *DenyCmd) Run(a *App) error {
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
