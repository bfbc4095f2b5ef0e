package cmd

import "awsvault/internal/vault"

// SSOSyncCmd writes a profile for each role of the user in IAM Identity Center.
type SSOSyncCmd struct {
	Session       string `arg:"" optional:"" help:"An [sso-session], or a profile."`
	Name          string `help:"Names of profiles, made of {account}, {account_id}, {role}, {session} and {email}." default:"{account}/{role}" placeholder:"TEMPLATE"`
	Region        string `short:"r" help:"Region of new profiles." placeholder:"REGION"`
	Prune         bool   `help:"Remove profiles that sync wrote if you lost their access."`
	DryRun        bool   `name:"dry-run" short:"n" help:"Only show what would change."`
	JSON          bool   `name:"json" help:"With --dry-run: print one JSON object."`
	Yes           bool   `short:"y" help:"Answer yes to all questions."`
	UseDeviceCode bool   `name:"use-device-code" help:"If a sign-in is needed, sign in with a code."`
}

// Run lists the assigned accounts and roles, and writes the missing profiles.
func (c *SSOSyncCmd) Run(a *App) error {
	return a.sso().Sync(a.ctx, vault.SSOSync{
		Name: c.Session, DeviceCode: c.UseDeviceCode, JSON: c.JSON,
		Sync: vault.Sync{Template: c.Name, Region: c.Region, Prune: c.Prune, DryRun: c.DryRun, Yes: c.Yes},
	})
}
