package cmd

import "awsvault/internal/vault"

// SSOAddCmd sets up IAM Identity Center: the session, and a profile for each role.
type SSOAddCmd struct {
	Session       string `arg:"" optional:"" help:"A name for the session. Default: made from the start URL."`
	StartURL      string `name:"start-url" help:"The address of your company's access portal." placeholder:"URL"`
	SSORegion     string `name:"sso-region" help:"The region of Identity Center." placeholder:"REGION"`
	Region        string `short:"r" help:"The region of the new profiles." placeholder:"REGION"`
	Name          string `help:"Names of profiles, made of {account}, {account_id}, {role}, {session} and {email}." default:"{account}/{role}" placeholder:"TEMPLATE"`
	Yes           bool   `short:"y" help:"Answer yes to all questions."`
	UseDeviceCode bool   `name:"use-device-code" help:"Show a code, for a browser on another machine."`
}

// Run asks for the settings, signs in, and writes the session and its profiles.
func (c *SSOAddCmd) Run(a *App) error {
	answers := vault.SSOAnswers{StartURL: c.StartURL, SSORegion: c.SSORegion, Region: c.Region, Yes: c.Yes}
	return a.sso().Add(a.ctx, c.Session, answers, vault.SSOSync{Sync: vault.Sync{Template: c.Name, Yes: c.Yes}, DeviceCode: c.UseDeviceCode})
}
