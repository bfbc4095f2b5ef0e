package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// AddForm holds what the person has specified about a new key.
type AddForm struct {
	Add
	Serial  string // the MFA device, as typed; empty: none given
	Force   bool   // accept a key of any form
	NoCheck bool   // do not ask AWS
	Known   bool   // the profile exists

	MFADevices func(*Plan, aws.Credentials) (MFALister, error)
}

// Given stores the key from the environment variables, for scripts.
func (f AddForm) Given(ctx context.Context, getenv func(name string) string) error {
	var keys aws.Credentials
	keys.AccessKeyID, keys.SecretAccessKey = clean(getenv("AWS_ACCESS_KEY_ID")), clean(getenv("AWS_SECRET_ACCESS_KEY"))
	for _, v := range []struct {
		name, value string
		check       func(string) error
	}{{"AWS_ACCESS_KEY_ID", keys.AccessKeyID, f.checkID}, {"AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey, f.checkSecret}} {
		if v.value == "" {
			return fault.NewUsage("--env: "+v.name+" is not set", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY first, or leave out --env to be asked")
		}
		if err := v.check(v.value); err != nil {
			err = fmt.Errorf("%s: %w", v.name, err)
			if strings.HasPrefix(v.value, "ASIA") { // no test service issues such keys either
				return err
			}
			return fault.Hinted(err, "vault add "+line.Word(f.Profile)+" --env --force   takes the key of a test service")
		}
	}
	serial, err := f.device(f.Serial, keys, Owner{})
	if err != nil {
		return err
	}
	f.Unchecked("--env asks AWS nothing")
	return f.Run(ctx, keys, serial)
}

// Typed asks for the key, and for what AWS does not report about it, and stores it.
func (f AddForm) Typed(ctx context.Context, t Typist) error {
	if err := f.Replaces(ctx); err != nil {
		return err
	}
	var keys aws.Credentials
	var err error
	if keys.AccessKeyID, err = askAgain(ctx, t, t.Ask, "Access key ID:     ", f.checkID); err != nil {
		return err
	}
	secret := func() (err error) {
		keys.SecretAccessKey, err = askAgain(ctx, t, t.AskStarred, "Secret access key: ", f.checkSecret)
		return err
	}
	if err := secret(); err != nil {
		return err
	}
	writes := f.File != nil && !f.Known
	if writes && f.Region == "" && f.Session.UsualRegion() == "" {
		if f.Region, err = AskUntil(ctx, t, "Region", "", CheckRegion); err != nil {
			return err
		}
	}
	owner, err := f.verify(ctx, t, &keys, secret)
	if err != nil {
		return err
	}
	serial, err := f.device(f.Serial, keys, owner)
	if err == nil && serial == "" && writes && !f.Force {
		serial, err = f.askDevice(ctx, t, keys, owner)
	}
	if err != nil {
		return err
	}
	return f.Run(ctx, keys, serial)
}

// verify checks the key with AWS. A secret that AWS rejects is asked for again.
func (f AddForm) verify(ctx context.Context, t Typist, keys *aws.Credentials, secret func() error) (Owner, error) {
	switch {
	case f.Force:
		f.Unchecked("--force takes any key")
		return Owner{}, nil
	case f.NoCheck:
		f.Unchecked("--no-check")
		return Owner{}, nil
	}
	for try := 1; ; try++ {
		owner, err := f.Verify(ctx, *keys)
		if !errors.Is(err, ErrSecretRefused) {
			return owner, err
		}
		if try == 3 {
			return owner, fault.Hinted(err, "vault add "+line.Word(f.Profile)+"   nothing was stored")
		}
		t.Print("  " + err.Error() + "\n")
		if err := secret(); err != nil {
			return owner, err
		}
	}
}

// askDevice asks which MFA device to use: one that AWS reports, or any other.
func (f AddForm) askDevice(ctx context.Context, t Typist, keys aws.Credentials, owner Owner) (string, error) {
	devices, known := f.Devices(ctx, owner, keys, f.MFADevices)
	if known && len(devices) == 0 {
		return "", nil
	}
	for _, d := range devices {
		t.Print("    MFA device found: " + line.Printable(d) + "\n")
	}
	if len(devices) == 1 {
		yes, err := t.Confirm(ctx, "Ask for its code when this profile is used?", true)
		if err != nil || !yes {
			return "", err
		}
		return devices[0], nil
	}
	answer, err := askAgain(ctx, t, t.Ask, "MFA device: ARN, name or serial number (Enter for none): ", func(s string) error {
		_, err := f.device(s, keys, owner)
		return err
	})
	if err != nil {
		return "", err
	}
	return f.device(answer, keys, owner)
}

// device resolves the text to an MFA device; it returns none for an empty text.
func (f AddForm) device(text string, keys aws.Credentials, owner Owner) (string, error) {
	if text == "" {
		return "", nil
	}
	serial, err := MFADevice(text, keys, owner)
	if err != nil && text == f.Serial {
		err = fault.NewUsage("--mfa-serial: "+err.Error(), "")
	}
	return serial, err
}

func (f AddForm) checkID(id string) error {
	if f.Force {
		return anything(id)
	}
	return CheckKeyID(id)
}

func (f AddForm) checkSecret(secret string) error {
	if f.Force {
		return anything(secret)
	}
	return CheckSecretKey(secret)
}

// anything refuses a text that no service could use as a key.
func anything(text string) error {
	if !aws.Visible(text) {
		return errors.New("a key has letters, digits and signs only")
	}
	return nil
}
