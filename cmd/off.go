package cmd

// OffCmd takes the activation away.
type OffCmd struct{ revokeFlags }

// Run hands the shell the change back.
func (c *OffCmd) Run(a *App) error {
	if a.Shell == nil {
		return a.needHook("off")
	}
	s := a.Active()
	if c.given() {
		if err := a.revocation(a.session().Of(s), c.revokeFlags).Off(a.ctx, c.Revoke, s); err != nil {
			return err
		}
	}
	return a.inShell().Off(a.ctx)
}
