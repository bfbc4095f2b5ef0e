//go:build linux

package sealed_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"awsvault/internal/sealed"
	"awsvault/tests/need"
)

// The test binary also acts as other processes: it runs itself with the name of a part in this
// variable, and the directory of sessions in the next.
const (
	partVariable = "SEALED_TEST_PART"
	dirVariable  = "SEALED_TEST_DIR"
)

var parts = map[string]func(dir string) error{
	"put twenty":       putTwenty,
	"put for ever":     putForEver,
	"read one":         readOne,
	"list three":       listThree,
	"ordinary":         ordinaryUser,
	"full quota":       fullQuota,
	"read-only":        readOnly,
	"unlisted":         unlisted,
	"leave possession": leavePossession,
	"find it":          findIt,
}

func TestMain(m *testing.M) {
	if part := os.Getenv(partVariable); part != "" {
		if err := parts[part](os.Getenv(dirVariable)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func play(t testing.TB, part, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), partVariable+"="+part, dirVariable+"="+dir, "GORACE=atexit_sleep_ms=0")
	return cmd
}

func umask(mask int) int { return syscall.Umask(mask) }

// holdLock holds a lock file until the returned function is called.
func holdLock(t testing.TB, path string) func() {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { file.Close() }
}

// real opens sessions with the system's kernel and its clock, by which the kernel forgets
// keys.
func real(dir string) *sealed.Cache { return sealed.Open(sealed.Settings{Dir: dir, Now: time.Now}) }

// realDir returns a directory for sessions with the system's kernel. The key is removed when
// the test ends. Every user may use the parent directory.
func realDir(t testing.TB) string {
	t.Helper()
	if _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); err != nil {
		t.Skipf("the kernel refuses keyrings here (%v): run outside a container, or with --security-opt seccomp=unconfined", err)
	}
	parent, err := os.MkdirTemp("", "sealed")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(parent, 0o777); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "sessions")
	t.Cleanup(func() {
		real(dir).Remove(context.Background(), all)
		os.RemoveAll(parent)
	})
	return dir
}

func putReal(dir string, n int) error {
	return real(dir).Put(context.Background(), key(n), session(n, time.Now().Add(time.Hour)), "", sealed.News{})
}

func wantReal(dir string, n int) error {
	got, err := real(dir).Session(key(n))
	if err != nil || plain(got) != plain(session(n, never)) {
		return fmt.Errorf("session %d: got %q, %w", n, got, err)
	}
	return nil
}

func TestTheKernelOfThisSystem(t *testing.T) {
	dir := realDir(t)
	if _, err := real(dir).Session(key(1)); !errors.Is(err, sealed.ErrMissing) {
		t.Errorf("nothing: got %v, want ErrMissing", err)
	}
	for n := range 3 {
		if err := putReal(dir, n); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		if err := wantReal(dir, n); err != nil {
			t.Error(err)
		}
	}
	if err := real(dir).Usable(); err != nil {
		t.Error(err)
	}
	running := real(dir)
	if n, err := running.Remove(t.Context(), of("role1")); n != 1 || err != nil {
		t.Errorf("Remove(role1) = %d, %v", n, err)
	}
	if n, err := real(dir).Remove(t.Context(), all); n != 2 || err != nil {
		t.Errorf("Remove(all) = %d, %v", n, err)
	}
	if real(dir).Filled() {
		t.Error("the kernel still has the key")
	}
	// A key of the same name right after, while the kernel has not yet tidied up.
	if err := errors.Join(putReal(dir, 5), wantReal(dir, 5)); err != nil {
		t.Error(err)
	}
	if err := running.Put(t.Context(), key(6), session(6, time.Now().Add(time.Hour)), "", sealed.News{}); err != nil {
		t.Error(err)
	}
	if err := errors.Join(wantReal(dir, 5), wantReal(dir, 6)); err != nil {
		t.Error(err)
	}
}

func TestTheKernelForgetsTheKey(t *testing.T) {
	dir := realDir(t)
	if err := real(dir).Put(t.Context(), key(1), session(1, time.Now().Add(3*time.Second)), "", sealed.News{}); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); real(dir).Filled(); time.Sleep(20 * time.Millisecond) { // the kernel has a clock of its own
		if time.Since(start) > 30*time.Second {
			t.Fatal("after 30 s the kernel still has the key")
		}
	}
	if err := errors.Join(putReal(dir, 2), wantReal(dir, 2)); err != nil { // in place of a dead key
		t.Error(err)
	}
}

// Two processes find no key at the same time. One makes it, and both use it.
func TestManyProcessesAtOnce(t *testing.T) {
	for range 3 {
		dir := realDir(t)
		var group sync.WaitGroup
		for p := range 4 {
			cmd := play(t, "put twenty", dir)
			cmd.Env = append(cmd.Env, fmt.Sprint("SEALED_TEST_FROM=", 20*p))
			group.Go(func() {
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
		group.Wait()
		for n := range 80 {
			if err := wantReal(dir, n); err != nil {
				t.Error(err)
			}
		}
		if listed, err := real(dir).Sessions(); len(listed) != 80 || err != nil {
			t.Errorf("listed are %d, %v; want 80", len(listed), err)
		}
	}
}

func putTwenty(dir string) error {
	from, err := strconv.Atoi(os.Getenv("SEALED_TEST_FROM"))
	for n := from; err == nil && n < from+20; n++ {
		if err = putReal(dir, n); err == nil {
			err = wantReal(dir, n)
		}
	}
	return err
}

func putForEver(dir string) error {
	for n := 0; ; n++ {
		if err := putReal(dir, n%5); err != nil {
			return err
		}
		if n%7 == 0 {
			if _, err := real(dir).Remove(context.Background(), of("role0")); err != nil {
				return err
			}
		}
		fmt.Println(n)
	}
}

// A process that is killed at any moment leaves complete sessions. No session is lost except
// one that the process was about to remove, and the next process can continue.
func TestAKilledProcess(t *testing.T) {
	dir := realDir(t)
	if err := putReal(dir, 100); err != nil {
		t.Fatal(err)
	}
	for range 25 {
		cmd := play(t, "put for ever", dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		io.ReadFull(out, make([]byte, 4)) // it has begun
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		cmd.Process.Kill()
		cmd.Wait()
		if err := wantReal(dir, 100); err != nil {
			t.Fatal(err)
		}
		listed, err := real(dir).Sessions()
		if err != nil {
			t.Fatal(err)
		}
		files := 0
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if len(e.Name()) == 32 {
				files++
			}
		}
		if files != len(listed) {
			t.Fatalf("%d files, of which %d are whole", files, len(listed))
		}
		if err := errors.Join(putReal(dir, 50), wantReal(dir, 50)); err != nil {
			t.Fatal(err)
		}
	}
}

// asUser makes a process run as a user other than root, without keys in the kernel from an
// earlier run.
func asUser(t testing.TB, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		return cmd
	}
	self, err := os.ReadFile(cmd.Path) // which the user may not read
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "sealed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cmd.Path = filepath.Join(dir, "sealed.test")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(cmd.Path, self, 0o755)); err != nil {
		t.Fatal(err)
	}
	user := uint32(200000 + rand.IntN(1_000_000))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	return cmd
}

func runAsUser(t *testing.T, part string) {
	t.Helper()
	if out, err := asUser(t, play(t, part, realDir(t))).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// An ordinary user has room for 200 keys and 20,000 bytes in the kernel, which is enough for
// fifteen sessions.
func TestAnOrdinaryUserHasTwoHundredSessions(t *testing.T) { runAsUser(t, "ordinary") }

func ordinaryUser(dir string) error {
	if os.Getuid() == 0 {
		return errors.New("this is root")
	}
	for n := range 200 {
		if err := putReal(dir, n); err != nil {
			return err
		}
	}
	for n := range 200 {
		if err := wantReal(dir, n); err != nil {
			return err
		}
	}
	if n, err := real(dir).Remove(context.Background(), all); n != 200 || err != nil {
		return fmt.Errorf("Remove(all) = %d, %w", n, err)
	}
	return nil
}

func TestAFullQuota(t *testing.T) {
	need.Root(t, "to become a user whose quota can be filled")
	runAsUser(t, "full quota")
}

func fullQuota(dir string) error {
	var err error
	for _, size := range []int{100, 1} {
		err = nil
		for n := 0; err == nil; n++ {
			_, err = unix.AddKey("user", fmt.Sprint("fill ", size, n), make([]byte, size), unix.KEY_SPEC_USER_KEYRING)
		}
	}
	if !errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("filling the quota: %w", err)
	}
	if err := putReal(dir, 1); !errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("got %v, want EDQUOT", err)
	}
	if _, err := real(dir).Session(key(1)); !errors.Is(err, sealed.ErrMissing) {
		return fmt.Errorf("got %v, want ErrMissing", err)
	}
	return nil
}

func TestAReadOnlyDirectory(t *testing.T) { runAsUser(t, "read-only") }

func readOnly(dir string) error {
	if os.Getuid() == 0 {
		return errors.New("this is root, who may write everywhere")
	}
	if err := putReal(dir, 1); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		return err
	}
	c := real(dir)
	if err := c.Usable(); !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("Usable: got %v, want EACCES", err)
	}
	if err := wantReal(dir, 1); err != nil { // it can still be read
		return err
	}
	if err := putReal(dir, 2); !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("Put: got %v, want EACCES", err)
	}
	if err := c.Learn(context.Background(), "one", sealed.News{Backend: "file"}); !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("Learn: got %v, want EACCES", err)
	}
	if n, err := c.Remove(context.Background(), all); n != 1 || err != nil {
		return fmt.Errorf("Remove(all) = %d, %v", n, err)
	}
	if _, err := real(dir).Session(key(1)); !errors.Is(err, sealed.ErrMissing) {
		return fmt.Errorf("after it was removed: got %v, want ErrMissing", err)
	}
	return os.Chmod(dir, 0o700)
}

// A directory that cannot be listed shows that one session among thousands is found without a
// search.
func TestFiveThousandSessions(t *testing.T) { runAsUser(t, "unlisted") }

func unlisted(dir string) error {
	c := real(dir)
	ends := time.Now().Add(time.Hour)
	for n := range 5000 {
		if err := c.Put(context.Background(), key(n), session(n, ends), "", sealed.News{}); err != nil {
			return err
		}
	}
	listed, err := real(dir).Sessions()
	if len(listed) != 5000 || err != nil {
		return fmt.Errorf("listed are %d, %w", len(listed), err)
	}
	if err := os.Chmod(dir, 0o300); err != nil {
		return err
	}
	if _, err := os.ReadDir(dir); err == nil && os.Getuid() != 0 {
		return errors.New("the directory can be listed")
	}
	if err := errors.Join(wantReal(dir, 2500), putReal(dir, 5000), wantReal(dir, 5000)); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	if n, err := real(dir).Remove(context.Background(), all); n != 5001 || err != nil {
		return fmt.Errorf("Remove(all) = %d, %w", n, err)
	}
	return nil
}

// The processes of a user share sessions whether or not the user's keyring is linked into the
// session keyring. With cron and su it often is not.
func TestTheKeyIsFoundWithoutPossession(t *testing.T) { runAsUser(t, "leave possession") }

func leavePossession(dir string) error {
	if err := putReal(dir, 1); err != nil {
		return err
	}
	if _, err := unix.KeyctlJoinSessionKeyring("vault test"); err != nil {
		return err
	}
	os.Setenv(partVariable, "find it")
	return syscall.Exec("/proc/self/exe", os.Args, os.Environ())
}

func findIt(dir string) error {
	if err := errors.Join(wantReal(dir, 1), putReal(dir, 2), wantReal(dir, 2)); err != nil {
		return err
	}
	if n, err := real(dir).Remove(context.Background(), all); n != 2 || err != nil {
		return fmt.Errorf("Remove(all) = %d, %w", n, err)
	}
	return nil
}

// A cached session takes a handful of system calls, and no write.
func TestReadingIsAHandfulOfCalls(t *testing.T) {
	dir := realDir(t)
	if err := putReal(dir, 1); err != nil {
		t.Fatal(err)
	}
	if err := real(dir).Learn(t.Context(), "one", sealed.News{Backend: "file", Facts: map[string]sealed.Fact{"plain": {Exists: true}}}); err != nil {
		t.Fatal(err)
	}
	wantCalls(t, "read one", dir, "keyctl keyctl openat read close openat read close")
}

// Listing the sessions opens none of them.
func TestListingOpensNoSession(t *testing.T) {
	dir := realDir(t)
	if err := errors.Join(putReal(dir, 1), putReal(dir, 2), putReal(dir, 3)); err != nil {
		t.Fatal(err)
	}
	wantCalls(t, "list three", dir, "keyctl keyctl openat getdents64 getdents64 openat read close newfstatat newfstatat newfstatat close")
}

// wantCalls runs a part, and compares the system calls between its marks.
func wantCalls(t *testing.T, part, dir, want string) {
	t.Helper()
	strace := need.Program(t, "strace", "strace")
	cmd := play(t, part, dir)
	log := filepath.Join(t.TempDir(), "calls")
	cmd.Args = []string{strace, "-f", "-qq", "-o", log, cmd.Path}
	cmd.Path = strace
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), `"/begin"`)
	calls, _, ok := strings.Cut(rest, `"/end"`)
	if !ok {
		t.Fatalf("the marks are missing in\n%s", text)
	}
	var names []string
	// Of keys and files; the others are the runtime's own.
	for _, m := range regexp.MustCompile(`(?m)^\d+ +(keyctl|add_key|request_key|open\w*|read\w*|pread\w*|write\w*|close|\w*stat\w*|rename\w*|unlink\w*|mkdir\w*|getdents\w*|flock|fcntl|ioctl|fsync|socket|connect|epoll_c\w+|execve)\(`).FindAllStringSubmatch(calls, -1) {
		names = append(names, m[1])
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// listThree lists three sessions between two marks.
func listThree(dir string) error {
	c := real(dir)
	unix.Access("/begin", unix.F_OK)
	listed, err := c.Sessions()
	unix.Access("/end", unix.F_OK)
	if len(listed) != 3 {
		return fmt.Errorf("listed are %d, %w", len(listed), err)
	}
	return err
}

// readOne reads what a `use` needs, between two marks.
func readOne(dir string) error {
	c := real(dir)
	unix.Access("/begin", unix.F_OK)
	_, known := c.Knowledge("one").Key("plain")
	_, err := c.Session(key(1))
	unix.Access("/end", unix.F_OK)
	if !known {
		return errors.New("the index knows nothing")
	}
	return err
}

func BenchmarkSession(b *testing.B) {
	dir := realDir(b)
	if err := putReal(dir, 1); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := wantReal(dir, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListFiveThousand(b *testing.B) {
	dir := realDir(b)
	c := real(dir)
	for n := range 5000 {
		if err := c.Put(context.Background(), key(n), session(n, time.Now().Add(time.Hour)), "", sealed.News{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if listed, err := real(dir).Sessions(); len(listed) != 5000 || err != nil {
			b.Fatal(len(listed), err)
		}
	}
}
