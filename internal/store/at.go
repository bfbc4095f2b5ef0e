package store

import "awsvault/internal/sealed"

// At are the settings of the keystore that is chosen. Who can be asked, and where this
// program keeps what it knows, has to be added.
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
