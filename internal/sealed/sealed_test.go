package sealed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/aws"
	"awsvault/internal/sealed"
)

// epoch is the time at which tests begin.
var epoch = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// clock is a clock that a test can move.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// kernel replaces the system's kernel by a map of keys that expire.
type kernel struct {
	clock   *clock
	keys    map[string][]byte
	ends    map[string]time.Time
	lives   []time.Duration // that Add and Keep were called with
	refused error           // what all calls answer
	vanish  bool            // the key is gone when Keep is called, once
}

func newKernel(c *clock) *kernel {
	return &kernel{clock: c, keys: map[string][]byte{}, ends: map[string]time.Time{}}
}

func (k *kernel) live(name string) error {
	if k.refused != nil {
		return k.refused
	}
	if k.keys[name] == nil || !k.ends[name].After(k.clock.now()) {
		return sealed.ErrMissing
	}
	return nil
}

func (k *kernel) Read(name string, into []byte) (int, error) {
	if err := k.live(name); err != nil {
		return 0, err
	}
	copy(into, k.keys[name])
	return len(k.keys[name]), nil
}

func (k *kernel) Add(name string, key []byte, life time.Duration) error {
	if err := k.live(name); err == nil && len(k.keys[name]) == 32 {
		return sealed.ErrExists
	} else if err != nil && !errors.Is(err, sealed.ErrMissing) {
		return err
	}
	k.keys[name] = bytes.Clone(key)
	k.keep(name, life)
	return nil
}

func (k *kernel) Keep(name string, life time.Duration) error {
	if k.vanish {
		k.vanish = false
		k.forget()
	}
	if err := k.live(name); err != nil {
		return err
	}
	k.keep(name, life)
	return nil
}

func (k *kernel) keep(name string, life time.Duration) {
	k.ends[name] = k.clock.now().Add(life)
	k.lives = append(k.lives, life)
}

func (k *kernel) Remove(name string) error {
	if err := k.live(name); err != nil {
		return err
	}
	k.forget()
	return nil
}

// forget acts like a restart.
func (k *kernel) forget() { clear(k.keys); clear(k.ends) }

// world is a directory of sessions with its own kernel and clock.
type world struct {
	dir    string
	clock  *clock
	kernel *kernel
}

func newWorld(t testing.TB) *world {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("sessions are sealed on Linux only")
	}
	c := &clock{epoch}
	return &world{filepath.Join(t.TempDir(), "state", "sessions"), c, newKernel(c)}
}

// open opens the sessions as another process would.
func (w *world) open() *sealed.Cache {
	return sealed.Open(sealed.Settings{Dir: w.dir, Kernel: w.kernel, Now: w.clock.now})
}

func (w *world) put(t testing.TB, n int, life time.Duration) {
	t.Helper()
	if err := w.open().Put(t.Context(), key(n), session(n, w.clock.now().Add(life)), "", sealed.News{}); err != nil {
		t.Fatalf("put session %d: %v", n, err)
	}
}

// want checks whether a fresh process gets session n.
func (w *world) want(t testing.TB, n int, want bool) {
	t.Helper()
	w.wantSession(t, n, session(n, never), want)
}

func (w *world) wantSession(t testing.TB, n int, want aws.Credentials, there bool) {
	t.Helper()
	got, err := w.open().Session(key(n))
	if !there && (got != aws.Credentials{} || !errors.Is(err, sealed.ErrMissing)) {
		t.Errorf("session %d: got %+v, %v; want ErrMissing", n, plain(got), err)
	}
	if there && (err != nil || plain(got) != plain(want)) {
		t.Errorf("session %d: got %+v, %v; want %+v", n, plain(got), err, plain(want))
	}
}

// shown holds credentials that a failing test may print, without their end.
type shown struct{ id, secret, token string }

func plain(c aws.Credentials) shown { return shown{c.AccessKeyID, c.SecretAccessKey, c.SessionToken} }

// files returns the names in the directory, except the lock's.
func (w *world) files(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(w.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != "lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

// sessionFiles returns the paths of the sessions' files.
func (w *world) sessionFiles(t testing.TB) []string {
	var paths []string
	for _, name := range w.files(t) {
		if len(name) == 32 {
			paths = append(paths, filepath.Join(w.dir, name))
		}
	}
	return paths
}

func key(n int) aws.SessionKey {
	return aws.SessionKey{Type: "sts.AssumeRole", Profile: fmt.Sprint("role", n), Hash: fmt.Sprintf("%064d", n)}
}

// never is the end of sessions in tests that ignore it.
var never time.Time

// session returns a session as long as one of AWS's.
func session(n int, ends time.Time) aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     fmt.Sprintf("ASIA%016d", n),
		SecretAccessKey: fmt.Sprintf("secret%034d", n),
		SessionToken:    strings.Repeat("token/+=", 110) + fmt.Sprint(n),
		Expires:         ends,
	}
}

func all(aws.SessionKey) bool { return true }

func of(profile string) func(aws.SessionKey) bool {
	return func(k aws.SessionKey) bool { return k.Profile == profile }
}

func TestASessionIsFoundReplacedAndRemoved(t *testing.T) {
	w := newWorld(t)
	w.want(t, 1, false)
	if n, err := w.open().Remove(t.Context(), all); n != 0 || err != nil || len(w.files(t)) != 0 {
		t.Errorf("removing from nothing: %d, %v, and it left %v", n, err, w.files(t))
	}
	w.put(t, 1, time.Hour)
	w.put(t, 2, 2*time.Hour)
	w.want(t, 1, true)
	w.want(t, 2, true)
	w.want(t, 3, false)
	for _, other := range []aws.SessionKey{{Type: "sts.GetSessionToken", Profile: key(1).Profile, Hash: key(1).Hash}, {Type: key(1).Type, Profile: "x", Hash: key(1).Hash}, {Type: key(1).Type, Profile: key(1).Profile, Hash: "x"}, {}} {
		if _, err := w.open().Session(other); !errors.Is(err, sealed.ErrMissing) {
			t.Errorf("%v: got %v, want ErrMissing", other, err)
		}
	}

	if err := w.open().Put(t.Context(), key(1), session(10, epoch.Add(3*time.Hour)), "", sealed.News{}); err != nil {
		t.Fatal(err)
	}
	w.wantSession(t, 1, session(10, never), true)
	if got, _ := w.open().Session(key(1)); !got.Expires.Equal(epoch.Add(3 * time.Hour)) {
		t.Errorf("it ends at %v", got.Expires)
	}
	w.wantListed(t, sealed.Info{Key: key(1), Ends: epoch.Add(3 * time.Hour)}, sealed.Info{Key: key(2), Ends: epoch.Add(2 * time.Hour)})

	if n, err := w.open().Remove(t.Context(), of("role1")); n != 1 || err != nil {
		t.Errorf("Remove(role1) = %d, %v", n, err)
	}
	w.want(t, 1, false)
	w.want(t, 2, true)
	if len(w.kernel.keys) != 1 {
		t.Error("the kernel's key is gone while a session is left")
	}
	if n, err := w.open().Remove(t.Context(), all); n != 1 || err != nil {
		t.Errorf("Remove(all) = %d, %v", n, err)
	}
	if len(w.kernel.keys) != 0 || len(w.files(t)) != 0 {
		t.Errorf("after the last session went there are %d keys in the kernel, and the files %v", len(w.kernel.keys), w.files(t))
	}
}

func (w *world) wantListed(t testing.TB, want ...sealed.Info) {
	t.Helper()
	got, err := w.open().Sessions()
	slices.SortFunc(got, func(a, b sealed.Info) int { return strings.Compare(a.Key.Profile, b.Key.Profile) })
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("sessions, %v (-want +got)\n%s", err, diff)
	}
}

// A person who reads the disk or a backup finds which profiles were used, but nothing to use.
func TestFilesAreOursAloneAndShowNothing(t *testing.T) {
	w := newWorld(t)
	old := umask(0)
	defer umask(old)
	w.put(t, 1, time.Hour)
	w.learn(t, "keystore", sealed.News{Backend: "file", Facts: map[string]sealed.Fact{"plain": {Exists: true, Revision: "AKIA"}}})
	err := filepath.WalkDir(filepath.Dir(w.dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else if text, _ := os.ReadFile(path); bytes.Contains(text, []byte("secret")) || bytes.Contains(text, []byte("plain")) {
			t.Errorf("%s shows what is in it", path)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		if strings.Contains(d.Name(), "role") {
			t.Errorf("%s names the profile", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAFileThatIsNotAuthenticIsNone(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	w.put(t, 2, time.Hour)
	path := w.sessionFiles(t)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 1
	if bytes.Contains(whole, []byte("role2")) {
		n = 2
	}
	check := func(what string, changed []byte) {
		t.Helper()
		write(t, path, changed)
		if got, err := w.open().Session(key(n)); !errors.Is(err, sealed.ErrMissing) {
			t.Fatalf("%s: got %q, %v; want ErrMissing", what, got, err)
		}
		if listed, err := w.open().Sessions(); len(listed) != 1 || err != nil {
			t.Fatalf("%s: listed are %v, %v", what, listed, err)
		}
	}
	for i := range whole { // the clear header too: that is where the end is
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		check(fmt.Sprintf("byte %d of %d changed", i, len(whole)), changed)
	}
	for _, size := range []int{0, 1, 17, 18, 40, 100, len(whole) - 1} {
		check(fmt.Sprintf("cut to %d bytes", size), whole[:size])
	}
	check("longer", append(bytes.Clone(whole), 0))
	check("very long", make([]byte, 2<<20))
	other, err := os.ReadFile(w.sessionFiles(t)[1])
	if err != nil {
		t.Fatal(err)
	}
	check("that of another session", other)
	index, err := os.ReadFile(filepath.Join(w.dir, "index"))
	if err != nil {
		t.Fatal(err)
	}
	check("the index", index)

	// A new session takes the place of what was there.
	w.put(t, n, time.Hour)
	w.want(t, n, true)
}

// write changes a file, and waits for the next tick of the file system's clock.
func write(t testing.TB, path string, text []byte) {
	t.Helper()
	for before := sealed.Stamp(path); sealed.Stamp(path) == before; {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Beside the sessions there is a listing, which can be old or empty. The sessions are then
// listed as they are.
func TestTheListingOnlySavesTime(t *testing.T) {
	w := newWorld(t)
	ends := func(n int, life time.Duration) sealed.Info {
		return sealed.Info{Key: key(n), Ends: epoch.Add(life)}
	}
	path := filepath.Join(w.dir, "listing")
	w.put(t, 1, time.Hour)
	of1 := w.sessionFiles(t)[0]
	short, err := os.ReadFile(of1)
	if err != nil {
		t.Fatal(err)
	}
	listing, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w.put(t, 2, 2*time.Hour)
	w.put(t, 1, 3*time.Hour)
	w.wantListed(t, ends(1, 3*time.Hour), ends(2, 2*time.Hour))

	write(t, path, listing)
	w.wantListed(t, ends(1, 3*time.Hour), ends(2, 2*time.Hour))
	write(t, path, listing[:len(listing)-1])
	w.wantListed(t, ends(1, 3*time.Hour), ends(2, 2*time.Hour))
	write(t, path, short)
	w.wantListed(t, ends(1, 3*time.Hour), ends(2, 2*time.Hour))

	w.put(t, 2, 4*time.Hour)
	write(t, of1, short) // as a program of before the listing writes it
	w.wantListed(t, ends(1, time.Hour), ends(2, 4*time.Hour))
	if err := os.Remove(of1); err != nil {
		t.Fatal(err)
	}
	w.wantListed(t, ends(2, 4*time.Hour))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w.wantListed(t, ends(2, 4*time.Hour))
}

func TestWithoutItsKeyAFileIsWaste(t *testing.T) {
	w := newWorld(t)
	for n := range 5 {
		w.put(t, n, time.Hour)
	}
	running := w.open()
	if _, err := running.Session(key(1)); err != nil {
		t.Fatal(err)
	}
	w.kernel.forget()
	w.want(t, 1, false)
	w.wantListed(t)
	if w.open().Filled() {
		t.Error("it says that there are sessions")
	}

	w.put(t, 9, time.Hour) // with a new key
	w.want(t, 9, true)
	w.want(t, 1, false)
	if files := w.sessionFiles(t); len(files) != 1 {
		t.Errorf("%d files are left, want 1", len(files))
	}
	// A process that has run all the time and remembers the old key.
	if got, err := running.Session(key(9)); err != nil || plain(got) != plain(session(9, never)) {
		t.Errorf("a running process: got %q, %v", got, err)
	}
	if err := running.Put(t.Context(), key(10), session(10, epoch.Add(time.Hour)), "", sealed.News{}); err != nil {
		t.Error(err)
	}
	w.want(t, 10, true)
}

func TestTheKeyIsGoneInBetween(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	w.kernel.vanish = true
	w.put(t, 2, time.Hour)
	w.want(t, 2, true)
	w.want(t, 1, false)
	w.wantListed(t, sealed.Info{Key: key(2), Ends: epoch.Add(time.Hour)})
}

func TestAKernelThatRefuses(t *testing.T) {
	w := newWorld(t)
	w.kernel.refused = sealed.ErrRefused
	c := w.open()
	_, err1 := c.Session(key(1))
	_, err2 := c.Sessions()
	err3 := c.Put(t.Context(), key(1), session(1, epoch.Add(time.Hour)), "", sealed.News{})
	_, err4 := c.Remove(t.Context(), all)
	for i, err := range []error{err1, err2, err3, err4, c.Usable()} {
		if !errors.Is(err, sealed.ErrRefused) {
			t.Errorf("call %d: got %v, want ErrRefused", i, err)
		}
	}
	if c.Filled() {
		t.Error("it says that there are sessions")
	}
	if files := w.sessionFiles(t); len(files) != 0 {
		t.Errorf("it left %v", files)
	}
}

// Another program's key under vault's name is not used. The next session replaces it.
func TestAKeyOfAnotherSizeIsNotOurs(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	for name := range w.kernel.keys {
		for _, size := range []int{0, 16, 31, 33, 64} {
			w.kernel.keys[name] = make([]byte, size, 64)
			w.want(t, 1, false)
			w.put(t, 2, time.Hour)
			w.want(t, 2, true)
		}
	}
}

func TestTheKernelKeepsTheKeyForTheLongestSession(t *testing.T) {
	w := newWorld(t)
	check := func(what string, want time.Duration) {
		t.Helper()
		if got := w.kernel.lives[len(w.kernel.lives)-1]; got != want {
			t.Errorf("%s: the kernel keeps the key for %v, want %v", what, got, want)
		}
	}
	w.put(t, 1, time.Hour)
	check("the first", time.Hour)
	w.put(t, 2, 12*time.Hour)
	check("a longer one", 12*time.Hour)
	w.put(t, 3, time.Hour)
	check("a shorter one", 12*time.Hour)
	w.clock.Time = epoch.Add(2 * time.Hour)
	w.put(t, 4, time.Hour)
	check("two hours later", 10*time.Hour)
	w.put(t, 5, 90*24*time.Hour)
	check("one of ninety days", 36*time.Hour)
	w.want(t, 5, true)

	if err := os.Remove(filepath.Join(w.dir, "index")); err != nil {
		t.Fatal(err)
	}
	w.put(t, 6, time.Hour)
	check("the index is lost", 36*time.Hour)
	w.want(t, 2, true)
}

func TestAMovedClock(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, 12*time.Hour)
	w.clock.Time = epoch.Add(-48 * time.Hour)
	w.want(t, 1, true) // its end is in the future: whether it still lives, AWS says
	w.put(t, 2, time.Hour)
	if got := w.kernel.lives[len(w.kernel.lives)-1]; got != 36*time.Hour {
		t.Errorf("the kernel keeps the key for %v, want 36 h", got)
	}
	w.want(t, 2, true)

	w.clock.Time = epoch.Add(30 * 24 * time.Hour) // the kernel has forgotten the key, which ends by the same clock
	w.wantListed(t)
	w.put(t, 3, time.Hour)
	w.want(t, 3, true)
	if files := w.sessionFiles(t); len(files) != 1 {
		t.Errorf("%d files are left, want 1", len(files))
	}

	w.clock.Time = epoch // back again: when the directory was swept is in the future
	w.put(t, 4, time.Hour)
	w.want(t, 3, true)
	w.want(t, 4, true)
}

func TestWhatHasEndedIsNotListedAndSwept(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, 10*time.Minute)
	w.put(t, 2, 12*time.Hour)
	stray := filepath.Join(w.dir, ".vault-123.tmp")
	kept := filepath.Join(w.dir, "notes of the user")
	for _, path := range []string{stray, kept} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Time = epoch.Add(30 * time.Minute)
	w.wantListed(t, sealed.Info{Key: key(2), Ends: epoch.Add(12 * time.Hour)})
	w.put(t, 3, time.Hour)
	if len(w.sessionFiles(t)) != 3 {
		t.Error("the directory was searched again after half an hour")
	}
	w.clock.Time = epoch.Add(time.Hour)
	w.put(t, 4, time.Hour)
	if n := len(w.sessionFiles(t)); n != 3 {
		t.Errorf("%d files are left after an hour, want 3", n)
	}
	if _, err := os.Stat(stray); err == nil {
		t.Error("what a killed process left is still there")
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error("a file of another kind was removed")
	}
	if err := w.open().Put(t.Context(), key(5), session(5, w.clock.now()), "", sealed.News{}); err == nil || err.Error() != "it has ended" {
		t.Errorf("a session that has ended: %v", err)
	}
}

func TestOddSessions(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", math.MaxUint16)
	check := func(k aws.SessionKey, want aws.Credentials) {
		t.Helper()
		want.Expires = epoch.Add(time.Hour)
		if err := w.open().Put(t.Context(), k, want, "", sealed.News{}); err != nil {
			t.Errorf("%.40q: %v", k, err)
		}
		if got, err := w.open().Session(k); err != nil || got != want {
			t.Errorf("%.40q: got %.40q, %v", k, plain(got), err)
		}
	}
	for n, k := range []aws.SessionKey{{}, {Type: "a"}, {Profile: "a"}, {Hash: "a"}, {Type: "index"}, {Type: "\x00", Profile: "../../etc", Hash: "\xff"}, {Profile: "Ünï ☃\n"}, {Profile: long}} {
		check(k, session(n, never))
	}
	for _, size := range []int{0, 8000, 8 << 10, 9000, math.MaxUint16} {
		check(key(size), aws.Credentials{SessionToken: long[:size]})
	}
	check(key(1), aws.Credentials{AccessKeyID: long, SecretAccessKey: long, SessionToken: long})
	if err := w.open().Put(t.Context(), key(1), aws.Credentials{SessionToken: long + "x", Expires: epoch.Add(time.Hour)}, "", sealed.News{}); err == nil {
		t.Error("a token of 64 KiB is accepted")
	}
	if err := w.open().Put(t.Context(), aws.SessionKey{Profile: long + "x"}, session(1, epoch.Add(time.Hour)), "", sealed.News{}); err == nil {
		t.Error("a name of 64 KiB is accepted")
	}
	w.learn(t, "one", sealed.News{Facts: map[string]sealed.Fact{"plain": {Exists: true}}})
	w.wantFact(t, "one", "plain", &sealed.Fact{Exists: true}) // the session of that type is not the index
}

// Another user, or a careless one, may put something in the way.
func TestADirectoryThatIsNotOurs(t *testing.T) {
	w := newWorld(t)
	if err := os.MkdirAll(w.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	check := func(what, want string) {
		t.Helper()
		err := w.open().Put(t.Context(), key(1), session(1, epoch.Add(time.Hour)), "", sealed.News{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", what, err, want)
		}
		if n := len(w.sessionFiles(t)); n != 0 {
			t.Errorf("%s: %d sessions were written", what, n)
		}
	}
	if err := os.Chmod(w.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	check("open to all", "can be written by")
	if os.Getuid() == 0 {
		if err := errors.Join(os.Chmod(w.dir, 0o700), os.Chown(w.dir, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
		check("another user's", "belongs to user 65534")
	}
	if err := os.Remove(w.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), w.dir); err != nil {
		t.Fatal(err)
	}
	check("a link", "not a directory")
	if err := os.Remove(w.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check("a file", "ot a directory")
	if err := w.open().Usable(); err == nil {
		t.Error("a file is usable as a directory")
	}
}

// A stopped process may hold the lock for ever. A reader must not wait for it, and a writer
// must return when its context is cancelled.
func TestReadingTakesNoLock(t *testing.T) {
	w := newWorld(t)
	w.put(t, 1, time.Hour)
	defer holdLock(t, filepath.Join(w.dir, "lock"))()
	w.want(t, 1, true)
	w.wantListed(t, sealed.Info{Key: key(1), Ends: epoch.Add(time.Hour)})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("called off"))
	if err := w.open().Put(ctx, key(2), session(2, epoch.Add(time.Hour)), "", sealed.News{}); err == nil || err.Error() != "called off" {
		t.Errorf("a writer: got %v", err)
	}
}

// These packages are initialised before vault delivers a cached session.
func TestItIsMadeOfFewPackages(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	cmd.Env = append(os.Environ(), "GOOS=linux")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"awsvault/internal/aws", "golang.org/x/sys/unix", "github.com/gofrs/flock", "awsvault/internal/disk", "awsvault/internal/sealed",
	}
	if got := strings.Fields(string(out)); !slices.Equal(got, want) {
		t.Errorf("it is made of %q, want %q: every 'vault use' initialises them all", got, want)
	}
	std, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, heavy := range []string{"net", "net/http", "os/exec", "os/signal", "regexp", "math/big", "text/template"} {
		if slices.Contains(strings.Fields(string(std)), heavy) {
			t.Errorf("it is made of %s too", heavy)
		}
	}
}

func TestTheSystemThatHasNoKeyringsIsBuilt(t *testing.T) {
	for _, system := range []string{"windows", "darwin"} {
		cmd := exec.Command("go", "vet", ".")
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", system, err, out)
		}
	}
}
