package store_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/keyring"

	"awsvault/internal/fault"
	"awsvault/internal/store"
)

// dirManager is a Credential Manager in a directory, with the limits of Windows: 2,560 bytes,
// and names that must differ in more than case.
type dirManager string

type credential struct {
	Target string
	Data   []byte
}

func (d dirManager) file(target string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(target)))
	return filepath.Join(string(d), hex.EncodeToString(sum[:]))
}

func (d dirManager) List() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(string(d), "[0-9a-f]*"))
	var targets []string
	for _, file := range files {
		var c credential
		if data, err := os.ReadFile(file); err == nil && json.Unmarshal(data, &c) == nil {
			targets = append(targets, c.Target)
		}
	}
	return targets, err
}

func (d dirManager) Read(target string) (string, []byte, error) {
	data, err := os.ReadFile(d.file(target))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, store.ErrNotFound
	}
	var c credential
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	return c.Target, c.Data, err
}

func (d dirManager) Write(target string, data []byte) error {
	if len(data) > 2560 {
		return errors.New("the stub received bad data")
	}
	text, _ := json.Marshal(credential{target, data})
	made := filepath.Join(string(d), "new-"+rand.Text())
	if err := errors.Join(os.MkdirAll(string(d), 0o700), os.WriteFile(made, text, 0o600)); err != nil {
		return err
	}
	return os.Rename(made, d.file(target))
}

func (d dirManager) Remove(target string) error {
	err := os.Remove(d.file(target))
	if errors.Is(err, fs.ErrNotExist) {
		return store.ErrNotFound
	}
	return err
}

// managerSettings returns the settings of a backend on its own Credential Manager or, on
// Windows, with its own names.
func managerSettings(t *testing.T, backend string) (store.Settings, dirManager) {
	settings := fileSettings(tempDir(t))
	settings.Backend, settings.SessionBackend = backend, backend
	settings.Service = strings.ReplaceAll(fmt.Sprintf("vault test %d %s", os.Getpid(), t.Name()), "/", " ")
	settings.Ask = somebody
	t.Cleanup(func() {
		s := reopen(settings)
		names, _ := s.Names(t.Context())
		for _, name := range names {
			s.RemoveKeys(t.Context(), name)
		}
		s.RemoveSessions(t.Context(), "")
	})
	return settings, dirManager(filepath.Join(settings.StateDir, "manager"))
}

// TestWinCred uses the real Credential Manager in the build for Windows.
func TestWinCred(t *testing.T) {
	conform(t, func(t *testing.T) (store.Settings, *native) {
		settings, manager := managerSettings(t, "wincred")
		if runtime.GOOS == "windows" {
			return settings, viaLibrary(t, settings)
		}
		target := settings.Service + ":" + settings.Service + ":"
		return settings, &native{
			put: func(t *testing.T, key string, item []byte) {
				var all keyring.Item
				if err := errors.Join(json.Unmarshal(item, &all), manager.Write(target+key, all.Data)); err != nil {
					t.Fatal(err)
				}
			},
			get: func(t *testing.T, key string) []byte {
				_, data, err := manager.Read(target + key)
				if err != nil {
					t.Fatal(err)
				}
				item, _ := json.Marshal(keyring.Item{Key: key, Data: data})
				return item
			},
			dataAlone: true,
		}
	})
}

func TestNamesThatDifferInCaseAreNotMixedUp(t *testing.T) {
	settings, _ := managerSettings(t, "wincred")
	s := reopen(settings)
	put(t, s, "dev", keys(1))
	if err := s.PutKeys(t.Context(), "Dev", keys(2)); err == nil || !strings.Contains(err.Error(), `there is an item "dev"`) {
		t.Errorf("PutKeys(Dev): got %v", err)
	}
	_, err := s.Keys(t.Context(), "DEV")
	for _, err := range []error{err, s.RemoveKeys(t.Context(), "Dev")} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	}
	wantKeys(t, s, "dev", keys(1))
}

// A large item leaves nothing behind, however it is removed.
func TestPartsGoWithTheirItem(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("looks into the fake")
	}
	settings, manager := managerSettings(t, "wincred")
	s := reopen(settings)
	large := keys(1)
	large.SessionToken = strings.Repeat("x", 8<<10)
	count := func(want int) {
		t.Helper()
		if all, err := manager.List(); len(all) != want || err != nil {
			t.Errorf("credentials: %q, %v; want %d", all, err, want)
		}
	}
	put(t, s, "dev", large)
	count(1 + 4)
	put(t, s, "dev", large)
	count(1 + 4)
	put(t, s, "dev", keys(2))
	count(1)
	put(t, s, "dev", large)
	if err := s.RemoveKeys(t.Context(), "dev"); err != nil {
		t.Error(err)
	}
	count(0)

	// A missing part counts as damage, and never as half a key.
	put(t, s, "dev", large)
	all, _ := manager.List()
	i := slices.IndexFunc(all, func(target string) bool { return strings.Contains(target, "-part:") })
	if err := manager.Remove(all[i]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keys(t.Context(), "dev"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("without a part: %v", err)
	}
}

//go:embed testdata/winhello-key.pem
var helloPEM []byte

// helloKey takes the place of the key of Windows Hello. It was made for this test.
func helloKey() *rsa.PrivateKey {
	block, _ := pem.Decode(helloPEM)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return key.(*rsa.PrivateKey)
}

// helloForm is the form in which aws-vault 7 stores an item, with the names in its order.
type helloForm struct {
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

const helloName = "S-1-5-21-1//ByteNess/keyring-winhello/keyring-winhello-v1"

func helloBound(service, key string) []byte {
	return fmt.Appendf(nil, `{"backend":"winhello","version":1,"service_name":%q,"item_key":%q}`, service, key)
}

func helloCipher(t *testing.T, secret []byte) cipher.AEAD {
	block, err := aes.NewCipher(secret)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return gcm
}

func TestWinHello(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Wine has no Windows Hello")
	}
	conform(t, func(t *testing.T) (store.Settings, *native) {
		settings, manager := managerSettings(t, "winhello")
		target := "keyring-winhello:" + settings.Service + ":"
		return settings, &native{
			put: func(t *testing.T, key string, item []byte) {
				var all keyring.Item
				if err := json.Unmarshal(item, &all); err != nil {
					t.Fatal(err)
				}
				secret, nonce := []byte("0123456789abcdef0123456789abcdef"), []byte("0123456789ab")
				//lint:ignore SA1019 it is the form of aws-vault 7
				wrapped, err := rsa.EncryptPKCS1v15(rand.Reader, &helloKey().PublicKey, secret)
				if err != nil {
					t.Fatal(err)
				}
				sealed := helloCipher(t, secret).Seal(nil, nonce, all.Data, helloBound(settings.Service, key))
				blob, _ := json.Marshal(helloForm{1, "Microsoft Passport Key Storage Provider", helloName, "AES-256-GCM",
					"RSAES-PKCS1-v1_5", nonce, wrapped, sealed, helloBound(settings.Service, key)})
				if err := manager.Write(target+key, blob); err != nil {
					t.Fatal(err)
				}
			},
			get: func(t *testing.T, key string) []byte {
				_, blob, err := manager.Read(target + key)
				if err != nil {
					t.Fatal(err)
				}
				var form helloForm
				if err := json.Unmarshal(blob, &form); err != nil {
					t.Fatal(err)
				}
				again, _ := json.Marshal(form)
				if string(again) != string(blob) || string(form.AAD) != string(helloBound(settings.Service, key)) || form.KeyName != helloName ||
					form.Version != 1 || form.Provider != "Microsoft Passport Key Storage Provider" || form.ContentAlg != "AES-256-GCM" || form.WrapAlg != "RSAES-PKCS1-v1_5" {
					t.Errorf("not the form of aws-vault: %s", blob)
				}
				//lint:ignore SA1019 it is the form of aws-vault 7
				secret, err := rsa.DecryptPKCS1v15(rand.Reader, helloKey(), form.WrappedCEK)
				if err != nil {
					t.Fatal(err)
				}
				data, err := helloCipher(t, secret).Open(nil, form.Nonce, form.Ciphertext, form.AAD)
				if err != nil {
					t.Fatal(err)
				}
				item, _ := json.Marshal(keyring.Item{Key: key, Data: data})
				return item
			},
			dataAlone: true,
		}
	})
}

func TestWinHelloAsksOnlyAPersonAndOnlyToRead(t *testing.T) {
	settings, manager := managerSettings(t, "winhello")
	settings.Ask = nil
	settings.SessionBackend = ""
	s := reopen(settings)
	put(t, s, "dev", keys(1))
	wantNames(t, s, "dev")
	if _, err := s.Revision(t.Context(), "dev"); err != nil {
		t.Error(err)
	}
	if _, err := s.Keys(t.Context(), "dev"); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Keys: got %v, want ErrLocked", err)
	}
	// A prompt reads the session each time, so the session must not need the person's finger.
	want := session(1, epoch.Add(time.Hour))
	putSession(t, s, lockKey, want)
	wantSession(t, s, lockKey, &want)

	// An item that was renamed cannot be opened under its new name.
	target := "keyring-winhello:" + settings.Service + ":"
	_, blob, err := manager.Read(target + "dev")
	if err != nil {
		t.Fatal(err)
	}
	if err := manager.Write(target+"prod", blob); err != nil {
		t.Fatal(err)
	}
	settings.Ask = somebody
	if _, err := reopen(settings).Keys(t.Context(), "prod"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("moved: %v", err)
	}
}

func TestKeychain(t *testing.T) {
	conform(t, func(t *testing.T) (store.Settings, *native) {
		settings := fileSettings(tempDir(t))
		settings.Backend, settings.SessionBackend = "keychain", "keychain"
		settings.KeychainName = t.Name()
		return settings, nil
	})
}

func TestAKeychainThatMayNotAskIsLocked(t *testing.T) {
	hint := ""
	for text, want := range map[string]bool{
		"User interaction is not allowed. (-25308)":                              true,
		"The user name or passphrase you entered is not correct. (-25293)":       true,
		"The specified item could not be found in the keychain. (-25300)":        false,
		"One or more parameters passed to the function were not valid. (-50128)": false,
	} {
		err := store.KeychainError("aws-vault", errors.New(text))
		if got := errors.Is(err, store.ErrLocked); got != want {
			t.Errorf("%s: locked is %v", text, got)
		} else if got {
			hint = fault.HintOf(err)
		}
	}
	if want := "unlock it: security unlock-keychain aws-vault.keychain-db"; hint != want {
		t.Errorf("hint: %q", hint)
	}
}

// changed is a keychain that reports when an item was changed, and would ask before it returns
// an item.
type changed struct {
	keyring.Keyring
	at time.Time
	t  *testing.T
}

func (c *changed) GetMetadata(key string) (keyring.Metadata, error) {
	if key != "dev" {
		return keyring.Metadata{}, keyring.ErrKeyNotFound
	}
	return keyring.Metadata{ModificationTime: c.at}, nil
}

func (c *changed) Get(string) (keyring.Item, error) {
	c.t.Error("the item was read")
	return keyring.Item{}, nil
}

func TestTheVersionOfAKeychainsItemIsToldWithoutReadingIt(t *testing.T) {
	settings := fileSettings(t.TempDir())
	settings.Backend = "keychain"
	ring := &changed{keyring.NewArrayKeyring(nil), epoch, t}
	s := store.OpenKeychain(settings, ring)
	first, err1 := s.Revision(t.Context(), "dev")
	ring.at = epoch.Add(time.Second)
	next, err2 := s.Revision(t.Context(), "dev")
	if first == next || first == "" || err1 != nil || err2 != nil {
		t.Errorf("revisions %q, then %q (%v, %v)", first, next, err1, err2)
	}
	if _, err := s.Revision(t.Context(), "prod"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
}
