package cmd

import "time"

// CredentialProcessCmd is what `credential_process` in the config file runs.
type CredentialProcessCmd struct {
	Profile   string        `arg:"" help:"The profile."`
	Region    string        `short:"r" help:"Region, instead of AWS_REGION's and the profile's." placeholder:"REGION"`
	Duration  time.Duration `short:"d" help:"How long, like 1h30m." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	NoSession bool          `short:"n" help:"Do not call GetSessionToken."`
	MFAToken  string        `name:"mfa-token" short:"t" help:"MFA code, to skip the question." placeholder:"CODE"`
	Fresh     bool          `help:"Ignore cached sessions."`
}

// Help is the second part of `vault credential-process --help`.
func (CredentialProcessCmd) Help() string {
	return `Prints the JSON that the AWS CLI and the SDKs expect of a credential_process.
"vault init --credential-process dev" writes the line:

  [profile dev]
  credential_process = vault credential-process dev

  vault credential-process dev`
}

// Run prints the document.
func (c *CredentialProcessCmd) Run(a *App) error {
	return (&ExportCmd{Profile: c.Profile, Format: "json", Region: c.Region, Duration: c.Duration, NoSession: c.NoSession, MFAToken: c.MFAToken, Fresh: c.Fresh}).Run(a)
}
