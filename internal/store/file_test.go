package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/keyring"
	sdkaws "github.com/aws/aws-sdk-go-v2/aws"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/store"
)

var update = flag.Bool("update", false, "write the items in testdata anew, as aws-vault writes them")

func TestFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("some of the names are no file names on Windows")
	}
	conform(t, func(t *testing.T) (store.Settings, *native) {
		settings := fileSettings(t.TempDir())
		return settings, viaLibrary(t, settings)
	})
}

// On Windows, several names can mean one file. Vault keeps these names apart, or refuses them
// before it writes anything.
func TestFileNames(t *testing.T) {
	conformNames(t, fileSettings(tempDir(t)), nil)
}

func TestFilesThatDifferInCaseAreNotMixedUp(t *testing.T) {
	dir := tempDir(t)
	s := store.Open(fileSettings(dir))
	put(t, s, "CaseA", keys(1))
	_, blind := os.Stat(filepath.Join(dir, "keys", "casea"))
	err := s.PutKeys(t.Context(), "casea", keys(2))
	if blind != nil {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), `there is an item "CaseA"`) {
		t.Errorf("PutKeys(casea): %v", err)
	}
	_, err = s.Keys(t.Context(), "CASEA")
	for _, err := range []error{err, s.RemoveKeys(t.Context(), "casea")} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	}
	wantKeys(t, s, "CaseA", keys(1))
}

// awsVault opens a file keystore as aws-vault 7 does.
func awsVault(t *testing.T, dir string) keyring.Keyring {
	t.Helper()
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends:          []keyring.BackendType{keyring.FileBackend},
		ServiceName:              "aws-vault",
		LibSecretCollectionName:  "awsvault",
		KWalletAppID:             "aws-vault",
		KWalletFolder:            "aws-vault",
		KeychainTrustApplication: true,
		WinCredPrefix:            "aws-vault",
		FileDir:                  dir,
		FilePasswordFunc:         keyring.FixedStringPrompt(passphrase),
	})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// awsVaultItem returns an item that aws-vault 7 would make from the SDK's credentials.
func awsVaultItem(t *testing.T, name string, c sdkaws.Credentials) keyring.Item {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return keyring.Item{Key: name, Label: "aws-vault (" + name + ")", Data: data, KeychainNotTrustApplication: true}
}

// awsVaultSession returns a session in the form of aws-vault 7. The third field of its key is
// an MFA serial.
func awsVaultSession(t *testing.T, key string, c ststypes.Credentials) keyring.Item {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return keyring.Item{
		Key: key, Data: data, Description: "aws-vault session",
		Label: "aws-vault session for dev (expires " + c.Expiration.Format(time.RFC3339) + ")",
	}
}

func sdk(c aws.Credentials) sdkaws.Credentials {
	return sdkaws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey}
}

func sdkSession(c aws.Credentials) ststypes.Credentials {
	return ststypes.Credentials{
		AccessKeyId: &c.AccessKeyID, SecretAccessKey: &c.SecretAccessKey,
		SessionToken: &c.SessionToken, Expiration: &c.Expires,
	}
}

// The library wrote the items in testdata in the same way as aws-vault.
func TestItemsOfAWSVaultAreRead(t *testing.T) {
	golden := filepath.Join("testdata", "aws-vault-file")
	expires := epoch.Add(time.Hour)
	theirs := fmt.Sprintf("sts.GetSessionToken,ZGV2,YXJuOmF3czppYW06OjE6bWZhL2E,%d", expires.Unix())
	if *update {
		ring := awsVault(t, golden)
		for _, item := range []keyring.Item{
			awsVaultItem(t, "dev", sdk(keys(1))),
			awsVaultItem(t, "team/prod", sdk(keys(2))),
			awsVaultSession(t, theirs, sdkSession(session(3, expires))),
		} {
			if err := ring.Set(item); err != nil {
				t.Fatal(err)
			}
		}
	}
	settings := fileSettings(t.TempDir())
	if err := os.CopyFS(settings.FileDir, os.DirFS(golden)); err != nil {
		t.Fatal(err)
	}
	s := store.Open(settings)
	wantNames(t, s, "dev", "team/prod")
	wantKeys(t, s, "dev", keys(1))
	wantKeys(t, s, "team/prod", keys(2))
	key := aws.SessionKey{Type: "sts.GetSessionToken", Profile: "dev", Hash: "arn:aws:iam::1:mfa/a"}
	wantSessions(t, s, store.SessionInfo{Key: key, Expires: expires})
	want := session(3, expires)
	wantSession(t, s, key, &want)
}

func TestItemsAreThoseOfAWSVault(t *testing.T) {
	settings := fileSettings(t.TempDir())
	s := store.Open(settings)
	expires := epoch.Add(time.Hour)
	put(t, s, "team/prod", keys(1))
	putSession(t, s, aws.SessionKey{Type: "sts.GetSessionToken", Profile: "dev", Hash: "hash"}, session(2, expires))

	ring := awsVault(t, settings.FileDir)
	name := fmt.Sprintf("sts.GetSessionToken,ZGV2,aGFzaA,%d", expires.Unix())
	for _, want := range []keyring.Item{
		awsVaultItem(t, "team/prod", sdk(keys(1))),
		awsVaultSession(t, name, sdkSession(session(2, expires))),
	} {
		got, err := ring.Get(want.Key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("item %q (-aws-vault +ours):\n%s", want.Key, diff)
		}
	}
	if runtime.GOOS != "windows" {
		wantMode(t, settings.FileDir, fs.ModeDir|0o700)
		wantMode(t, filepath.Join(settings.FileDir, "team%2Fprod"), 0o600)
		wantMode(t, filepath.Join(settings.StateDir, "locks"), fs.ModeDir|0o700)
	}
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != want {
		t.Errorf("mode of %s: got %v, want %v", path, info.Mode(), want)
	}
}

func TestNoOtherItemOfAWSVaultCountsAsKeys(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("some of the names are no file names on Windows")
	}
	settings := fileSettings(t.TempDir())
	ring := awsVault(t, settings.FileDir)
	for _, name := range []string{
		"dev", "session,ZGV2,,1790000000", "session:dev:arn:1790000000", "dev session (1790000000)",
		"oidc:https://x.awsapps.com/start", "sso.GetRoleCredentials,ZGV2,aHR0cHM,1790000000", "session-like",
	} {
		if err := ring.Set(awsVaultItem(t, name, sdk(keys(1)))); err != nil {
			t.Fatal(err)
		}
	}
	wantNames(t, store.Open(settings), "dev", "session-like")
}

func TestUnknownFieldsOfAnItemAreIgnored(t *testing.T) {
	settings := fileSettings(t.TempDir())
	item := keyring.Item{Key: "dev", Data: []byte(`{"AccessKeyID":"AKIA1","SecretAccessKey":"s","New":{"a":1},"CanExpire":false,"Expires":"2001-01-01T00:00:00Z"}`)}
	if err := awsVault(t, settings.FileDir).Set(item); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, store.Open(settings), "dev", aws.Credentials{AccessKeyID: "AKIA1", SecretAccessKey: "s"})
}

// asker counts the questions that it gets.
type asker struct {
	answer string
	asked  []string
}

func (a *asker) ask(_ context.Context, prompt string) (string, error) {
	a.asked = append(a.asked, prompt)
	return a.answer, nil
}

func TestThePassphraseIsAskedForOnceAndOnlyIfNeeded(t *testing.T) {
	ctx := t.Context()
	settings := fileSettings(t.TempDir())
	old, chosen := &asker{answer: passphrase}, &asker{answer: passphrase}
	settings.Passphrase, settings.NewPassphrase = old.ask, chosen.ask
	prompt := []string{"Passphrase for " + settings.FileDir}
	newPrompt := []string{"New passphrase for " + settings.FileDir}

	s := store.Open(settings)
	wantNames(t, s)
	s.Keys(ctx, "dev")
	wantSession(t, s, aws.SessionKey{Type: "x", Profile: "dev"}, nil)
	if old.asked != nil || chosen.asked != nil {
		t.Errorf("asked in an empty keystore: %q, %q", old.asked, chosen.asked)
	}
	put(t, s, "dev", keys(1))
	put(t, s, "prod", keys(2))
	wantKeys(t, s, "dev", keys(1))
	if old.asked != nil || len(chosen.asked) != 1 || !strings.HasSuffix(chosen.asked[0], "\n"+newPrompt[0]) {
		t.Errorf("for the first item: got %q, %q; want %q once", old.asked, chosen.asked, newPrompt)
	}

	chosen.asked = nil
	s = store.Open(settings)
	wantNames(t, s, "dev", "prod")
	if has, err := s.Has(ctx, "dev"); !has || err != nil {
		t.Errorf("Has(dev) = %v, %v", has, err)
	}
	if old.asked != nil {
		t.Errorf("asked for names: %q", old.asked)
	}
	wantKeys(t, s, "dev", keys(1))
	put(t, s, "dev", keys(3))
	wantKeys(t, s, "prod", keys(2))
	if !slices.Equal(old.asked, prompt) || chosen.asked != nil {
		t.Errorf("later: got %q, %q; want %q once", old.asked, chosen.asked, prompt)
	}
}

func TestAWrongPassphraseIsSaidSo(t *testing.T) {
	ctx := t.Context()
	settings := fileSettings(t.TempDir())
	put(t, store.Open(settings), "dev", keys(1))

	slip := &asker{answer: "wrong"}
	settings.Passphrase = slip.ask
	s := store.Open(settings)
	_, err := s.Keys(ctx, "dev")
	wantMistake(t, err, fmt.Sprintf("keys of \"dev\": wrong passphrase for %q", settings.FileDir))
	err = s.PutKeys(ctx, "prod", keys(2))
	wantMistake(t, err, fmt.Sprintf("store keys of \"prod\": wrong passphrase for %q", settings.FileDir))
	wantNames(t, s, "dev")

	slip.answer = passphrase // the person tries again
	put(t, s, "prod", keys(2))
	wantKeys(t, s, "dev", keys(1))
}

func wantMistake(t *testing.T, err error, want string) {
	t.Helper()
	if !errors.Is(err, store.ErrPassphrase) || fault.HintOf(err) == "" || err.Error() != want {
		t.Errorf("got  %v\nwant %s, with a hint", err, want)
	}
}

func TestNobodyToAskIsALock(t *testing.T) {
	settings := fileSettings(t.TempDir())
	put(t, store.Open(settings), "dev", keys(1))
	settings.Passphrase, settings.NewPassphrase = nil, nil
	if _, err := store.Open(settings).Keys(t.Context(), "dev"); !errors.Is(err, store.ErrLocked) || fault.HintOf(err) == "" {
		t.Errorf("got %v, want ErrLocked with a hint", err)
	}
}

func TestItemsWithAPassphraseOfTheirOwnAreNoObstacle(t *testing.T) {
	settings := fileSettings(t.TempDir())
	put(t, store.Open(settings), "dev", keys(1))
	other := filepath.Join(t.TempDir(), "other")
	foreign := settings
	foreign.FileDir, foreign.NewPassphrase = other, say("another")
	put(t, store.Open(foreign), "a", keys(2))
	if err := os.Rename(filepath.Join(other, "a"), filepath.Join(settings.FileDir, "a")); err != nil {
		t.Fatal(err)
	}
	s := store.Open(settings)
	put(t, s, "prod", keys(3))
	wantKeys(t, s, "prod", keys(3))
	wantKeys(t, s, "dev", keys(1))
	_, err := s.Keys(t.Context(), "a")
	wantMistake(t, err, fmt.Sprintf("keys of \"a\": wrong passphrase for %q", settings.FileDir))
	wantKeys(t, s, "dev", keys(1))
}

func TestADamagedItemIsAnErrorWithoutJargon(t *testing.T) {
	settings := fileSettings(t.TempDir())
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	key := aws.SessionKey{Type: "sts.AssumeRole", Profile: "dev", Hash: "h"}
	putSession(t, s, key, session(1, epoch.Add(time.Hour)))
	items, err := os.ReadDir(settings.FileDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if err := os.WriteFile(filepath.Join(settings.FileDir, item.Name()), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Keys(t.Context(), "dev")
	if want := `keys of "dev": the item is damaged`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	wantSession(t, s, key, nil)
	put(t, s, "dev", keys(2))
	wantKeys(t, s, "dev", keys(2))
}

// putForEver stores keys under one name until it is killed.
func putForEver() error {
	s := store.Open(fileSettings("."))
	for n := 0; ; n++ {
		c := keys(n)
		c.SessionToken = strings.Repeat("x", 8<<10)
		if err := s.PutKeys(context.Background(), "dev", c); err != nil {
			return err
		}
		if n == 0 {
			fmt.Println("ready")
		}
	}
}

func TestKillingAWriterLosesNothing(t *testing.T) {
	dir := t.TempDir()
	settings := fileSettings(dir)
	put(t, store.Open(settings), "other", keys(7))
	for range 15 {
		cmd := play(t, "put for ever", dir)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if line != "ready\n" {
			t.Errorf("writer: %q, %v", line, err)
		}
		time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond) // a moment of any phase of a write
		cmd.Process.Kill()
		cmd.Wait()

		c, err := store.Open(settings).Keys(t.Context(), "dev")
		if err != nil || len(c.SessionToken) != 8<<10 {
			t.Fatalf("after a kill: %v, %v", c, err)
		}
	}
	wantNames(t, store.Open(settings), "dev", "other")
	wantKeys(t, store.Open(settings), "other", keys(7))

	// Files of killed writers are removed once they are old.
	settings.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	put(t, store.Open(settings), "dev", keys(1))
	entries, err := os.ReadDir(settings.FileDir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left in the directory: %v, %v", entries, err)
	}
}

// putTwenty stores twenty keys in a keystore that may not exist yet. It uses its own
// passphrase, unless the keystore already has one.
func putTwenty() error {
	settings := fileSettings(".")
	own := fmt.Sprint("passphrase of ", os.Getpid())
	settings.NewPassphrase = func(context.Context, string) (string, error) {
		return own, os.WriteFile("passphrase", []byte(own), 0o600)
	}
	settings.Passphrase = func(context.Context, string) (string, error) {
		chosen, err := os.ReadFile("passphrase")
		return string(chosen), err
	}
	s := store.Open(settings)
	for n := range 20 {
		if err := s.PutKeys(context.Background(), fmt.Sprint("dev", n), keys(n)); err != nil {
			return err
		}
	}
	return nil
}

func TestTwoProcessesCreateOneKeystore(t *testing.T) {
	dir := t.TempDir()
	first, second := play(t, "put twenty", dir), play(t, "put twenty", dir)
	for _, cmd := range []interface{ Start() error }{first, second} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(first.Wait(), second.Wait()); err != nil {
		t.Fatal(err)
	}
	chosen, err := os.ReadFile(filepath.Join(dir, "passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	settings := fileSettings(dir)
	settings.Passphrase = say(string(chosen))
	s := store.Open(settings)
	for n := range 20 {
		wantKeys(t, s, fmt.Sprint("dev", n), keys(n))
	}
}

func BenchmarkSessionInFile(b *testing.B) {
	benchmarkSession(b, fileSettings(b.TempDir()))
}

func benchmarkSession(b *testing.B, settings store.Settings) {
	s := store.Open(settings)
	for n := range 20 {
		key := aws.SessionKey{Type: "sts.AssumeRole", Profile: fmt.Sprint("profile", n), Hash: "hash"}
		if err := s.PutSession(b.Context(), key, session(n, epoch.Add(time.Hour))); err != nil {
			b.Fatal(err)
		}
	}
	key := aws.SessionKey{Type: "sts.AssumeRole", Profile: "profile7", Hash: "hash"}
	for b.Loop() {
		// A new Store each time, as in a new process.
		if _, ok, err := store.Open(settings).Session(b.Context(), key); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
