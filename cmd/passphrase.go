package cmd

// PassphraseCmd changes the passphrase of the file keystore.
type PassphraseCmd struct{}

// Help is the second part of `vault passphrase --help`.
func (PassphraseCmd) Help() string {
	return `Asks for the passphrase of the encrypted file keystore and for a new one, and
writes every item with the new one. An interrupted change leaves the old
passphrase, or the new one. Items that an older version or aws-vault wrote get
600,000 rounds of PBKDF2. Cached sessions of these keys are removed.

  vault passphrase`
}

// Run changes it.
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
