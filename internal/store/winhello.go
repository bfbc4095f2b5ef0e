package store

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"

	"github.com/99designs/keyring"
)

// winHello is the Credential Manager with items that only Windows Hello opens, with the
// person's finger, face or PIN. It has aws-vault 7's form: each item is encrypted with its own
// key (AES-256-GCM), and that key with an RSA key that Windows stores (PKCS #1 v1.5). Writing
// asks no question, except for the very first item.
type winHello struct {
	credentials
	passport
	service string
	ask     bool
}

// passport is the RSA key that Windows stores for the person.
type passport interface {
	keyName() string
	wrap(key []byte) ([]byte, error)
	unwrap(wrapped []byte, purpose string) ([]byte, error) // asks the person
}

// envelope is the form in which aws-vault 7 stores an item with Windows Hello.
type envelope struct {
	Version    int    `json:"version"`
	Provider   string `json:"provider"`
	KeyName    string `json:"key_name"`
	ContentAlg string `json:"content_alg"`
	WrapAlg    string `json:"wrap_alg"`
	Nonce      []byte `json:"nonce"`
	WrappedCEK []byte `json:"wrapped_cek"`
	Ciphertext []byte `json:"ciphertext"`
	AAD        []byte `json:"aad"`
}

// envelopeKind holds the fields that are the same in each envelope.
var envelopeKind = envelope{
	Version:    1,
	Provider:   "Microsoft Passport Key Storage Provider",
	ContentAlg: "AES-256-GCM",
	WrapAlg:    "RSAES-PKCS1-v1_5",
}

// boundTo returns the data to which an item's encryption is bound, so that the item cannot be
// moved to another name.
func (w winHello) boundTo(key string) []byte {
	data, _ := json.Marshal(struct {
		Backend     string `json:"backend"`
		Version     int    `json:"version"`
		ServiceName string `json:"service_name"`
		ItemKey     string `json:"item_key"`
	}{"winhello", envelopeKind.Version, w.service, key})
	return data
}

func (w winHello) get(ctx context.Context, key string) (keyring.Item, error) {
	stored, err := w.credentials.get(ctx, key)
	if err != nil {
		return keyring.Item{}, err
	}
	e, want := envelope{}, envelopeKind
	if json.Unmarshal(stored.Data, &e) != nil {
		return keyring.Item{}, errDamaged
	}
	same := e.Version == want.Version && e.Provider == want.Provider && e.ContentAlg == want.ContentAlg && e.WrapAlg == want.WrapAlg
	if !same || e.KeyName != w.keyName() || !bytes.Equal(e.AAD, w.boundTo(key)) {
		return keyring.Item{}, errDamaged
	}
	if !w.ask {
		return keyring.Item{}, locked("winhello", "Windows Hello asks for approval, and there is no terminal")
	}
	secret, err := w.unwrap(e.WrappedCEK, "Unlock keyring secret for "+key+" at "+w.service)
	if err != nil {
		return keyring.Item{}, err
	}
	defer clear(secret)
	sealer, err := newSealer(secret)
	if err != nil || len(e.Nonce) != sealer.NonceSize() {
		return keyring.Item{}, errDamaged
	}
	data, err := sealer.Open(nil, e.Nonce, e.Ciphertext, w.boundTo(key))
	if err != nil {
		return keyring.Item{}, errDamaged
	}
	return keyring.Item{Key: key, Data: data}, nil
}

func (w winHello) set(ctx context.Context, item keyring.Item) error {
	secret, nonce := make([]byte, 32), make([]byte, 12)
	defer clear(secret)
	rand.Read(secret)
	rand.Read(nonce)
	sealer, err := newSealer(secret)
	if err != nil {
		return err
	}
	e := envelopeKind
	e.KeyName, e.Nonce, e.AAD = w.keyName(), nonce, w.boundTo(item.Key)
	e.Ciphertext = sealer.Seal(nil, nonce, item.Data, e.AAD)
	if e.WrappedCEK, err = w.wrap(secret); err != nil {
		return err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return w.credentials.set(ctx, keyring.Item{Key: item.Key, Data: data})
}

func newSealer(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
