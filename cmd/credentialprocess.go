package cmd

import (
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/journal"
	"awsvault/internal/process"
)

// CredentialProcessCmd is the command for `credential_process` in the config file.
type CredentialProcessCmd struct {
	Profile   string        `arg:"" optional:"" help:"The profile. Default: the active one, then AWS_PROFILE."`
	Region    string        `short:"r" help:"Region, instead of AWS_REGION's and the profile's." placeholder:"REGION"`
	Duration  time.Duration `short:"d" help:"How long, like 1h30m." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	NoSession bool          `short:"n" help:"Do not call GetSessionToken."`
	MFAToken  string        `name:"mfa-token" short:"t" help:"MFA code, to skip the question." placeholder:"CODE"`
	Fresh     bool          `help:"Ignore cached sessions."`
}

// Run prints the credentials as a JSON document.
func (c *CredentialProcessCmd) Run(a *App) error {
	if c.Profile == "" && a.Active().Profile == "" && a.Outside()["AWS_PROFILE"] == "" {
		// An SDK runs this command: no user is there to pick a profile.
		return fault.NewUsage("credential-process needs a profile", "vault credential-process PROFILE   vault list shows the profiles")
	}
	a.by.Program = journal.For("", []string{process.Parent()}).Program
	return (&ExportCmd{Profile: c.Profile, Format: "json", process: true, Region: c.Region, SessionFlags: SessionFlags{Duration: c.Duration, NoSession: c.NoSession, MFAToken: c.MFAToken, Fresh: c.Fresh}}).Run(a)
}
