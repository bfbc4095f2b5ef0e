package cmd

// OffCmd deactivates the profile of this shell.
type OffCmd struct{ revokeFlags }

// Run prints the code that restores the shell's variables.
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
