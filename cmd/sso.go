package cmd

import (
	"awsvault/internal/source"
	"awsvault/internal/vault"
)

// SSOCmd groups the commands for IAM Identity Center.
type SSOCmd struct {
	Add    SSOAddCmd    `cmd:"" help:"Set up Identity Center: sign in, write profiles."`
	Login  SSOLoginCmd  `cmd:"" help:"Sign in."`
	Logout SSOLogoutCmd `cmd:"" help:"Sign out."`
	Sync   SSOSyncCmd   `cmd:"" help:"Write a profile for each account and role."`
}

// sso returns the use cases of IAM Identity Center, for the user at the terminal.
func (a *App) sso() vault.SSO {
	return vault.SSO{
		Session: a.session(), Keeper: a.store(), Typist: a.typist, File: a.configFile, Expiry: a.Expiry, Print: a.PrintJSON, Next: a.sayNext,
		Portal: source.Portal{World: a.sources(), Session: a.session(), CLI: a.Below(".aws", "cli", "cache"), Count: a.waits.Count("accounts")},
	}
}

// SSOLoginCmd signs in to IAM Identity Center, even if a token is still valid.
type SSOLoginCmd struct {
	Session       string `arg:"" optional:"" help:"An [sso-session], or a profile."`
	UseDeviceCode bool   `name:"use-device-code" help:"Show a code, for a browser on another machine."`
	NoBrowser     bool   `name:"no-browser" help:"Only print the address."`
	SwitchUser    bool   `name:"switch-user" help:"Sign in as another user than before."`
}

// Run signs in.
func (c *SSOLoginCmd) Run(a *App) error {
	return a.sso().Login(a.ctx, c.Session, vault.SigningIn{DeviceCode: c.UseDeviceCode, NoBrowser: c.NoBrowser, SwitchUser: c.SwitchUser})
}

// SSOLogoutCmd signs out of IAM Identity Center.
type SSOLogoutCmd struct {
	Session string `arg:"" optional:"" help:"An [sso-session], or a profile."`
	All     bool   `help:"Of every session in the config file."`
}

// Run signs out.
func (c *SSOLogoutCmd) Run(a *App) error { return a.sso().Logout(a.ctx, c.Session, c.All) }
