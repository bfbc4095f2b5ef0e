package cmd

import (
	"cmp"

	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/vault"
)

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

// Run asks, signs in, and writes the session and its profiles.
func (c *SSOAddCmd) Run(a *App) error {
	if err := vault.CheckTemplate(c.Name); err != nil {
		return err
	}
	answers := vault.SSOAnswers{StartURL: c.StartURL, SSORegion: c.SSORegion, Region: c.Region, Yes: c.Yes}
	if err := answers.Complete(a.ctx, a.session(), a.typist()); err != nil {
		return err
	}
	file, err := a.configFile()
	if err != nil {
		return err
	}
	add := vault.SSOAdd{Session: a.session(), Name: cmp.Or(c.Session, vault.SSOName(answers.StartURL)), StartURL: answers.StartURL, Region: answers.SSORegion, File: file}
	if err := vault.CheckProfileName(add.Name); err != nil {
		return err
	}
	in, bundle, err := add.SignIn()
	if err != nil {
		return err
	}
	client := a.ssoClient(bundle, resolve.InBrowser, c.UseDeviceCode)
	until, err := client.Login(a.ctx, source.SSOSession(in))
	if err != nil {
		return err
	}
	if err := a.saySignedIn(client, source.SSOSession(in), until); err != nil {
		return err
	}
	if err := add.Write(a.ctx); err != nil {
		return err
	}
	sync := SSOSyncCmd{Session: add.Name, Name: c.Name, Region: answers.Region, Yes: c.Yes, UseDeviceCode: c.UseDeviceCode}
	return sync.Run(a)
}
