package front

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"awsvault/internal/env"
	"awsvault/internal/items"
	"awsvault/internal/nodbus"
	"awsvault/internal/program"
	"awsvault/internal/sealed"
)

// Calling lists the profiles whose credential_process this program is run by.
func (w *World) Calling() []string {
	if v := w.Getenv(program.CallingName); v != "" {
		return strings.Split(v, "\n")
	}
	return nil
}

// Keystore says where keys are kept, by the flags of the command line.
func (w *World) Keystore(flag func(name string) string) sealed.Keystore {
	return sealed.Keystore{
		Backend:       flag("backend"),
		Service:       "aws-vault",
		Keyring:       w.keyring(),
		KeychainName:  flag("keychain"),
		Collection:    flag("secret-service-collection"),
		PassDir:       w.dir(w.Below(".password-store"), flag("pass-dir"), w.Getenv("PASSWORD_STORE_DIR")),
		PassageDir:    w.dir(w.Below(".passage", "store"), flag("pass-dir"), w.Getenv("PASSAGE_DIR")),
		PassCmd:       flag("pass-cmd"),
		PassPrefix:    flag("pass-prefix"),
		FileDir:       w.dir(w.Below(".awsvault", "keys"), flag("file-dir")),
		OPVault:       flag("op-vault-id"),
		OPTitlePrefix: flag("op-item-title-prefix"),
		OPTag:         flag("op-item-tag"),
		OPConnectHost: flag("op-connect-host"),
		OPAccount:     flag("op-desktop-account-id"),
		Bus:           nodbus.Address(),
	}
}

// TypesPassphrase says that a person types the passphrase of the file keystore: neither a
// variable nor a program gives it.
func (w *World) TypesPassphrase() bool {
	_, given := w.Environ[env.FilePassphrase]
	return !given && w.Getenv(env.FilePassphraseCommand) == ""
}

// dir is the first of the settings that is set, expanded.
func (w *World) dir(otherwise string, settings ...string) string {
	for _, s := range settings {
		if s != "" {
			return w.Expand(s)
		}
	}
	return otherwise
}

// keyring names the keyring of this home in the kernel. A user has one set of
// keyrings, whatever HOME says: a test or a container with a home of its own must
// not list the sessions of another. (aws-vault cannot open the kernel's keyring,
// so there is nothing to share.)
func (w *World) keyring() string {
	sum := sha256.Sum256([]byte(w.Home()))
	return "aws-vault " + hex.EncodeToString(sum[:4])
}

// Misplaced is a directory of keys that aws-vault made on Windows, which took ~ for the
// name of a folder: below the directory in which it was run.
func (w *World) Misplaced() string {
	here, _ := os.Getwd()
	for _, base := range []string{here, w.Home()} {
		dir := filepath.Join(base, "~", ".awsvault", "keys")
		if names, err := items.InFiles(dir); base != "" && err == nil && len(names) > 0 {
			return dir
		}
	}
	return ""
}
