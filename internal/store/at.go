package store

import "awsvault/internal/sealed"

// At returns the settings of the chosen keystore. The caller adds the functions that ask a
// person, and the directories in which vault keeps its own files.
func At(k sealed.Keystore) Settings {
	return Settings{
		Backend:      k.Backend,
		Service:      k.Service,
		Keyring:      k.Keyring,
		KeychainName: k.KeychainName,
		Collection:   k.Collection,
		PassDir:      k.PassDir,
		PassageDir:   k.PassageDir,
		PassCmd:      k.PassCmd,
		PassPrefix:   k.PassPrefix,
		FileDir:      k.FileDir,
		Bus:          k.Bus,
		OnePassword:  OnePassword{Vault: k.OPVault, TitlePrefix: k.OPTitlePrefix, Tag: k.OPTag, ConnectHost: k.OPConnectHost, Account: k.OPAccount},
	}
}
