package cmd

import (
	"errors"
	"fmt"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/tty"
	"awsvault/internal/vault"
)

// AddCmd stores the long-lived key of a profile.
type AddCmd struct {
	Profile   string `arg:"" help:"The profile that the key is for."`
	Env       bool   `help:"Read AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; ask nothing, check nothing."`
	MFASerial string `name:"mfa-serial" help:"MFA device of the key's user: ARN, name or serial number." placeholder:"DEVICE"`
	Region    string `short:"r" help:"Region of a new profile." placeholder:"REGION"`
	AddConfig bool   `name:"add-config" help:"Write the profile to the config file if it is not there." default:"true" negatable:""`
	NoCheck   bool   `name:"no-check" help:"Do not ask AWS whether the key works."`
	Force     bool   `help:"Take a key of any form, for LocalStack and MinIO."`
}

// Help is the second part of `vault add --help`.
func (AddCmd) Help() string {
	return `Asks for the key, checks it with AWS, and offers the MFA device of its user. The
secret shows as stars. A key that the profile has is replaced only after asking.

  vault add jon
  vault add jon --env --mfa-serial arn:aws:iam::111122223333:mfa/jon
  vault add local --force     a test service's key, like test and test`
}

// Run asks, checks, stores, and writes the profile's section.
func (c *AddCmd) Run(a *App) error {
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
	if c.AddConfig { // before a key is typed that would be stored without its profile
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
		return err // before a key is typed that there is no place for
	}
	if c.Env {
		err = c.fromEnvironment(a, add)
	} else {
		err = c.fromPerson(a, add, known)
	}
	if err == nil {
		a.sayNext("vault use " + line.Word(c.Profile))
	}
	return err
}

// fromEnvironment takes the key from the environment, as scripts give it.
func (c *AddCmd) fromEnvironment(a *App, add vault.Add) error {
	var keys aws.Credentials
	keys.AccessKeyID, keys.SecretAccessKey = clean(a.Getenv("AWS_ACCESS_KEY_ID")), clean(a.Getenv("AWS_SECRET_ACCESS_KEY"))
	for _, v := range []struct {
		name, value string
		check       func(string) error
	}{{"AWS_ACCESS_KEY_ID", keys.AccessKeyID, c.checkID}, {"AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey, c.checkSecret}} {
		if v.value == "" {
			return fault.NewUsage("--env: "+v.name+" is not set", "")
		}
		if err := v.check(v.value); err != nil {
			err = fmt.Errorf("%s: %w", v.name, err)
			if strings.HasPrefix(v.value, "ASIA") { // which no test service has either
				return err
			}
			return fault.Hinted(err, "vault add "+line.Word(c.Profile)+" --env --force   takes the key of a test service")
		}
	}
	serial, err := c.device(c.MFASerial, keys, vault.Owner{})
	if err != nil {
		return err
	}
	add.Unchecked("--env asks AWS nothing")
	return add.Run(a.ctx, keys, serial)
}

// fromPerson asks for the key, and for what AWS does not say of it.
func (c *AddCmd) fromPerson(a *App, add vault.Add, known bool) error {
	t, err := a.terminal()
	if err != nil {
		return fault.NewPerson("add asks for the key, and there is no terminal to ask on", "vault add "+line.Word(c.Profile)+" --env   reads AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	if err := add.Replaces(a.ctx); err != nil {
		return err
	}
	var keys aws.Credentials
	if keys.AccessKeyID, err = a.askAgain(t.Ask, "Access key ID:     ", c.checkID); err != nil {
		return err
	}
	secret := func() (err error) {
		keys.SecretAccessKey, err = a.askAgain(t.AskStarred, "Secret access key: ", c.checkSecret)
		return err
	}
	if err := secret(); err != nil {
		return err
	}
	asksConfig := c.AddConfig && !known
	if asksConfig && add.Region == "" && a.usualRegion() == "" {
		if add.Region, err = a.askUntil("Region", "", vault.CheckRegion, tty.ErrNoTerminal); err != nil {
			return err
		}
	}
	owner, err := c.verify(a, add, &keys, secret)
	if err != nil {
		return err
	}
	serial, err := c.device(c.MFASerial, keys, owner)
	if err == nil && serial == "" && asksConfig && !c.Force {
		serial, err = c.askDevice(a, add, keys, owner)
	}
	if err != nil {
		return err
	}
	return add.Run(a.ctx, keys, serial)
}

// verify checks the key with AWS. A secret that AWS rejects is asked for again.
func (c *AddCmd) verify(a *App, add vault.Add, keys *aws.Credentials, secret func() error) (vault.Owner, error) {
	switch {
	case c.Force:
		add.Unchecked("--force takes any key")
		return vault.Owner{}, nil
	case c.NoCheck:
		add.Unchecked("--no-check")
		return vault.Owner{}, nil
	}
	for try := 1; ; try++ {
		owner, err := add.Verify(a.ctx, *keys)
		if !errors.Is(err, vault.ErrSecretRefused) {
			return owner, err
		}
		if try == 3 {
			return owner, fault.Hinted(err, "vault add "+line.Word(c.Profile)+"   nothing was stored")
		}
		a.term.Print("  " + err.Error() + "\n")
		if err := secret(); err != nil {
			return owner, err
		}
	}
}

// askDevice asks which MFA device to use: the one that AWS knows of, or any.
func (c *AddCmd) askDevice(a *App, add vault.Add, keys aws.Credentials, owner vault.Owner) (string, error) {
	devices, known := add.Devices(a.ctx, owner, keys, a.mfaDevices)
	if known && len(devices) == 0 {
		return "", nil
	}
	if len(devices) == 1 {
		a.term.Print("    MFA device found: " + front.Printable(devices[0]) + "\n")
		yes, err := a.term.Confirm(a.ctx, "Ask for its code when this profile is used?", true)
		if err != nil || !yes {
			return "", err
		}
		return devices[0], nil
	}
	for _, d := range devices {
		a.term.Print("    MFA device found: " + front.Printable(d) + "\n")
	}
	answer, err := a.askAgain(a.term.Ask, "MFA device: ARN, name or serial number (Enter for none): ", func(s string) error {
		_, err := c.device(s, keys, owner)
		return err
	})
	if err != nil {
		return "", err
	}
	return c.device(answer, keys, owner)
}

// device is the MFA device that a text means; none if there is no text.
func (c *AddCmd) device(text string, keys aws.Credentials, owner vault.Owner) (string, error) {
	if text == "" {
		return "", nil
	}
	serial, err := vault.MFADevice(text, keys, owner)
	if err != nil && text == c.MFASerial {
		err = fault.NewUsage("--mfa-serial: "+err.Error(), "")
	}
	return serial, err
}

func (c *AddCmd) checkID(id string) error {
	if c.Force {
		return anything(id)
	}
	return vault.CheckKeyID(id)
}

func (c *AddCmd) checkSecret(secret string) error {
	if c.Force {
		return anything(secret)
	}
	return vault.CheckSecretKey(secret)
}

// anything refuses what cannot be a key of any service.
func anything(text string) error {
	if !aws.Visible(text) {
		return errors.New("a key has letters, digits and signs only")
	}
	return nil
}

// clean drops what a paste brings along.
func clean(s string) string { return strings.Trim(strings.TrimSpace(s), `"'`) }
