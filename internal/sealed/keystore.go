package sealed

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
)

// Keystore holds all settings that select the keystore of long-lived keys. To the index, two
// different values are two keystores.
type Keystore struct {
	Backend      string // empty: the first one that opens
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

// Of names the keystore by its backend, once that is chosen, and by where that keeps keys:
// for what is noted of the keys in it, however it was found.
func (k Keystore) Of(backend string) string {
	var at []string
	switch backend {
	case "file":
		at = []string{k.FileDir}
	case "pass":
		at = []string{k.PassDir, k.PassPrefix}
	case "passage":
		at = []string{k.PassageDir, k.PassPrefix}
	case "keychain":
		at = []string{k.KeychainName}
	case "secret-service":
		at = []string{k.Collection}
	case "keyctl":
		at = []string{k.Keyring}
	case "op-connect", "op", "op-desktop":
		at = []string{k.OPVault, k.OPTitlePrefix, k.OPTag, k.OPConnectHost, k.OPAccount}
	}
	return strings.Join(append(at, k.Service, backend), "\x00")
}

// Choice holds the person's settings for the keystore, and the places of the defaults.
type Choice struct {
	Flag   func(name string) string // returns a flag, else its variable, else its default
	Getenv func(name string) string
	Expand func(path string) string // expands a path in a setting
	Home   string                   // empty: unknown
	Bus    string                   // the address of the message bus
}

// Keystore returns the selected keystore.
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

// dir returns the first setting that is not empty, expanded. Otherwise it returns a directory
// below the home directory, or an empty text if that is unknown: a relative path would mean
// another place each time.
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

// keyring names this home's keyring in the kernel. The kernel has one set of keyrings for each
// user, and ignores HOME. A test or a container with its own home must not list the sessions
// of another. (aws-vault cannot open the kernel's keyring, so there is nothing to share.)
func (c Choice) keyring() string {
	sum := sha256.Sum256([]byte(c.Home))
	return "aws-vault " + hex.EncodeToString(sum[:4])
}
