package vault

import (
	"context"
	"fmt"

	"awsvault/internal/aws"
	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Add stores the long-lived key of a profile.
type Add struct {
	Session *Session
	Keeper  Keeper
	Backend func(context.Context) (string, error) // the keystore's name
	Profile string
	Region  string      // for a new profile, and for the check of the key; empty: the default
	File    *ConfigFile // the file that gets the profile if it is missing; nil: none
}

// Replaces asks whether to replace a key that is already stored for the profile. It returns an
// error if the answer is no.
func (a Add) Replaces(ctx context.Context) error {
	has, err := a.Keeper.Has(ctx, a.Profile)
	if err != nil || !has {
		return err
	}
	kept := fault.New(fmt.Sprintf("profile %q keeps its stored key", a.Profile), "vault rotate "+line.Word(a.Profile)+"   replaces it with a new one at AWS")
	yes, err := a.Session.person.Confirm(ctx, Question{
		Text: line.Printable(a.Profile) + " already has a stored key. Replace it?", Unasked: kept,
	})
	if err == nil && !yes {
		err = kept
	}
	return err
}

// Check runs before a key is typed. It says why the profile cannot have a stored key; known
// reports whether the profile exists.
func (a Add) Check() (known bool, err error) {
	config, err := a.Session.world.Config()
	if err != nil {
		return false, err
	}
	if err := CheckProfileName(a.Profile); err != nil {
		return false, err
	}
	if !config.Has(a.Profile) {
		if a.File == nil {
			return false, nil
		}
		return false, awsconf.Header{Kind: awsconf.ConfigFile, Name: a.Profile}.Check()
	}
	p, err := config.Profile(a.Profile)
	if err != nil {
		return true, err
	}
	if v, ok := p.Get("source_profile"); ok && v.Text != a.Profile {
		return true, fault.Hinted(fmt.Errorf("%s: profile %q has source_profile = %s, so a key of its own would hide that one", v.Pos, a.Profile, line.Printable(v.Text)),
			"vault add "+line.Word(v.Text))
	}
	return true, nil
}

// Run stores the key, removes the sessions of the previous key, and writes the profile. serial
// is the MFA device, or empty.
func (a Add) Run(ctx context.Context, key aws.Credentials, serial string) error {
	person := a.Session.person
	if err := a.mayReplace(ctx); err != nil {
		return err
	}
	if err := a.Keeper.PutKeys(ctx, a.Profile, key); err != nil {
		return err
	}
	removed, err := a.Keeper.RemoveSessions(ctx, a.Profile)
	if err != nil {
		a.Session.Warn(fmt.Errorf("cached sessions of the old key: %w", err))
	}
	backend, err := a.Backend(ctx)
	if err != nil {
		return err
	}
	done := fmt.Sprintf("stored the key of %s in %s", a.Profile, KeystoreName(backend))
	switch {
	case removed == 1:
		done += "; deleted a cached session of the old one"
	case removed > 1:
		done += fmt.Sprintf("; deleted %d cached sessions of the old one", removed)
	}
	if a.File != nil {
		wrote, err := a.Session.writeProfile(ctx, *a.File, a.Profile, a.Region, serial)
		if err != nil {
			person.Done(done)
			return fmt.Errorf("the key is stored, but the profile is not written: %w", err)
		}
		if wrote {
			done += fmt.Sprintf("; wrote profile %s to %s", a.Profile, a.File.Shown)
		}
	}
	person.Done(done)
	return nil
}

// mayReplace refuses to let an agent replace a stored key.
func (a Add) mayReplace(ctx context.Context) error {
	refused := a.Session.world.Agent.Deletes()
	if refused == nil {
		return nil
	}
	has, err := a.Keeper.Has(ctx, a.Profile)
	if err == nil && has {
		err = refused
	}
	return err
}

// writeProfile writes the section of a missing profile, with its region. If serial is not
// empty, it also sets the MFA device of a profile that exists.
func (s *Session) writeProfile(ctx context.Context, file ConfigFile, profile, region, serial string) (wrote bool, err error) {
	config, err := s.world.Config()
	if err != nil || config.Has(profile) && serial == "" {
		return false, err
	}
	var keys []awsconf.KV
	if region != "" && !config.Has(profile) {
		keys = append(keys, awsconf.KV{Key: "region", Value: region})
	}
	if serial != "" {
		keys = append(keys, awsconf.KV{Key: "mfa_serial", Value: serial})
	}
	err = file.Update(ctx, func(text []byte) ([]byte, error) {
		return awsconf.SetKeys(text, awsconf.Header{Kind: awsconf.ConfigFile, Name: profile}, keys)
	})
	return err == nil, err
}

// WriteProfiles writes a profile for each key that was stored, and reports whether all of them
// were.
func (im Import) WriteProfiles(ctx context.Context, keys []*Candidate, file ConfigFile) (all bool) {
	all = true
	for _, k := range keys {
		if !k.Stored {
			all = false
			continue
		}
		if _, err := im.Session.writeProfile(ctx, file, k.Profile, "", ""); err != nil {
			im.Session.Warn(fmt.Errorf("the key is stored, but the profile is not written: %w", err))
		}
	}
	return all
}

// KeystoreName returns what messages call a keystore. The name file alone would sound like a
// plain file.
func KeystoreName(backend string) string {
	if backend == "file" {
		return "the encrypted file keystore"
	}
	return backend
}
