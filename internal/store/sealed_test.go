//go:build linux

package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/sealed"
	"awsvault/internal/store"
	"awsvault/tests/need"
	"awsvault/tests/opconnect"
)

func init() {
	parts["forbid keyrings"] = forbidKeyrings
	parts["read-only state"] = readOnlyState
	parts["fill the quota"] = fillQuota
}

// sealedSettings returns the settings of a file keystore in dir whose passphrase must not be
// asked for, with sessions in their default place.
func sealedSettings(t *testing.T, dir string) store.Settings {
	t.Helper()
	if _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); err != nil {
		t.Skipf("the kernel refuses keyrings here (%v): run outside a container, or with --security-opt seccomp=unconfined", err)
	}
	settings := fileSettings(dir)
	settings.SessionBackend = ""
	asked := func(context.Context, string) (string, error) {
		t.Error("a passphrase was asked for")
		return "", errors.New("no")
	}
	settings.Passphrase, settings.NewPassphrase = asked, asked
	dropKey(t, settings)
	return settings
}

// dropKey makes the kernel forget the key of sealed sessions when the test ends.
func dropKey(t *testing.T, settings store.Settings) {
	t.Cleanup(func() {
		sealed.Open(sealed.Settings{Dir: filepath.Join(settings.StateDir, "sessions"), Now: settings.Now}).
			Remove(context.Background(), func(aws.SessionKey) bool { return true })
	})
}

func TestSealedSessions(t *testing.T) { conformSessions(t, sealedSettings(t, t.TempDir()), nil) }

// Vault stores, finds, lists and removes sessions without the keystore. The test uses a
// keystore on a bus that counts connections, and one that needs a passphrase.
func TestSealedSessionsNeedNoKeystore(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "bus")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var dialled atomic.Int32
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			dialled.Add(1)
			c.Close()
		}
	}()
	defer listener.Close()
	for _, backend := range []string{"secret-service", "kwallet", "", "file", "op-desktop"} {
		settings := sealedSettings(t, t.TempDir())
		settings.Backend, settings.Bus = backend, "unix:path="+socket
		want := session(1, epoch.Add(time.Hour))
		putSession(t, store.Open(settings), lockKey, want)
		wantSession(t, store.Open(settings), lockKey, &want)
		wantSessions(t, store.Open(settings), store.SessionInfo{Key: lockKey, Expires: want.Expires})
		if _, known, _ := store.Open(settings).Known().Key("dev"); known {
			t.Errorf("%s: something is known of keys", backend)
		}
		if n, err := store.Open(settings).RemoveSessions(t.Context(), "dev"); n != 1 || err != nil {
			t.Errorf("%s: RemoveSessions = %d, %v", backend, n, err)
		}
		if n := dialled.Load(); n != 0 {
			t.Errorf("%s: the bus was dialled %d times", backend, n)
		}
	}
}

func TestASessionBackendThatIsNamedIsUsed(t *testing.T) {
	settings := sealedSettings(t, t.TempDir())
	settings.SessionBackend, settings.Service = "keyctl", kernelRing(t)
	want := session(1, epoch.Add(time.Hour))
	putSession(t, store.Open(settings), lockKey, want)
	wantSession(t, store.Open(settings), lockKey, &want)
	if _, err := os.Stat(filepath.Join(settings.StateDir, "sessions")); err == nil {
		t.Error("sealed sessions were made")
	}
}

// counted is a keystore on a server that counts the requests.
type counted struct {
	opconnect.Server
	calls atomic.Int32
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.calls.Add(1)
	c.Server.ServeHTTP(w, r)
}

func countedSettings(t *testing.T) (store.Settings, *counted) {
	server := &counted{Server: opconnect.Server{Vault: opVault, Token: opToken}}
	settings := connectSettings(t, server)
	settings.SessionBackend = ""
	sealedSettings(t, t.TempDir()) // skips
	dropKey(t, settings)
	return settings, server
}

type knownKey struct {
	exists, known bool
	revision      string
}

func wantKnown(t *testing.T, settings store.Settings, name string, want knownKey) {
	t.Helper()
	var got knownKey
	got.exists, got.known, got.revision = store.Open(settings).Known().Key(name)
	if got != want {
		t.Errorf("of %q: got %+v, want %+v", name, got, want)
	}
}

// The first use asks the keystore, and later uses do not.
func TestWhatAKeystoreHasSaidIsKnown(t *testing.T) {
	ctx := t.Context()
	settings, server := countedSettings(t)
	put(t, store.Open(settings), "plain", keys(1))

	first := store.Open(settings)
	has1, err1 := first.Has(ctx, "plain")
	has2, err2 := first.Has(ctx, "role")
	revision, err3 := first.Revision(ctx, "plain")
	if err := errors.Join(err1, err2, err3); !has1 || has2 || err != nil {
		t.Fatal(has1, has2, err)
	}
	wantKnown(t, settings, "plain", knownKey{}) // there is no session yet
	putSession(t, first, lockKey, session(1, epoch.Add(time.Hour)))
	calls := server.calls.Load()
	wantKnown(t, settings, "plain", knownKey{true, true, revision})
	wantKnown(t, settings, "role", knownKey{false, true, ""})
	wantKnown(t, settings, "other", knownKey{})
	if got := store.Open(settings).Known().Backend(); got != "op-connect" {
		t.Errorf("the backend is %q", got)
	}
	if n := server.calls.Load(); n != calls {
		t.Errorf("the keystore was asked %d times", n-calls)
	}

	// Our own commands, by other settings that lead to the same keystore.
	other := settings
	other.FileDir = t.TempDir()
	put(t, store.Open(other), "role", keys(2))
	wantKnown(t, settings, "role", knownKey{})
	wantKnown(t, other, "role", knownKey{true, true, ""}) // 1Password has its own version, which vault did not ask for
	if _, err := store.Open(settings).Revision(ctx, "plain"); err != nil {
		t.Fatal(err)
	}
	put(t, store.Open(settings), "plain", keys(3))
	wantKnown(t, settings, "plain", knownKey{true, true, ""})
	again, err := store.Open(settings).Revision(ctx, "plain")
	if again == revision || err != nil {
		t.Errorf("Revision = %q, %v; it was %q before", again, err, revision)
	}
	wantKnown(t, settings, "plain", knownKey{true, true, again})
	if err := store.Open(settings).RemoveKeys(ctx, "plain"); err != nil {
		t.Fatal(err)
	}
	wantKnown(t, settings, "plain", knownKey{false, true, ""})

	// vault clear
	if n, err := store.Open(settings).RemoveSessions(ctx, ""); n != 1 || err != nil {
		t.Errorf("RemoveSessions = %d, %v", n, err)
	}
	putSession(t, store.Open(settings), lockKey, session(1, epoch.Add(time.Hour)))
	wantKnown(t, settings, "plain", knownKey{})
}

// In a keystore without versions, the access key id serves as the version.
func TestTheVersionOfAKeyThatWeStored(t *testing.T) {
	settings := sealedSettings(t, t.TempDir())
	settings.Backend, settings.Service = "keyctl", kernelRing(t)
	putSession(t, store.Open(settings), lockKey, session(1, epoch.Add(time.Hour)))
	put(t, store.Open(settings), "plain", keys(2))
	wantKnown(t, settings, "plain", knownKey{true, true, keys(2).AccessKeyID})
	if revision, err := store.Open(settings).Revision(t.Context(), "plain"); revision != keys(2).AccessKeyID || err != nil {
		t.Errorf("Revision = %q, %v", revision, err)
	}
}

// aws-vault changes the keystore without vault: reading notices that the keys are gone, asking
// notices new keys, and doctor compares both.
func TestAnotherProgramChangesTheKeystore(t *testing.T) {
	ctx := t.Context()
	settings, _ := countedSettings(t)
	theirs := settings
	theirs.StateDir = t.TempDir() // has no index of ours
	put(t, store.Open(theirs), "plain", keys(1))
	putSession(t, store.Open(settings), lockKey, session(1, epoch.Add(time.Hour)))
	ask := func() {
		t.Helper()
		s := store.Open(settings)
		_, err1 := s.Has(ctx, "role")
		_, err2 := s.Revision(ctx, "plain")
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	if c, err := store.Open(settings).Compare(ctx); c.Known != 2 || c.Wrong != nil || err != nil {
		t.Errorf("Compare = %+v, %v", c, err)
	}
	put(t, store.Open(theirs), "role", keys(2))
	if err := store.Open(theirs).RemoveKeys(ctx, "plain"); err != nil {
		t.Fatal(err)
	}
	if exists, known, _ := store.Open(settings).Known().Key("plain"); !exists || !known {
		t.Error("what was said is not known")
	}
	wantKnown(t, settings, "role", knownKey{false, true, ""})
	c, err := store.Open(settings).Compare(ctx)
	if want := []string{"plain", "role"}; !slices.Equal(c.Wrong, want) || err != nil {
		t.Errorf("Compare = %+v, %v; want %q wrong", c, err, want)
	}
	wantKnown(t, settings, "plain", knownKey{})
	wantKnown(t, settings, "role", knownKey{})

	put(t, store.Open(theirs), "plain", keys(1))
	ask()
	if err := store.Open(theirs).RemoveKeys(ctx, "plain"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(settings).Keys(ctx, "plain"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Keys: got %v, want ErrNotFound", err)
	}
	wantKnown(t, settings, "plain", knownKey{false, true, ""})
}

// Vault looks into a keystore of files, which costs a system call.
func TestAnotherProgramChangesAFileKeystore(t *testing.T) {
	ctx := t.Context()
	settings := sealedSettings(t, t.TempDir())
	theirs := fileSettings(filepath.Dir(settings.FileDir))
	theirs.StateDir = t.TempDir()
	put(t, store.Open(theirs), "plain", keys(1))
	putSession(t, store.Open(settings), lockKey, session(1, epoch.Add(time.Hour)))
	ask := func() (revision string) {
		t.Helper()
		s := store.Open(settings)
		_, err1 := s.Has(ctx, "role")
		revision, err2 := s.Revision(ctx, "plain")
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		return revision
	}
	revision := ask()
	wantKnown(t, settings, "plain", knownKey{true, true, revision})
	wantKnown(t, settings, "role", knownKey{false, true, ""})
	if _, err := store.Open(settings).Has(ctx, "plain"); err != nil { // this call returns no version, and vault does not assume one
		t.Fatal(err)
	}
	wantKnown(t, settings, "plain", knownKey{true, true, revision})

	put(t, store.Open(theirs), "plain", keys(2))
	put(t, store.Open(theirs), "role", keys(3))
	wantKnown(t, settings, "plain", knownKey{})
	wantKnown(t, settings, "role", knownKey{})
	if again := ask(); again == revision {
		t.Error("the version is the same")
	}
}

func TestKnownNames(t *testing.T) {
	ctx := t.Context()
	settings, server := countedSettings(t)
	now := &clock{epoch}
	settings.Now = now.now
	put(t, store.Open(settings), "plain", keys(1))
	putSession(t, store.Open(settings), lockKey, session(1, epoch.Add(12*time.Hour)))
	want := func(known bool, want ...string) {
		t.Helper()
		calls := server.calls.Load()
		names, _, ok := store.Open(settings).KnownNames(ctx)
		if ok != known || !slices.Equal(names, want) {
			t.Errorf("KnownNames = %q, %v; want %q, %v", names, ok, want, known)
		}
		if n := server.calls.Load(); n != calls {
			t.Errorf("the keystore was asked %d times", n-calls)
		}
	}
	want(false)
	wantNames(t, store.Open(settings), "plain")
	want(true, "plain")
	put(t, store.Open(settings), "more", keys(1))
	want(false) // discards what all settings know
	wantNames(t, store.Open(settings), "more", "plain")
	now.Time = epoch.Add(59 * time.Minute)
	want(true, "more", "plain")
	now.Time = epoch.Add(time.Hour)
	want(false)
	now.Time = epoch.Add(-time.Minute)
	want(false)

	files := sealedSettings(t, t.TempDir())
	theirs := fileSettings(filepath.Dir(files.FileDir))
	theirs.StateDir = t.TempDir()
	putSession(t, store.Open(files), lockKey, session(1, epoch.Add(time.Hour)))
	if _, err := store.Open(files).Has(ctx, "plain"); err != nil {
		t.Fatal(err)
	}
	put(t, store.Open(theirs), "plain", keys(1))
	if names, _, ok := store.Open(files).KnownNames(ctx); !ok || !slices.Equal(names, []string{"plain"}) {
		t.Errorf("of a file keystore: %q, %v", names, ok)
	}
}

// An earlier version kept sessions in the keystore, as aws-vault does.
func TestSessionsFromBeforeAreTidiedUp(t *testing.T) {
	ctx := t.Context()
	before := fileSettings(t.TempDir())
	now := &clock{epoch}
	before.Now = now.now
	for n := range 3 {
		key := aws.SessionKey{Type: "sts.AssumeRole", Profile: fmt.Sprint("role", n), Hash: "h"}
		putSession(t, store.Open(before), key, session(n, epoch.Add(time.Duration(n+1)*time.Hour)))
	}
	after := sealedSettings(t, filepath.Dir(before.FileDir))
	after.Now = now.now
	wantSessions(t, store.Open(after))
	now.Time = epoch.Add(90 * time.Minute)
	after.Passphrase = before.Passphrase // storing a key needs it
	put(t, store.Open(after), "plain", keys(1))
	if files, err := os.ReadDir(after.FileDir); len(files) != 3 || err != nil {
		t.Errorf("after a key was stored there are %d items, %v; want the key and two sessions", len(files), err)
	}
	if n, err := store.Open(after).RemoveSessions(ctx, ""); n != 2 || err != nil {
		t.Errorf("RemoveSessions = %d, %v; want 2", n, err)
	}
	wantNames(t, store.Open(after), "plain")
}

// Docker forbids keyrings with a filter of system calls that answers EPERM.
// Sessions then go to the keystore.
func TestWhereKeyringsAreForbidden(t *testing.T) {
	cmd := play(t, "forbid keyrings", t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func forbidKeyrings() error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_KEYCTL, Jt: 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_ADD_KEY, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := installFilter(filter); err != nil {
		return err
	}
	settings := fileSettings(".")
	settings.SessionBackend = ""
	ctx := context.Background()
	want := session(1, epoch.Add(time.Hour))
	if err := store.Open(settings).PutSession(ctx, lockKey, want); err != nil {
		return err
	}
	if c, ok, err := store.Open(settings).Session(ctx, lockKey); !ok || err != nil || c != want {
		return fmt.Errorf("got %v, %v, %v", c, ok, err)
	}
	if items, err := os.ReadDir(settings.FileDir); len(items) != 1 || err != nil {
		return fmt.Errorf("in the keystore are %v, %v", items, err)
	}
	if _, err := os.Stat(filepath.Join(settings.StateDir, "sessions")); err == nil {
		return errors.New("there is a directory for sealed sessions")
	}
	if all, err := store.Open(settings).Sessions(ctx); len(all) != 1 || err != nil {
		return fmt.Errorf("listed are %v, %v", all, err)
	}
	if n, err := store.Open(settings).RemoveSessions(ctx, ""); n != 1 || err != nil {
		return fmt.Errorf("RemoveSessions = %d, %v", n, err)
	}
	return nil
}

// A state directory that cannot be written, for an ordinary user.
func TestWhereTheStateDirectoryIsReadOnly(t *testing.T) {
	sealedSettings(t, t.TempDir()) // skips
	if out, err := asUser(t, play(t, "read-only state", openDirectory(t))).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func readOnlyState() error {
	ctx := context.Background()
	settings := fileSettings(".")
	settings.SessionBackend, settings.RuntimeDir = "", "runtime"
	settings.Service = fmt.Sprint("vault test ", os.Getpid())
	defer unlinkRing(settings.Service)
	if err := store.Open(settings).PutKeys(ctx, "plain", keys(1)); err != nil {
		return err
	}
	if err := store.Open(settings).PutSession(ctx, lockKey, session(1, epoch.Add(time.Hour))); err != nil {
		return err
	}
	if _, err := store.Open(settings).Revision(ctx, "plain"); err != nil {
		return err
	}
	err := errors.Join(os.Chmod(filepath.Join(settings.StateDir, "sessions"), 0o500), os.Chmod(settings.StateDir, 0o500))
	if err != nil {
		return err
	}
	// Existing sessions are found, and a new one goes to the kernel's keyring.
	other := aws.SessionKey{Type: "x", Profile: "other", Hash: "h"}
	if err := store.Open(settings).PutSession(ctx, other, session(2, epoch.Add(time.Hour))); err != nil {
		return err
	}
	for k, want := range map[aws.SessionKey]aws.Credentials{lockKey: session(1, epoch.Add(time.Hour)), other: session(2, epoch.Add(time.Hour))} {
		if c, ok, err := store.Open(settings).Session(ctx, k); !ok || err != nil || c != want {
			return fmt.Errorf("%s: got %v, %v, %v", k.Profile, c, ok, err)
		}
	}
	if all, err := store.Open(settings).Sessions(ctx); len(all) != 2 || err != nil {
		return fmt.Errorf("listed are %v, %v", all, err)
	}
	// The index cannot learn that the key is a different one, so it knows nothing.
	if err := store.Open(settings).PutKeys(ctx, "plain", keys(2)); err != nil {
		return err
	}
	if _, known, _ := store.Open(settings).Known().Key("plain"); known {
		return errors.New("something is known of a key that was replaced")
	}
	if n, err := store.Open(settings).RemoveSessions(ctx, ""); n != 1 || err != nil {
		return fmt.Errorf("RemoveSessions = %d, %v", n, err)
	}
	return os.Chmod(settings.StateDir, 0o700)
}

// A user has room for 200 keys and 20,000 bytes.
func TestAFullQuotaIsSaidInOneLine(t *testing.T) {
	need.Root(t, "to become a user whose quota can be filled")
	ring := kernelRing(t)
	cmd := asUser(t, play(t, "fill the quota", openDirectory(t)))
	cmd.Env = append(cmd.Env, "STORE_TEST_RING="+ring)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fillQuota() error {
	settings := fileSettings(".")
	settings.Backend, settings.SessionBackend, settings.Service = "keyctl", "", os.Getenv("STORE_TEST_RING")
	s := store.Open(settings)
	var err error
	n := 0
	for ; err == nil && n < 300; n++ {
		err = s.PutKeys(context.Background(), fmt.Sprint("key", n), keys(n))
	}
	want := fmt.Sprintf("store keys of \"key%d\": the kernel's quota of keys for this user is full", n-1)
	if err == nil || err.Error() != want || !errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("got %v, want %s", err, want)
	}
	if hint := fault.HintOf(err); !strings.Contains(hint, "/proc/key-users") {
		return fmt.Errorf("the hint is %q", hint)
	}
	// Of a session it is said once, with what follows from it, and again when an hour has passed.
	wall := &clock{epoch}
	settings.Now = wall.now
	for i, step := range []struct {
		after time.Duration
		said  bool
	}{{0, true}, {time.Minute, false}, {58 * time.Minute, false}, {2 * time.Minute, true}, {time.Minute, false}, {-3 * time.Hour, true}} {
		wall.Time = wall.Add(step.after)
		err := store.Open(settings).PutSession(context.Background(), lockKey, session(1, wall.Add(time.Hour)))
		if want := "keep session of \"dev\": the kernel's quota of keys for this user is full, so sessions are not kept: "; step.said != (err != nil) || err != nil && !strings.HasPrefix(err.Error(), want) {
			return fmt.Errorf("session %d: got %v", i, err)
		}
	}
	return nil
}
