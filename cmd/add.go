package cmd

import (
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// AddCmd stores a profile's long-lived key.
type AddCmd struct {
	Profile   string `arg:"" help:"The profile that the key is for."`
	Env       bool   `help:"Read AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; ask nothing, check nothing."`
	MFASerial string `name:"mfa-serial" help:"MFA device of the key's user: ARN, name or serial number." placeholder:"DEVICE"`
	Region    string `short:"r" help:"Region of a new profile." placeholder:"REGION"`
	AddConfig bool   `name:"add-config" help:"Write the profile to the config file if it is not there." default:"true" negatable:""`
	NoCheck   bool   `name:"no-check" help:"Do not ask AWS whether the key works."`
	Force     bool   `help:"Take a key of any form, for LocalStack and MinIO."`
}

// Run asks for the key, checks it, stores it, and writes the profile's section.
func (c *AddCmd) Run(a *App) error {
	a.stores.certain = true
	s := a.store()
	add := vault.Add{Session: a.session(), Keeper: s, Backend: s.Backend, Profile: c.Profile, Region: c.Region}
	if c.AddConfig {
		file, err := a.configFile()
		if err != nil {
			return err
		}
		add.File = &file
	}
	known, err := add.Check()
	if err != nil {
		return err
	}
	if c.AddConfig { // fail before the user types a key whose profile cannot be written
		if _, err := add.File.Text(); err != nil {
			return err
		}
	}
	if c.Region != "" {
		if err := vault.CheckRegion(c.Region); err != nil {
			return fault.NewUsage("--region: "+err.Error(), "")
		}
	}
	if _, err := s.Has(a.ctx, c.Profile); err != nil {
		return err // fail before the user types a key that cannot be stored
	}
	form := vault.AddForm{Add: add, Serial: c.MFASerial, Force: c.Force, NoCheck: c.NoCheck, Known: known, MFADevices: a.mfaDevices}
	if c.Env {
		err = form.Given(a.ctx, a.Getenv)
	} else if t := a.typist(); t != nil {
		err = form.Typed(a.ctx, t)
	} else {
		return fault.NewPerson("add asks for the key, and there is no terminal to ask on", "vault add "+line.Word(c.Profile)+" --env   reads AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	if err == nil {
		a.sayNext("vault use " + line.Word(c.Profile))
	}
	return err
}
