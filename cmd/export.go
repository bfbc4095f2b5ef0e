package cmd

import (
	"awsvault/internal/env"
	"awsvault/internal/fault"
)

// ExportCmd prints credentials.
type ExportCmd struct {
	Profile string `arg:"" optional:"" help:"The profile. Default: the active one, then AWS_PROFILE, then you pick."`
	Format  string `help:"How to print them. Default: env." default:"env" placeholder:"FORMAT"`
	Region  string `short:"r" help:"Region, instead of AWS_REGION's and the profile's." placeholder:"REGION"`
	SessionFlags
	NarrowFlags
	process bool // for credential-process: a program reads the output
	Stdout  bool `env:"AWS_VAULT_STDOUT" help:"Show the address of a sign-in, open no browser." hidden:""`
}

// Run prints the credentials.
func (c *ExportCmd) Run(a *App) error {
	if err := env.CheckFormat(c.Format); err != nil {
		return err
	}
	want := c.want(c.Profile, c.Region)
	want.Printed = !c.process
	c.narrow(&want)
	session, w, err := a.here().Implied(want, fault.NewUsage("export needs a profile", "vault export PROFILE   vault list shows the profiles"))
	if err != nil {
		return err
	}
	plan, got, err := session.As(a.person(c.Stdout)).Obtain(a.ctx, w)
	if err != nil {
		return err
	}
	return a.World.Export(c.Format, plan, got)
}
