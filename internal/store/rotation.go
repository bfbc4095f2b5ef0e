package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/items"
	"awsvault/internal/sealed"
)

// Rotation is the record of a key that is being replaced. It is stored next to the keys, as an
// item that aws-vault lists as the keys of "NAME (vault rotate)". So aws-vault does not remove
// it as an old session, and can use its key if vault is no longer installed.
type Rotation = aws.Rotation

// rotationData is what the item contains in addition to keys. aws-vault can read the item as
// keys.
type rotationData struct {
	Rotation struct {
		Started time.Time
		Old     string
		Before  []string
	}
}

// Rotations returns the names of keys that are being replaced, sorted.
func (s *Store) Rotations(ctx context.Context) ([]string, error) {
	_, rotations, err := s.List(ctx)
	return rotations, err
}

// Rotation returns the record for the keys under that name, or ErrNotFound.
func (s *Store) Rotation(ctx context.Context, name string) (Rotation, error) {
	r, err := s.readRotation(ctx, name)
	if err != nil {
		return Rotation{}, fmt.Errorf("rotation of %q: %w", name, err)
	}
	return r, nil
}

func (s *Store) readRotation(ctx context.Context, name string) (Rotation, error) {
	_, keystore, err := s.keystore(ctx)
	if err != nil {
		return Rotation{}, err
	}
	item, err := keystore.get(ctx, name+items.Rotating)
	if err != nil {
		return Rotation{}, err
	}
	var data rotationData
	if err := json.Unmarshal(item.Data, &data); err != nil || data.Rotation.Old == "" {
		return Rotation{}, errDamaged // err could quote the secret
	}
	key, err := decodeKeys(item.Data)
	return Rotation{
		Name: name, Started: data.Rotation.Started.UTC(), Old: data.Rotation.Old, Before: data.Rotation.Before,
		New: aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey},
	}, err
}

// PutRotation stores a record, and reads it back.
func (s *Store) PutRotation(ctx context.Context, r Rotation) error {
	err := s.writeRotation(ctx, r)
	if err == nil {
		var kept Rotation
		kept, err = s.readRotation(ctx, r.Name)
		if err == nil && (kept.Old != r.Old || kept.New != r.New) {
			err = errors.New("the keystore returned something other than what was stored")
		}
	}
	if err != nil {
		return fmt.Errorf("store rotation of %q: %w", r.Name, err)
	}
	return nil
}

func (s *Store) writeRotation(ctx context.Context, r Rotation) error {
	if err := checkName(r.Name); err != nil {
		return err
	}
	_, keystore, err := s.toChange(ctx)
	if err != nil {
		return err
	}
	item, err := keysItem(r.Name+items.Rotating, aws.Credentials{AccessKeyID: r.New.AccessKeyID, SecretAccessKey: r.New.SecretAccessKey})
	if err != nil {
		return err
	}
	var more rotationData
	more.Rotation.Started, more.Rotation.Old, more.Rotation.Before = r.Started.UTC(), r.Old, r.Before
	if item.Data, err = joined(item.Data, more); err != nil {
		return err
	}
	if err := keystore.set(ctx, item); err != nil {
		return err
	}
	s.changed(ctx, sealed.News{})
	return nil
}

// joined adds the fields of another value to a JSON object.
func joined(object []byte, with any) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	more, err := json.Marshal(with)
	for _, data := range [][]byte{object, more} {
		if err == nil {
			err = json.Unmarshal(data, &fields)
		}
	}
	if err != nil {
		return nil, errDamaged // err could quote the secret
	}
	return json.Marshal(fields)
}

// RemoveRotation removes the record for the keys under that name. A missing record is not an
// error.
func (s *Store) RemoveRotation(ctx context.Context, name string) error {
	_, keystore, err := s.toChange(ctx)
	if err != nil {
		return err
	}
	if err := keystore.remove(ctx, name+items.Rotating); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("remove rotation of %q: %w", name, err)
	}
	s.changed(ctx, sealed.News{})
	return nil
}

// LockRotation lets only one process at a time replace keys.
func (s *Store) LockRotation(ctx context.Context) (unlock func(), err error) {
	unlock, err = s.lock(ctx, "rotation")
	if err != nil {
		return nil, fmt.Errorf("lock rotations: %w", err)
	}
	return unlock, nil
}

// LockRevocation lets one process at a time change which sessions a role denies.
func (s *Store) LockRevocation(ctx context.Context) (unlock func(), err error) {
	unlock, err = s.lock(ctx, "revocation")
	if err != nil {
		return nil, fmt.Errorf("lock revocations: %w", err)
	}
	return unlock, nil
}
