package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/store"
	"awsvault/internal/vault"
)

// MigrateBackendCmd copies stored keys from one keystore to another.
type MigrateBackendCmd struct {
	From         string   `required:"" help:"The keystore that the keys are in." placeholder:"BACKEND"`
	To           string   `required:"" help:"The keystore that they are copied to." placeholder:"BACKEND"`
	Profile      []string `sep:"none" help:"Only this one; may be given again." placeholder:"NAME"`
	Overwrite    bool     `help:"Replace another key that a profile has there."`
	DeleteSource bool     `name:"delete-source" help:"Delete each key where it was, once it is read back."`
	DryRun       bool     `name:"dry-run" help:"Only say what would be done."`
}

// Help is the second part of `vault migrate-backend --help`.
func (MigrateBackendCmd) Help() string {
	return `Copies long-lived keys; sessions stay where they are. Each key is read back, and
only then deleted where it was, if that is wanted. The first failure ends it; run
again, it goes on. AWS_VAULT_BACKEND has to name the new keystore afterwards.

  vault migrate-backend --from file --to secret-service --dry-run
  vault migrate-backend --from file --to pass --profile jon --delete-source`
}

// Run copies.
func (c *MigrateBackendCmd) Run(a *App) error {
	for _, b := range []struct{ flag, name string }{{"--from", c.From}, {"--to", c.To}} {
		if !slices.Contains(store.Backends(), b.name) {
			return fault.NewUsage(fmt.Sprintf("%s: there is no backend %q", b.flag, b.name), "one of "+strings.Join(store.Backends(), ", "))
		}
	}
	if c.From == c.To {
		return fault.NewUsage("--from and --to are the same keystore", "")
	}
	m := &migration{app: a, cmd: c, from: a.storeIn(c.From), to: a.storeIn(c.To)}
	names, err := m.names()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		a.say("vault: there are no keys in " + c.From)
		return nil
	}
	unlock, err := vault.WaitFor(a.ctx, terminal{app: a}, m.from.LockRotation, "rotating a key") // a key that is being replaced is not to be copied
	if err != nil {
		return err
	}
	defer unlock()
	for _, name := range names {
		if err := m.migrate(name); err != nil {
			if done := m.summary(); done != "" {
				a.say("vault: so far " + done)
			}
			return fmt.Errorf("%s is not migrated: %w", name, err)
		}
	}
	if c.DryRun {
		a.say("vault: nothing was changed")
		return nil
	}
	a.say(fmt.Sprintf("%s  %s to %s: %s", a.ok(), c.From, c.To, m.summary()))
	return nil
}

// migration is one run of the command.
type migration struct {
	app      *App
	cmd      *MigrateBackendCmd
	from, to *store.Store

	copied, overwritten, skipped, deleted int
}

// names lists what is to be copied, sorted.
func (m *migration) names() ([]string, error) {
	names, err := m.from.Names(m.app.ctx)
	if err != nil || len(m.cmd.Profile) == 0 {
		return names, err
	}
	for _, name := range m.cmd.Profile {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s has no key of %q", m.cmd.From, name)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(m.cmd.Profile))), nil
}

func (m *migration) migrate(name string) error {
	a, c := m.app, m.cmd
	rotations, err := m.from.Rotations(a.ctx)
	if err != nil {
		return err
	}
	if slices.Contains(rotations, name) {
		return fault.Hinted(errors.New("its key is being rotated"), "vault rotate "+oneLine(name)+" --backend "+c.From+"   finishes that")
	}
	has, err := m.to.Has(a.ctx, name)
	if err != nil {
		return err
	}
	if c.DryRun {
		switch {
		case has && !c.Overwrite:
			a.say(fmt.Sprintf("vault: %s: %s has a key of it, which stays", name, c.To))
		case has:
			a.say(fmt.Sprintf("vault: %s: to be copied over the key in %s", name, c.To))
		default:
			a.say(fmt.Sprintf("vault: %s: to be copied", name))
		}
		return nil
	}
	key, err := m.from.Keys(a.ctx, name)
	if err != nil {
		return err
	}
	did := "copied"
	if has {
		there, err := m.to.Keys(a.ctx, name)
		switch {
		case err == nil && there == key:
			m.skipped++
			did = "was there already"
		case !c.Overwrite && err != nil:
			return err
		case !c.Overwrite:
			m.skipped++
			a.say(fmt.Sprintf("vault: %s: skipped, %s has another key of it, %s; --overwrite replaces it", name, c.To, there.AccessKeyID))
			return nil
		default: // also what cannot be read
			did = "overwritten"
		}
	}
	if did != "was there already" {
		if err := a.putKeys(a.ctx, m.to, name, key); err != nil {
			return err
		}
		if did == "copied" {
			m.copied++
		} else {
			m.overwritten++
		}
	}
	did += ", verified"
	if c.DeleteSource {
		if err := m.deleteSource(name, key); err != nil {
			return fmt.Errorf("%s in %s, but not deleted from %s: %w", did, c.To, c.From, err)
		}
		m.deleted++
		did += ", deleted from " + c.From
	}
	a.say(fmt.Sprintf("vault: %s: %s", name, did))
	return nil
}

// deleteSource deletes what was copied, unless it was replaced meanwhile.
func (m *migration) deleteSource(name string, key aws.Credentials) error {
	now, err := m.from.Keys(m.app.ctx, name)
	if err != nil {
		return err
	}
	if now != key {
		return errors.New("it was given another key meanwhile")
	}
	return m.from.RemoveKeys(m.app.ctx, name)
}

// summary counts what was done; empty if that is nothing.
func (m *migration) summary() string {
	var counts []string
	for _, c := range []struct {
		n    int
		what string
	}{{m.copied, "copied"}, {m.overwritten, "overwritten"}, {m.skipped, "skipped"}, {m.deleted, "deleted from " + m.cmd.From}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(counts, ", ")
}
