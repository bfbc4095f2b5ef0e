package cmd

import (
	"errors"

	"awsvault/internal/dirprofile"
	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/vault"
)

// UseCmd activates a profile in the calling shell.
type UseCmd struct {
	Profile string `arg:"" optional:"" help:"The profile; - is the previous one."`
	Region  string `short:"r" help:"Region, instead of the profile's." placeholder:"REGION"`
	SessionFlags
	Via string `env:"AWS_VAULT_VIA" help:"How programs get them: env, server or profile." placeholder:"WAY"`
	NarrowFlags
}

// Run gets credentials and prints the change for the shell.
func (c *UseCmd) Run(a *App) error {
	if a.Shell == nil {
		return a.needHook("use")
	}
	profile, file, err := c.profile(a)
	if err != nil {
		return err
	}
	want := c.want(profile, c.Region)
	want.OwnRegion = true
	c.narrow(&want)
	if err := a.led().Can(c.Via, want.NoSession); err != nil {
		return err
	}
	if c.Via == env.ViaProfile {
		return a.useByProfile(want, file)
	}
	plan, got, err := a.session().Obtain(a.ctx, want, a.confirmProtected, func(p *vault.Plan) error { return vault.Promise(file, p.Account) })
	if err != nil {
		return err
	}
	if err := plan.Keep(a.ctx, file, &got); err != nil {
		return err
	}
	target := plan.Target(got)
	prompt, err := a.led().Lead(a.ctx, &target, c.Via)
	if err != nil {
		return err
	}
	if err := a.UseLed(a.ctx, a.led(), target, prompt); err != nil {
		return err
	}
	if file.Path == "" {
		a.Remember(profile)
	}
	return nil
}

// profile returns the name of the profile, and the directory's file if the name is from there.
func (c *UseCmd) profile(a *App) (string, dirprofile.File, error) {
	var file dirprofile.File
	switch c.Profile {
	case "":
		file, err := a.directoryProfile()
		if errors.Is(err, dirprofile.ErrNone) {
			name, err := a.pick(fault.NewUsage("use needs the name of a profile", "vault list   shows them"))
			return name, file, err
		}
		if c.Region == "" {
			c.Region = file.Region
		}
		return file.Profile, file, err
	case "-":
		if p := a.Previous(); p != "" {
			return p, file, nil
		}
		return "", file, fault.NewUsage("no profile was active before in this shell", "vault list shows the profiles")
	}
	name, region := vault.InRegion(c.Profile)
	if region == "" || c.Region != "" {
		return c.Profile, file, nil
	}
	config, err := a.Config()
	if err != nil || config.Has(c.Profile) || !config.Has(name) {
		return c.Profile, file, nil // the plan reports the error
	}
	c.Region = region
	return name, file, nil
}

// confirmProtected asks the user to confirm a protected profile.
func (a *App) confirmProtected(p *vault.Plan) error {
	expires, _ := a.Expires()
	return p.ConfirmProtected(a.ctx, vault.Active{State: a.Active(), Expires: expires}, a.Environ)
}
