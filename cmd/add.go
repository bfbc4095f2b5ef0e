package cmd

import (
	"fmt"
	"strings"

	"awsvault/cmd/front"
	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/vault"
)

// AddCmd stores the long-lived key of a profile.
type AddCmd struct {
	Profile   string `arg:"" help:"The profile that the key is for."`
	Env       bool   `help:"Read AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."`
	MFASerial string `name:"mfa-serial" help:"MFA device of the key's user, for the config file." placeholder:"ARN"`
	AddConfig bool   `name:"add-config" help:"Write the profile to the config file if it is not there." default:"true" negatable:""`
}

// Help is the second part of `vault add --help`.
func (AddCmd) Help() string {
	return `Asks on the terminal; the secret is not shown. Nothing is stored before the
form of the key has been checked. A key that the profile had is replaced.

  vault add jon
  vault add jon --env --mfa-serial arn:aws:iam::111122223333:mfa/jon`
}

// Run asks, checks, stores, and writes the profile's section.
func (c *AddCmd) Run(a *App) error {
	s := a.store()
	add := vault.Add{Session: a.session(), Keeper: s, Backend: s.Backend, Profile: c.Profile}
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
	if _, err := s.Has(a.ctx, c.Profile); err != nil {
		return err // before a key is typed that there is no place for
	}
	keys, serial, err := c.ask(a, known)
	if err != nil {
		return err
	}
	return add.Run(a.ctx, keys, serial)
}

// ask gets the key and the MFA device from the environment or the person.
func (c *AddCmd) ask(a *App, known bool) (aws.Credentials, string, error) {
	var keys aws.Credentials
	if c.MFASerial != "" {
		if err := vault.CheckMFASerial(c.MFASerial); err != nil {
			return keys, "", fault.NewUsage("--mfa-serial: "+err.Error(), "")
		}
	}
	if c.Env {
		keys.AccessKeyID, keys.SecretAccessKey = clean(a.Getenv("AWS_ACCESS_KEY_ID")), clean(a.Getenv("AWS_SECRET_ACCESS_KEY"))
		for _, v := range []struct{ name, value string }{{"AWS_ACCESS_KEY_ID", keys.AccessKeyID}, {"AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey}} {
			if v.value == "" {
				return keys, "", fault.NewUsage("--env: "+v.name+" is not set", "")
			}
		}
		if err := vault.CheckKeyID(keys.AccessKeyID); err != nil {
			return keys, "", fmt.Errorf("AWS_ACCESS_KEY_ID: %w", err)
		}
		if err := vault.CheckSecretKey(keys.SecretAccessKey); err != nil {
			return keys, "", fmt.Errorf("AWS_SECRET_ACCESS_KEY: %w", err)
		}
		return keys, c.MFASerial, nil
	}
	t, err := a.terminal()
	if err != nil {
		return keys, "", fault.NewPerson("add asks for the key, and there is no terminal to ask on", "vault add "+line.Word(c.Profile)+" --env   reads AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	again := func(prompt string, secret bool, check func(string) error) (string, error) {
		for {
			ask := t.Ask
			if secret {
				ask = t.AskSecret
			}
			answer, err := ask(a.ctx, prompt)
			if err != nil {
				return "", err
			}
			answer = clean(answer)
			if err = check(answer); err == nil {
				return answer, nil
			}
			t.Print("  " + front.Printable(err.Error()) + "\n")
		}
	}
	if keys.AccessKeyID, err = again("Access key ID:     ", false, vault.CheckKeyID); err != nil {
		return keys, "", err
	}
	if keys.SecretAccessKey, err = again("Secret access key: ", true, vault.CheckSecretKey); err != nil {
		return keys, "", err
	}
	serial := c.MFASerial
	if serial == "" && c.AddConfig && !known {
		serial, err = again("MFA device ARN (Enter for none): ", false, func(s string) error {
			if s == "" {
				return nil
			}
			return vault.CheckMFASerial(s)
		})
	}
	return keys, serial, err
}

// clean drops what a paste brings along.
func clean(s string) string { return strings.Trim(strings.TrimSpace(s), `"'`) }
