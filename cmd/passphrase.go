package cmd

// PassphraseCmd changes the passphrase of the file keystore.
type PassphraseCmd struct{}

// Run changes the passphrase.
func (PassphraseCmd) Run(a *App) error {
	changed, err := a.store().ChangePassphrase(a.ctx)
	if err != nil {
		return err
	}
	changed.Dir = a.Tilde(changed.Dir)
	done, warnings := changed.Said()
	a.person(false).Done(done)
	for _, warning := range warnings {
		a.Say("vault: warning: " + warning)
	}
	return nil
}
