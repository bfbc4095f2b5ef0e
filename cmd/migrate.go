package cmd

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/line"
	"awsvault/internal/store"
	"awsvault/internal/vault"
)

// MigrateBackendCmd copies stored keys from one keystore to another.
type MigrateBackendCmd struct {
	From         string   `required:"" help:"The keystore to copy from." placeholder:"BACKEND"`
	To           string   `required:"" help:"The keystore to copy to." placeholder:"BACKEND"`
	Profile      []string `sep:"none" help:"Only this profile; can be repeated." placeholder:"NAME"`
	Overwrite    bool     `help:"Replace another key of a profile there."`
	DeleteSource bool     `name:"delete-source" help:"Delete each key from the old keystore once it is read back."`
	DryRun       bool     `name:"dry-run" help:"Only show what would be done."`
	JSON         bool     `name:"json" help:"With --dry-run: print one JSON object."`
}

// Run copies the keys.
func (c *MigrateBackendCmd) Run(a *App) error {
	a.stores.certain = true
	for _, b := range []struct{ flag, name string }{{"--from", c.From}, {"--to", c.To}} {
		if !slices.Contains(store.Backends(), b.name) {
			return fault.NewUsage(fmt.Sprintf("%s: there is no backend %q", b.flag, b.name), "one of "+strings.Join(store.Backends(), ", "))
		}
	}
	if c.From == c.To {
		return fault.NewUsage("--from and --to are the same keystore", "name two: one of "+strings.Join(store.Backends(), ", "))
	}
	if err := vault.CheckDryRunJSON(c.JSON, c.DryRun); err != nil {
		return err
	}
	done, err := vault.Migrate{
		Print:   a.printIf(c.JSON),
		Session: a.session(), From: a.place(c.From), To: a.place(c.To), Profiles: c.Profile,
		Overwrite: c.Overwrite, DeleteSource: c.DeleteSource, DryRun: c.DryRun,
	}.Run(a.ctx)
	switch {
	case err != nil || c.JSON:
		return err
	case done.Found == 0:
		a.Say("vault: there are no keys in " + vault.KeystoreName(c.From))
		here, _ := os.Getwd() // without it, vault looks in one place less
		if dir := items.Misplaced(here, a.Home()); c.From == "file" && dir != "" {
			a.Say(fmt.Sprintf("    hint: aws-vault left some in %s: add --file-dir=%s", a.Tilde(dir), line.Word(dir)))
		}
	case c.DryRun:
		a.Say("vault: nothing was changed")
	default:
		a.Say(fmt.Sprintf("%s  %s to %s: %s", a.OK(), c.From, c.To, done))
	}
	return nil
}

// place returns the keystore with that name, and with the current settings otherwise.
func (a *App) place(backend string) vault.Place {
	return vault.Place{Keeper: a.storeOf(backend, a.globals.SessionBackend, a.person(false)), Name: backend}
}
