//go:build linux

package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"awsvault/internal/aws"
	"awsvault/internal/store"
)

func init() {
	parts["put a session"] = putOneSession
	parts["leave the login session"] = leaveLoginSession
	parts["get a session"] = getOneSession
	parts["exceed the quota"] = exceedQuota
	parts["fill the disk"] = fillDisk
}

// kernelSettings returns the settings of a kernel keyring with the given name, and of a file
// keystore in dir. The state directory is unusable, so nothing is sealed.
func kernelSettings(dir, ring string) store.Settings {
	settings := fileSettings(dir)
	settings.SessionBackend = ""
	settings.Service = ring
	settings.RuntimeDir = settings.StateDir
	settings.StateDir = "/dev/null/state"
	return settings
}

// kernelRing returns the name of a keyring for this test. The keyring is removed when the test
// ends.
func kernelRing(t testing.TB) string {
	t.Helper()
	if _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); err != nil {
		t.Skipf("the kernel refuses keyrings here (%v): run outside a container, or with --security-opt seccomp=unconfined", err)
	}
	awaitKernelRoom(t, 2*largeToken)
	ring := fmt.Sprintf("vault test %d %s", os.Getpid(), t.Name())
	t.Cleanup(func() { unlinkRing(ring) })
	return ring
}

// awaitKernelRoom waits until the user's quota has room for the given number of bytes. The
// kernel returns the room of removed keys some time later, and the tests of other packages run
// at the same time.
func awaitKernelRoom(t testing.TB, bytes int) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		table, err := os.ReadFile("/proc/key-users")
		if err != nil {
			return // not shown here: the test finds out
		}
		used, all := 0, 0
		for line := range strings.Lines(string(table)) {
			var uid, usage, keys, live, n, most, inUse, limit int
			if _, err := fmt.Sscanf(line, "%d: %d %d/%d %d/%d %d/%d", &uid, &usage, &keys, &live, &n, &most, &inUse, &limit); err == nil && uid == os.Getuid() {
				used, all = inUse, limit
			}
		}
		if all == 0 || all-used >= bytes {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d of the %d bytes that the kernel keeps for this user are taken: see /proc/keys", used, all)
		}
	}
}

func unlinkRing(ring string) {
	if number, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", ring, 0); err == nil {
		unix.KeyctlInt(unix.KEYCTL_UNLINK, number, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	}
}

func TestKernel(t *testing.T) {
	conform(t, func(t *testing.T) (store.Settings, *native) {
		settings := kernelSettings(t.TempDir(), kernelRing(t))
		settings.Backend, settings.SessionBackend = "keyctl", "keyctl"
		return settings, nil
	})
}

func TestSessionsThatCannotBeSealedGoToTheKernel(t *testing.T) {
	settings := kernelSettings(t.TempDir(), kernelRing(t))
	asked := &asker{answer: passphrase}
	settings.Passphrase, settings.NewPassphrase = asked.ask, asked.ask
	want := session(1, epoch.Add(time.Hour))
	putSession(t, store.Open(settings), lockKey, want)
	wantSession(t, store.Open(settings), lockKey, &want)
	wantSessions(t, store.Open(settings), store.SessionInfo{Key: lockKey, Expires: want.Expires})
	if asked.asked != nil {
		t.Errorf("a passphrase was asked for: %q", asked.asked)
	}
	if _, err := os.Stat(settings.FileDir); err == nil {
		t.Error("the file keystore was made")
	}

	settings.SessionBackend = "file"
	wantSession(t, store.Open(settings), lockKey, nil)
}

func TestTheKernelForgetsASessionWhenItExpires(t *testing.T) {
	settings := kernelSettings(t.TempDir(), kernelRing(t))
	putSession(t, store.Open(settings), lockKey, session(1, epoch.Add(time.Second)))
	ring, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "keyring", settings.Service, 0)
	if err != nil {
		t.Fatal(err)
	}
	item := fmt.Sprintf("sts.AssumeRole,ZGV2,aA,%d", epoch.Add(time.Second).Unix())
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) { // the kernel has a clock of its own
		_, err := unix.KeyctlSearch(ring, "user", item, 0)
		if errors.Is(err, unix.EKEYEXPIRED) || errors.Is(err, unix.ENOKEY) {
			break
		}
		if time.Since(start) > 5*time.Second {
			t.Fatalf("after 5 s: %v", err)
		}
	}
	settings.MinTTL = 0
	wantSession(t, store.Open(settings), lockKey, nil) // by a clock that has not moved
	want := session(2, epoch.Add(time.Hour))
	putSession(t, store.Open(settings), lockKey, want)
	wantSession(t, store.Open(settings), lockKey, &want)
}

func TestSessionsThatTheKernelCannotHoldGoToTheKeystore(t *testing.T) {
	settings := kernelSettings(t.TempDir(), kernelRing(t))
	want := session(1, epoch.Add(time.Hour))
	want.SessionToken = strings.Repeat("x", 40_000)
	putSession(t, store.Open(settings), lockKey, want)
	wantSession(t, store.Open(settings), lockKey, &want)
	if items, err := os.ReadDir(settings.FileDir); len(items) != 1 {
		t.Errorf("in the file keystore: %v, %v; want one item", items, err)
	}
	wantSessions(t, store.Open(settings), store.SessionInfo{Key: lockKey, Expires: want.Expires})
	if n, err := store.Open(settings).RemoveSessions(t.Context(), "dev"); n != 1 || err != nil {
		t.Errorf("RemoveSessions = %d, %v; want 1", n, err)
	}
}

func TestTheKernelsKeyringIsCreatedOnce(t *testing.T) {
	ctx := t.Context()
	for range 20 {
		settings := kernelSettings(t.TempDir(), kernelRing(t))
		var group sync.WaitGroup
		for n := range 8 {
			group.Go(func() {
				key := aws.SessionKey{Type: "sts.AssumeRole", Profile: fmt.Sprint(n), Hash: "h"}
				if err := store.Open(settings).PutSession(ctx, key, session(n, epoch.Add(time.Hour))); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n, err := store.Open(settings).RemoveSessions(ctx, ""); n != 8 || err != nil {
			t.Fatalf("of 8 sessions that were stored at once, %d are there (%v)", n, err)
		}
		unlinkRing(settings.Service)
	}
}

// The processes of a user share sessions whether or not the user's keyring is linked into the
// session keyring. With cron and su it often is not. If possible, the user in the test is not
// root, because root has more rights.
func TestASessionIsSeenWithoutPossession(t *testing.T) {
	ring := kernelRing(t)
	dir := openDirectory(t)
	run := func(part string) {
		t.Helper()
		cmd := asUser(t, play(t, part, dir))
		cmd.Env = append(cmd.Env, "STORE_TEST_RING="+ring)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", part, err, out)
		}
	}
	run("put a session")
	run("get a session")
	run("leave the login session")
}

func putOneSession() error {
	s := store.Open(kernelSettings(".", os.Getenv("STORE_TEST_RING")))
	return s.PutSession(context.Background(), lockKey, session(1, epoch.Add(time.Hour)))
}

// leaveLoginSession gives the process a new, empty session keyring.
func leaveLoginSession() error {
	runtime.LockOSThread()
	if _, err := unix.KeyctlJoinSessionKeyring("vault test"); err != nil {
		return err
	}
	os.Setenv(partVariable, "get a session")
	return syscall.Exec("/proc/self/exe", os.Args, os.Environ())
}

// getOneSession gets the session, replaces it and removes it.
func getOneSession() error {
	ctx := context.Background()
	s := store.Open(kernelSettings(".", os.Getenv("STORE_TEST_RING")))
	for n := 1; n < 3; n++ {
		want := session(n, epoch.Add(time.Hour))
		if c, ok, err := s.Session(ctx, lockKey); !ok || err != nil || c != want {
			return fmt.Errorf("got %v, %v, %v; want %v", c, ok, err, want)
		}
		if err := s.PutSession(ctx, lockKey, session(n+1, epoch.Add(time.Hour))); err != nil {
			return err
		}
	}
	if n, err := s.RemoveSessions(ctx, "dev"); n != 1 || err != nil {
		return fmt.Errorf("removed %d, %v; want 1", n, err)
	}
	return s.PutSession(ctx, lockKey, session(1, epoch.Add(time.Hour)))
}

func TestSessionsBeyondTheQuotaGoToTheKeystore(t *testing.T) {
	ring := kernelRing(t)
	cmd := asUser(t, play(t, "exceed the quota", openDirectory(t)))
	cmd.Env = append(cmd.Env, "STORE_TEST_RING="+ring)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// exceedQuota stores more sessions than the kernel allows to a user: 20000 bytes, unless the
// machine has another limit.
func exceedQuota() error {
	ctx := context.Background()
	settings := kernelSettings(".", os.Getenv("STORE_TEST_RING"))
	defer unlinkRing(settings.Service)
	s := store.Open(settings)
	for n := range 12 {
		want := session(n, epoch.Add(time.Hour))
		want.SessionToken = strings.Repeat("x", 4000)
		key := aws.SessionKey{Type: "sts.AssumeRole", Profile: fmt.Sprint("dev", n), Hash: "h"}
		if err := s.PutSession(ctx, key, want); err != nil {
			return err
		}
		if c, ok, err := s.Session(ctx, key); !ok || err != nil || c != want {
			return fmt.Errorf("session %d: got %v, %v, %v", n, c, ok, err)
		}
	}
	items, err := os.ReadDir(settings.FileDir)
	if err != nil || len(items) == 0 || len(items) == 12 {
		return fmt.Errorf("%d of 12 sessions are in the file keystore (%v); want some", len(items), err)
	}
	if n, err := s.RemoveSessions(ctx, ""); n != 12 || err != nil {
		return fmt.Errorf("removed %d, %v; want 12", n, err)
	}
	return nil
}

// users records the tests that have run as another user.
var users struct {
	sync.Mutex
	last uint32
	of   map[string]uint32 // by the name of a running test
}

// userOf returns the user for a test. Each test gets a different user, because the kernel
// charges a user's quota for keys that another test or run has left, as long as the keys live.
func userOf(t *testing.T) uint32 {
	users.Lock()
	defer users.Unlock()
	if users.of == nil {
		users.of = map[string]uint32{}
	}
	if users.of[t.Name()] == 0 {
		users.last++
		users.of[t.Name()] = users.last
		t.Cleanup(func() {
			users.Lock()
			defer users.Unlock()
			delete(users.of, t.Name())
		})
	}
	return 100000*users.of[t.Name()] + uint32(os.Getpid()%100000)
}

// asUser makes a process run as a user other than root. The user stays the same throughout a
// test.
func asUser(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		return cmd
	}
	self, err := os.Open(cmd.Path) // which nobody may not read
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	copied := filepath.Join(openDirectory(t), "store.test")
	file, err := os.OpenFile(copied, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(file, self)
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	cmd.Path = copied
	user := userOf(t)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	return cmd
}

// openDirectory returns a temporary directory that every user may use, unlike the directory
// from the testing package.
func openDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAFullDiskKeepsTheOldItem(t *testing.T) {
	dir := t.TempDir()
	cmd := play(t, "fill the disk", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
	out, err := cmd.CombinedOutput()
	if cmd.Process == nil || strings.HasPrefix(string(out), "mount") {
		t.Skipf("no tmpfs can be mounted here (%v %s): run as root, or allow user namespaces", err, out)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// fillDisk works in a mount namespace of its own, so its mounts end with it.
func fillDisk() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	if err := unix.Mount("tmpfs", ".", "tmpfs", 0, "size=64k"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil { // into what is mounted there now
		return err
	}
	ctx := context.Background()
	settings := fileSettings(dir)
	if err := store.Open(settings).PutKeys(ctx, "dev", keys(1)); err != nil {
		return err
	}
	if err := os.WriteFile("filler", make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("filling the disk: %v", err)
	}
	large := keys(2)
	large.SessionToken = strings.Repeat("x", 8<<10)
	err = store.Open(settings).PutKeys(ctx, "dev", large)
	want := fmt.Sprintf("store keys of \"dev\": write %s: no space left on device", filepath.Join(settings.FileDir, "dev"))
	if err == nil || err.Error() != want {
		return fmt.Errorf("got %v, want %s", err, want)
	}
	c, err := store.Open(settings).Keys(ctx, "dev")
	if err != nil || c != keys(1) {
		return fmt.Errorf("after that: %v, %v", c, err)
	}
	items, err := os.ReadDir(settings.FileDir)
	if err != nil || len(items) != 1 {
		return fmt.Errorf("left in the directory: %v, %v", items, err)
	}
	return nil
}

func BenchmarkSessionInKernel(b *testing.B) {
	benchmarkSession(b, kernelSettings(b.TempDir(), kernelRing(b)))
}
