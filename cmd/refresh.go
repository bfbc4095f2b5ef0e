package cmd

// RefreshCmd renews the active credentials.
type RefreshCmd struct {
	MFAToken string `name:"mfa-token" short:"t" help:"MFA code, to skip the question." placeholder:"CODE"`
}

// Run gets new credentials for the active profile.
func (c *RefreshCmd) Run(a *App) error {
	if a.Shell == nil {
		return a.needHook("refresh")
	}
	return a.inShell().Refresh(a.ctx, c.MFAToken, a.confirmProtected)
}
