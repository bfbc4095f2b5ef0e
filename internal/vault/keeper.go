package vault

import (
	"context"
	"fmt"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/keyage"
)

// Keeper stores long-lived keys, for the commands that change them. Its errors name the
// profile.
type Keeper interface {
	// Names returns the profiles that have stored keys, sorted.
	Names(ctx context.Context) ([]string, error)
	Has(ctx context.Context, profile string) (bool, error)
	Keys(ctx context.Context, profile string) (aws.Credentials, error)
	PutKeys(ctx context.Context, profile string, c aws.Credentials) error
	RemoveKeys(ctx context.Context, profile string) error
	// RemoveSessions removes the cached sessions of a profile, and returns their number.
	RemoveSessions(ctx context.Context, profile string) (int, error)

	// Rotations returns the profiles whose keys are being replaced, sorted.
	Rotations(ctx context.Context) ([]string, error)
	// LockRotation lets only one process at a time replace keys.
	LockRotation(ctx context.Context) (unlock func(), err error)
}

// RotationKeeper also keeps the records of rotations. A stored record survives a power cut.
type RotationKeeper interface {
	Keeper
	Rotation(ctx context.Context, profile string) (aws.Rotation, error)
	// PutRotation replaces the previous record with this one, and reads it back.
	PutRotation(ctx context.Context, r aws.Rotation) error
	RemoveRotation(ctx context.Context, profile string) error
	// AsksForEach reports whether the person is asked each time that a key is read.
	AsksForEach(ctx context.Context) bool
	// Ages tells since when stored keys are known, without opening the keystore.
	Ages(ctx context.Context) func(profile string) keyage.Since
	// KeyCreated notes when AWS made the key that is stored for a profile.
	KeyCreated(ctx context.Context, profile, id string, at time.Time)
}

// putKeys stores keys and reads them back, because the caller then removes the source of the
// copy, or the key that they replace.
func putKeys(ctx context.Context, k Keeper, profile string, key aws.Credentials) error {
	if err := k.PutKeys(ctx, profile, key); err != nil {
		return err
	}
	got, err := k.Keys(ctx, profile)
	if err != nil {
		return err
	}
	if got != key {
		return fmt.Errorf("keys of %q: the keystore did not return what was stored", profile)
	}
	return nil
}

// forgetSessions removes the sessions that were made with a replaced key.
func (s *Session) forgetSessions(ctx context.Context, k Keeper, profile string) {
	if _, err := k.RemoveSessions(ctx, profile); err != nil {
		s.Warn(fmt.Errorf("cached sessions of the old key: %w", err))
	}
}

// PlainCopies returns the places in the AWS files that have the key in plain text.
func (s *Session) PlainCopies(id string) []string {
	config, err := s.world.Config()
	if err != nil {
		return nil
	}
	var places []string
	for _, name := range config.Names() {
		p, err := config.Profile(name)
		if err != nil {
			continue
		}
		if v, ok := p.Get("aws_access_key_id"); ok && v.Text == id {
			places = append(places, v.Pos.String())
		}
	}
	return places
}
