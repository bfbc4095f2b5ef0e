package cmd

import (
	"fmt"

	"github.com/alecthomas/kong"

	"awsvault/cmd/front"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// anyBytes is an argument as it was given. kong has a string go through JSON, where
// what is not UTF-8 is lost.
type anyBytes string

// Decode implements kong.MapperValue.
func (b *anyBytes) Decode(ctx *kong.DecodeContext) error {
	token := ctx.Scan.Pop()
	if text, ok := token.Value.(string); ok {
		*b = anyBytes(text)
	}
	return nil
}

// AllowCmd trusts a file.
type AllowCmd struct {
	Path anyBytes `arg:"" optional:"" help:"The file or its directory; else the nearest one."`
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
	path, err := a.named(string(c.Path))
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
	Path anyBytes `arg:"" optional:"" help:"The file or its directory; else the nearest one."`
}

// Help is the second part of `vault deny --help`.
func (DenyCmd) Help() string {
	return `Refuses the .awsprofile of a directory, whatever it will say, and without a word
when you enter. "vault allow" takes it back.

  vault deny ~/src/somebodys-repository`
}

// Run refuses.
func (c *DenyCmd) Run(a *App) error {
	path, err := a.named(string(c.Path))
	if err != nil {
		return err
	}
	if err := a.directories().Deny(path); err != nil {
		return err
	}
	a.Say(a.OK() + "  denied " + a.Tilde(path))
	return nil
}
