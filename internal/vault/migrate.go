package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Migrate copies long-lived keys from one keystore to another. It reads each copy back, and
// only then deletes the original, if the person wants that. It stops at the first failure.
type Migrate struct {
	Session  *Session
	From, To Place
	Profiles []string // only these; empty: all

	Overwrite    bool // replace a different key of the same profile
	DeleteSource bool
	DryRun       bool
	// Print receives the document of a dry run; nil: the person sees the result instead.
	Print func(document any) error
}

// Place is a keystore with its name.
type Place struct {
	Keeper
	Name string
}

// Migrated counts what a migration has done.
type Migrated struct {
	Found, Copied, Overwritten, Skipped, Deleted int
	from                                         string
}

// String returns the counts in words; empty: nothing was done.
func (m Migrated) String() string {
	var counts []string
	for _, c := range []struct {
		n    int
		what string
	}{{m.Copied, "copied"}, {m.Overwritten, "overwritten"}, {m.Skipped, "skipped"}, {m.Deleted, "deleted from " + m.from}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(counts, ", ")
}

// Run copies the keys, and tells the person what it did with each.
func (m Migrate) Run(ctx context.Context) (Migrated, error) {
	done := Migrated{from: m.From.Name}
	if (m.Overwrite || m.DeleteSource) && !m.DryRun {
		if err := m.Session.world.Agent.Deletes(); err != nil {
			return done, err
		}
	}
	names, err := m.names(ctx)
	if err == nil && m.Print != nil && m.DryRun {
		done.Found = len(names)
		return done, m.print(ctx, names)
	}
	if err != nil || len(names) == 0 {
		return done, err
	}
	done.Found = len(names)
	// A rotation must not replace a key while it is copied.
	unlock, err := WaitFor(ctx, m.Session.person, m.From.LockRotation, "rotating a key")
	if err != nil {
		return done, err
	}
	defer unlock()
	for _, name := range names {
		what, err := m.migrate(ctx, name, &done)
		if err != nil {
			if all := done.String(); all != "" {
				m.Session.person.Say("vault: so far " + all)
			}
			return done, fmt.Errorf("%s is not migrated: %w", name, err)
		}
		m.Session.person.Say("vault: " + name + ": " + what)
	}
	return done, nil
}

// names returns the profiles whose keys are copied, sorted.
func (m Migrate) names(ctx context.Context) ([]string, error) {
	names, err := m.From.Names(ctx)
	if err != nil || len(m.Profiles) == 0 {
		return names, err
	}
	for _, name := range m.Profiles {
		if !slices.Contains(names, name) {
			return nil, fault.New(fmt.Sprintf("%s has no key of %q", m.From.Name, name), "vault list --credentials --backend="+m.From.Name+"   shows those that it has")
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(m.Profiles))), nil
}

// migrate copies one key, counts it, and returns what it did.
func (m Migrate) migrate(ctx context.Context, name string, done *Migrated) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	rotations, err := m.From.Rotations(ctx)
	if err != nil {
		return "", err
	}
	if slices.Contains(rotations, name) {
		return "", fault.New("its key is being rotated", "vault rotate "+line.Word(name)+" --backend "+m.From.Name+"   finishes that")
	}
	has, err := m.To.Has(ctx, name)
	switch {
	case err != nil:
		return "", err
	case m.DryRun && has && !m.Overwrite:
		return m.To.Name + " has a key for it, which stays", nil
	case m.DryRun && has:
		return "to be copied over the key in " + m.To.Name, nil
	case m.DryRun:
		return "to be copied", nil
	}
	key, err := m.From.Keys(ctx, name)
	if err != nil {
		return "", err
	}
	did, other, err := m.copy(ctx, name, key, has, done)
	if err != nil || other {
		return did, err
	}
	did += ", verified"
	if m.DeleteSource {
		if err := m.deleteSource(ctx, name, key); err != nil {
			return "", fmt.Errorf("%s in %s, but not deleted from %s: %w", did, m.To.Name, m.From.Name, err)
		}
		done.Deleted++
		did += ", deleted from " + m.From.Name
	}
	return did, nil
}

// copy stores a key in the other keystore, unless the key is already there. other means that
// the keystore has a different key, which stays.
func (m Migrate) copy(ctx context.Context, name string, key aws.Credentials, has bool, done *Migrated) (did string, other bool, err error) {
	if !has {
		if err := putKeys(ctx, m.To, name, key); err != nil {
			return "", false, err
		}
		done.Copied++
		return "copied", false, nil
	}
	there, err := m.To.Keys(ctx, name)
	switch {
	case err == nil && there == key:
		done.Skipped++
		return "already there", false, nil
	case !m.Overwrite && err != nil:
		return "", false, err
	case !m.Overwrite:
		done.Skipped++
		return fmt.Sprintf("skipped: %s has another key for it, %s; --overwrite replaces it", m.To.Name, there.AccessKeyID), true, nil
	}
	// Overwrite a key that cannot be read, too.
	if err := putKeys(ctx, m.To, name, key); err != nil {
		return "", false, err
	}
	done.Overwritten++
	return "overwritten", false, nil
}

// deleteSource deletes the original, unless another process has replaced it.
func (m Migrate) deleteSource(ctx context.Context, name string, key aws.Credentials) error {
	now, err := m.From.Keys(ctx, name)
	if err != nil {
		return err
	}
	if now != key {
		return errors.New("it was given another key meanwhile")
	}
	return m.From.RemoveKeys(ctx, name)
}
