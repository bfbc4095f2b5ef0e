//go:build linux

package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus"

	"awsvault/internal/fault"
	"awsvault/internal/nodbus"
	"awsvault/internal/store"
)

// withBus runs the calling test in a process of its own with its own message bus, because the
// process connects to the bus when it starts. It returns true in that process. prepare is a
// shell command that runs on the bus first.
func withBus(t *testing.T, prepare string, collections ...string) bool {
	t.Helper()
	if os.Getenv(onBus) != "" {
		return true
	}
	needs(t, "dbus-run-session", "gnome-keyring-daemon")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	keyrings := filepath.Join(home, "data", "keyrings")
	if err := errors.Join(os.MkdirAll(keyrings, 0o700), os.Mkdir(filepath.Join(home, "run"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, name := range collections { // without a password, so nobody has to be asked
		text := "[keyring]\ndisplay-name=" + name + "\nctime=0\nmtime=0\nlock-on-idle=false\nlock-after=false\n"
		file := strings.ReplaceAll(name, " ", "_") + ".keyring"
		if err := os.WriteFile(filepath.Join(keyrings, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("dbus-run-session", "--", "sh", "-c", prepare+`exec "$@"`, "sh",
		self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_DATA_HOME=" + filepath.Join(home, "data"),
		"XDG_RUNTIME_DIR=" + filepath.Join(home, "run"), onBus + "=1", "QT_QPA_PLATFORM=offscreen",
		libraryVariable + "=" + libraryProgram(t),
	}
	// The daemon that the bus starts would keep a pipe open longer than the test runs, but it
	// does not keep a file open.
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	text, _ := os.ReadFile(out.Name())
	if err != nil || !bytes.Contains(text, []byte("--- PASS: "+t.Name())) {
		t.Errorf("%v\n%s", err, text)
	}
	return false
}

func secretSettings(t *testing.T) store.Settings {
	settings := fileSettings(t.TempDir())
	settings.Backend, settings.SessionBackend = "secret-service", "secret-service"
	settings.Bus = nodbus.Address()
	return settings
}

func TestSecretService(t *testing.T) {
	// The second name is neither the file name nor the path of a collection.
	collections := []string{"awsvault", "AWS vault", "aws-vault", "plain", "more", "next", "last"}
	if !withBus(t, "", collections...) {
		return
	}
	conform(t, func(t *testing.T) (store.Settings, *native) {
		settings := secretSettings(t)
		settings.Collection, collections = collections[0], collections[1:]
		return settings, viaLibrary(t, settings)
	})
}

const unlockLogin = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "

func TestALockedCollectionIsSaidSo(t *testing.T) {
	if !withBus(t, unlockLogin) {
		return
	}
	settings := secretSettings(t)
	settings.Collection = "login"
	s := store.Open(settings)
	put(t, s, "dev", keys(1))
	putSession(t, s, lockKey, session(1, epoch.Add(time.Hour)))
	lockCollection(t, "/org/freedesktop/secrets/collection/login")

	ask := settings
	ask.Ask, ask.Desktop = somebody, true // with no desktop: the service gives up by itself
	for _, settings := range []store.Settings{settings, ask} {
		ctx := t.Context()
		s := store.Open(settings)
		if has, err := s.Has(ctx, "dev"); !has || err != nil {
			t.Errorf("Has(dev) = %v, %v", has, err)
		}
		if err := s.RemoveKeys(ctx, "missing"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("RemoveKeys(missing): got %v, want ErrNotFound", err)
		}
		_, keysErr := s.Keys(ctx, "dev")
		_, namesErr := s.Names(ctx)
		_, _, sessionErr := s.Session(ctx, lockKey)
		for name, err := range map[string]error{
			"Keys": keysErr, "Names": namesErr, "Session": sessionErr,
			"PutKeys": s.PutKeys(ctx, "dev", keys(2)), "RemoveKeys": s.RemoveKeys(ctx, "dev"),
		} {
			if !errors.Is(err, store.ErrLocked) || fault.HintOf(err) == "" {
				t.Errorf("%s: got %v, want ErrLocked with a hint", name, err)
			}
		}
	}
}

// sessionBus is the test's own connection to the bus.
func sessionBus(t *testing.T) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Dial(nodbus.Address())
	if err == nil {
		err = errors.Join(conn.Auth(nil), conn.Hello())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func lockCollection(t *testing.T, path dbus.ObjectPath) {
	t.Helper()
	conn := sessionBus(t)
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").
		Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{path}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		t.Fatalf("locked %v: %v", locked, err)
	}
}

func TestACollectionThatIsMissing(t *testing.T) {
	if !withBus(t, unlockLogin) {
		return
	}
	ctx := t.Context()
	settings := secretSettings(t)
	_, err := store.Open(settings).Backend(ctx)
	want := `backend "secret-service" cannot be used: there is no collection "awsvault", and no desktop on which to create it`
	if err == nil || err.Error() != want {
		t.Errorf("without a desktop:\n got %v\nwant %s", err, want)
	}

	settings.Backend, settings.SessionBackend = "", ""
	settings.PassDir = t.TempDir()
	if name, err := store.Open(settings).Backend(ctx); name != "file" || err != nil {
		t.Errorf("chosen without a desktop: %q, %v; want file", name, err)
	}

	settings.Desktop, settings.Ask = true, somebody // which is not true, so it cannot be created
	s := store.Open(settings)
	if name, err := s.Backend(ctx); name != "secret-service" || err != nil {
		t.Errorf("chosen on a desktop: %q, %v; want secret-service", name, err)
	}
	wantNames(t, s)
	wantSessions(t, s)
	if _, err := s.Keys(ctx, "dev"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Keys: got %v, want ErrNotFound", err)
	}
	if err := s.PutKeys(ctx, "dev", keys(1)); !errors.Is(err, store.ErrLocked) {
		t.Errorf("PutKeys: got %v, want ErrLocked", err)
	}
}

// mute is a secret service that never answers. It counts the calls.
type mute struct {
	wait  chan bool
	asked *atomic.Int64
}

func (m mute) Get(string, string) (dbus.Variant, *dbus.Error) {
	m.asked.Add(1)
	<-m.wait
	return dbus.Variant{}, nil
}

// A silent service on a working bus costs as much as a silent bus: one short wait and one
// warning in a run. Runs that only read ignore it for a minute.
func TestASecretServiceThatDoesNotAnswer(t *testing.T) {
	if !withBus(t, "") {
		return
	}
	conn := sessionBus(t)
	service := mute{make(chan bool), new(atomic.Int64)}
	defer close(service.wait)
	err := conn.Export(service, "/org/freedesktop/secrets", "org.freedesktop.DBus.Properties")
	if reply, err2 := conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil || err2 != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err, err2)
	}
	settings := secretSettings(t)
	settings.StateDir = t.TempDir()
	settings.Timeout = time.Hour // the actual wait is shorter
	if _, err = store.Open(settings).Names(t.Context()); err == nil || err.Error() != mutely {
		t.Errorf("got %v, want %s", err, mutely)
	}
	settings.Backend = ""
	settings.PassDir = t.TempDir()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Hour)
	settings.Now = func() time.Time { return now }
	var said []string
	settings.PassedOver = func(err error) { said = append(said, err.Error()) }
	run := func(when string, asked int64) *store.Store {
		t.Helper()
		before := service.asked.Load()
		said = nil
		s := store.Open(settings)
		for range 2 {
			if name, err := s.Backend(t.Context()); name != "file" || err != nil {
				t.Errorf("%s: chosen instead: %q, %v; want file", when, name, err)
			}
		}
		if got := service.asked.Load() - before; got != asked || !slices.Equal(said, []string{mutely}) {
			t.Errorf("%s: asked %d times, said %q; want %d times, once said", when, got, said, asked)
		}
		return s
	}
	run("first", 1)
	s := run("the next run", 0)
	if err := s.PutKeys(t.Context(), "dev", keys(1)); err == nil || !strings.Contains(err.Error(), `keystore "secret-service" does not answer`) {
		t.Errorf("a key is stored all the same: %v", err)
	}
	now = now.Add(time.Minute)
	run("a minute later", 1)
}

const mutely = `backend "secret-service" cannot be used: it runs but does not answer`

// consenting is a secret service whose dialogs are answered at once, with or without consent.
// It has one collection, which is locked.
type consenting struct {
	conn *dbus.Conn

	mu     sync.Mutex
	agree  bool
	locked bool
	shown  int
}

// begin locks the collection and sets the answer to the next dialogs.
func (c *consenting) begin(agree bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.agree, c.locked, c.shown = agree, true, 0
}

func (c *consenting) dialogs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown
}

const (
	fakeCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/awsvault")
	fakePrompt     = dbus.ObjectPath("/org/freedesktop/secrets/prompt/u1")
)

func (c *consenting) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch name {
	case "Collections":
		return dbus.MakeVariant([]dbus.ObjectPath{fakeCollection}), nil
	case "Locked":
		return dbus.MakeVariant(c.locked), nil
	case "Items":
		return dbus.MakeVariant([]dbus.ObjectPath{}), nil
	}
	return dbus.Variant{}, dbus.MakeFailedError(fmt.Errorf("no property %s", name))
}

func (c *consenting) Unlock([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	return nil, fakePrompt, nil
}

func (c *consenting) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	return dbus.MakeVariant(""), "/org/freedesktop/secrets/session/s1", nil
}

func (c *consenting) Prompt(string) *dbus.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown++
	c.locked = !c.agree
	c.conn.Emit(fakePrompt, "org.freedesktop.Secret.Prompt.Completed", !c.agree, dbus.MakeVariant(""))
	return nil
}

func (c *consenting) Dismiss() *dbus.Error { return nil }

func TestAPersonMayUnlockTheCollection(t *testing.T) {
	if !withBus(t, "") {
		return
	}
	conn := sessionBus(t)
	service := &consenting{conn: conn}
	err := errors.Join(
		conn.Export(service, "/org/freedesktop/secrets", "org.freedesktop.DBus.Properties"),
		conn.Export(service, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"),
		conn.Export(service, fakeCollection, "org.freedesktop.DBus.Properties"),
		conn.Export(service, fakePrompt, "org.freedesktop.Secret.Prompt"),
	)
	if reply, err2 := conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil || err2 != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err, err2)
	}
	tests := []struct {
		name         string
		ask, desktop bool
		agree        bool
		shown        int
		locked       bool
	}{
		{"who agrees", true, true, true, 1, false},
		{"who cancels", true, true, false, 1, true},
		{"who is not to be asked", false, true, true, 0, true},
		{"who is not at the desktop", true, false, true, 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			service.begin(test.agree)
			settings := secretSettings(t)
			settings.Ask, settings.Desktop = func() bool { return test.ask }, test.desktop
			_, err := store.Open(settings).Names(t.Context())
			if errors.Is(err, store.ErrLocked) != test.locked || !test.locked && err != nil || service.dialogs() != test.shown {
				t.Errorf("got %v after %d dialogs; want locked: %v after %d", err, service.dialogs(), test.locked, test.shown)
			}
		})
	}
}
