package sealed

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
)

// Keystore is all settings by which the keystore of long-lived keys is found. Two
// that differ are two keystores, as far as the index knows.
type Keystore struct {
	Backend      string // empty: the first that opens
	Service      string
	Keyring      string // the kernel's keyring
	KeychainName string
	Collection   string
	PassDir      string
	PassageDir   string
	PassCmd      string
	PassPrefix   string
	FileDir      string
	Bus          string // the address of the message bus

	OPVault, OPTitlePrefix, OPTag, OPConnectHost, OPAccount string
}

// Place names the keystore in the index.
func (k Keystore) Place() string {
	return strings.Join([]string{
		k.Backend, k.Service, k.Keyring, k.KeychainName, k.Collection, k.PassDir, k.PassageDir, k.PassCmd, k.PassPrefix, k.FileDir,
		k.OPVault, k.OPTitlePrefix, k.OPTag, k.OPConnectHost, k.OPAccount, k.Bus,
	}, "\x00")
}

// Choice is what a person has chosen of a keystore, and where the rest is by default.
type Choice struct {
	Flag   func(name string) string // of the command line, with its variable and its default
	Getenv func(name string) string
	Expand func(path string) string // of a setting
	Home   string                   // empty: not known
	Bus    string                   // the address of the message bus
}

// Keystore is what is chosen.
func (c Choice) Keystore() Keystore {
	return Keystore{
		Backend:       c.Flag("backend"),
		Service:       "aws-vault",
		Keyring:       c.keyring(),
		KeychainName:  c.Flag("keychain"),
		Collection:    c.Flag("secret-service-collection"),
		PassDir:       c.dir([]string{".password-store"}, c.Flag("pass-dir"), c.Getenv("PASSWORD_STORE_DIR")),
		PassageDir:    c.dir([]string{".passage", "store"}, c.Flag("pass-dir"), c.Getenv("PASSAGE_DIR")),
		PassCmd:       c.Flag("pass-cmd"),
		PassPrefix:    c.Flag("pass-prefix"),
		FileDir:       c.dir([]string{".awsvault", "keys"}, c.Flag("file-dir")),
		OPVault:       c.Flag("op-vault-id"),
		OPTitlePrefix: c.Flag("op-item-title-prefix"),
		OPTag:         c.Flag("op-item-tag"),
		OPConnectHost: c.Flag("op-connect-host"),
		OPAccount:     c.Flag("op-desktop-account-id"),
		Bus:           c.Bus,
	}
}

// dir is the first of the settings that is set, expanded; else it is below the home
// directory, or nowhere where that is not known: a relative path would be in another
// place each time.
func (c Choice) dir(below []string, settings ...string) string {
	for _, s := range settings {
		if s != "" {
			return c.Expand(s)
		}
	}
	if c.Home == "" {
		return ""
	}
	return filepath.Join(append([]string{c.Home}, below...)...)
}

// keyring names the keyring of this home in the kernel. A user has one set of
// keyrings, whatever HOME says: a test or a container with a home of its own must
// not list the sessions of another. (aws-vault cannot open the kernel's keyring,
// so there is nothing to share.)
func (c Choice) keyring() string {
	sum := sha256.Sum256([]byte(c.Home))
	return "aws-vault " + hex.EncodeToString(sum[:4])
}
