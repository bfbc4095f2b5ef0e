package cmd

import (
	"time"

	"awsvault/internal/browser"
	"awsvault/internal/vault"
)

// LoginCmd opens the console, with the flags of aws-vault's login.
type LoginCmd struct {
	Profile    string `arg:"" optional:"" help:"The profile. Default: the credentials in the environment."`
	Stdout     bool   `short:"s" env:"AWS_VAULT_STDOUT" help:"Print the address; no browser."`
	AutoLogout bool   `name:"auto-logout" short:"a" env:"AWS_VAULT_AUTO_LOGOUT" help:"Sign out first."`
	ConsoleFlags
}

// ConsoleFlags are the flags of both login and console.
type ConsoleFlags struct {
	Path           string        `help:"A page of the console: s3/buckets, or its address." placeholder:"PAGE"`
	Region         string        `short:"r" help:"Region, instead of AWS_REGION's and the profile's." placeholder:"REGION"`
	Duration       time.Duration `short:"d" help:"How long, like 8h." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	NoSession      bool          `short:"n" help:"Do not call GetSessionToken."`
	MFAToken       string        `name:"mfa-token" short:"t" help:"MFA code, to skip the question." placeholder:"CODE"`
	Fresh          bool          `help:"Ignore cached sessions."`
	Browser        string        `env:"AWS_VAULT_BROWSER" help:"firefox, chrome, or another" placeholder:"BROWSER"`
	BrowserProfile string        `name:"browser-profile" help:"The browser's own profile to open it in." placeholder:"TEXT"`
	Container      string        `help:"The container of Firefox to open it in." placeholder:"TEXT"`
	Incognito      bool          `help:"A private window."`
	NarrowFlags
}

func (f ConsoleFlags) choice() browser.Choice {
	return browser.Choice{Name: f.Browser, Profile: f.BrowserProfile, Container: f.Container, Private: f.Incognito}
}

func (f ConsoleFlags) want(profile string) vault.Want {
	w := vault.Want{Profile: profile, Region: f.Region, Duration: f.Duration, NoSession: f.NoSession, MFAToken: f.MFAToken, Fresh: f.Fresh}
	f.narrow(&w)
	return w
}

// Run opens the console.
func (c *LoginCmd) Run(a *App) error {
	return (&ConsoleCmd{Profile: c.Profile, Stdout: c.Stdout, AutoLogout: c.AutoLogout, ConsoleFlags: c.ConsoleFlags, asLogin: true}).Run(a)
}
