package cmd

import (
	"context"
	"errors"

	"awsvault/internal/fault"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/vault"
)

// accountAndRole is what a profile is called, unless --name says otherwise.
const accountAndRole = "{account}/{role}"

// SSOSyncCmd writes profiles.
type SSOSyncCmd struct {
	Session       string `arg:"" optional:"" help:"An [sso-session], or a profile."`
	Name          string `help:"Names of profiles, made of {account}, {account_id}, {role}, {session} and {email}." default:"{account}/{role}" placeholder:"TEMPLATE"`
	Region        string `short:"r" help:"Region of new profiles." placeholder:"REGION"`
	Prune         bool   `help:"Remove profiles that sync wrote and that you no longer have."`
	DryRun        bool   `name:"dry-run" short:"n" help:"Only show what would change."`
	JSON          bool   `name:"json" help:"With --dry-run: print one JSON object."`
	Yes           bool   `short:"y" help:"Answer yes to all questions."`
	UseDeviceCode bool   `name:"use-device-code" help:"If a sign-in is needed, sign in with a code."`
}

// Run lists what is assigned, and writes what is missing.
func (c *SSOSyncCmd) Run(a *App) error {
	if err := vault.CheckDryRunJSON(c.JSON, c.DryRun); err != nil {
		return err
	}
	if !c.DryRun {
		if add, err := a.offersSSO(c.Session); err != nil || add {
			if err == nil {
				err = (&SSOAddCmd{Name: c.Name, Region: c.Region, Yes: c.Yes, UseDeviceCode: c.UseDeviceCode}).Run(a)
			}
			return err
		}
	}
	s, bundle, err := a.ssoSession(c.Session)
	if err != nil {
		return err
	}
	if s.Name == "" {
		return fault.Hinted(errors.New("sync writes profiles that name an [sso-session], and these settings have none"), "vault sso add   writes one")
	}
	if err := vault.CheckTemplate(c.Name); err != nil {
		return err
	}
	if !c.Yes && !c.DryRun && !a.canAsk() { // before a person signs in
		return vault.SyncUnasked()
	}
	assigned, err := a.ssoClient(bundle, resolve.AtTerminal, c.UseDeviceCode).Assignments(a.ctx, s, a.waits.Count("accounts"))
	if err != nil {
		return err
	}
	for _, left := range assigned.Left {
		a.Say("vault: warning: " + left.Text)
	}
	file, err := a.configFile()
	if err != nil {
		return err
	}
	sync := vault.Sync{
		Session: a.session(), SSOSession: s.Name, Template: c.Name, Region: c.Region, Prune: c.Prune, DryRun: c.DryRun, Yes: c.Yes,
		Print: a.printIf(c.JSON),
	}
	if a.session().UsualRegion() == "" { // else they inherit it
		sync.AskRegion = func(ctx context.Context) (string, error) {
			t := a.typist()
			if t == nil {
				return "", vault.SyncUnasked()
			}
			return vault.AskUntil(ctx, t, "Region of the new profiles", s.Region, vault.CheckRegion)
		}
	}
	if err := sync.Run(a.ctx, source.Roles(assigned), file); err != nil {
		return err
	}
	if !c.DryRun && a.session().HasSSOProfiles(s.Name) {
		a.sayNext("vault use")
	}
	return nil
}
