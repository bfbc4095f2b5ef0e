package store

import (
	"crypto/rand"
	"crypto/rsa"

	"github.com/99designs/keyring"
)

// OpenKeychain opens a store with the given keyring in place of the macOS keychain.
func OpenKeychain(s Settings, ring keyring.Keyring) *Store {
	opened := Open(s)
	opened.opened["keychain"] = opening{keystore: newKeychain(opened.settings, ring)}
	return opened
}

// OpenUnreachable opens a store in which this kind of log-on cannot reach a keystore.
func OpenUnreachable(s Settings, backend string) *Store {
	opened := Open(s)
	opened.opened[backend] = opening{err: unreachable(backend, "it is too far")}
	return opened
}

// Place returns the keystore's name in the index.
func (s *Store) Place() string { return s.place() }

// KeychainError is keychainError.
var KeychainError = keychainError

// Manager replaces the Credential Manager of Windows.
type Manager interface {
	List() ([]string, error)
	Read(target string) (name string, data []byte, err error)
	Write(target string, data []byte) error
	Remove(target string) error
}

type fakeManager struct{ Manager }

func (f fakeManager) list() ([]string, error)                { return f.List() }
func (f fakeManager) read(t string) (string, []byte, error)  { return f.Read(t) }
func (f fakeManager) write(target string, data []byte) error { return f.Write(target, data) }
func (f fakeManager) remove(target string) error             { return f.Remove(target) }

// OpenManager opens a store whose wincred and winhello use the given Credential Manager.
// winhello gets an RSA key in place of the key of Windows Hello.
func OpenManager(s Settings, m Manager, key *rsa.PrivateKey) *Store {
	opened := Open(s)
	service := opened.settings.Service
	opened.opened["wincred"] = opening{keystore: credentials{fakeManager{m}, service + ":" + service + ":", opened.lock}}
	opened.opened["winhello"] = opening{keystore: winHello{
		credentials{fakeManager{m}, "keyring-winhello:" + service + ":", opened.lock}, fakePassport{key}, service, opened.settings.person(),
	}}
	return opened
}

type fakePassport struct{ key *rsa.PrivateKey }

func (fakePassport) keyName() string {
	return "S-1-5-21-1//ByteNess/keyring-winhello/keyring-winhello-v1"
}

func (f fakePassport) wrap(secret []byte) ([]byte, error) {
	//lint:ignore SA1019 it is the form of aws-vault 7
	return rsa.EncryptPKCS1v15(rand.Reader, &f.key.PublicKey, secret)
}

func (f fakePassport) unwrap(wrapped []byte, _ string) ([]byte, error) {
	//lint:ignore SA1019 it is the form of aws-vault 7
	return rsa.DecryptPKCS1v15(rand.Reader, f.key, wrapped)
}

// Stage is the directory for the new items during a change of the passphrase.
const Stage = stage
