package tests

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"awsvault/tests/world"
)

// deaf is a message bus that accepts calls and never answers. It records how long each caller
// waited.
type deaf struct {
	address string
	mu      sync.Mutex
	waited  []time.Duration
	ended   chan struct{}
}

func newDeaf(t *testing.T) *deaf {
	dir, err := os.MkdirTemp("", "bus") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	d := &deaf{address: "unix:path=" + path, ended: make(chan struct{}, 100)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go d.hear(conn)
		}
	}()
	return d
}

func (d *deaf) hear(conn net.Conn) {
	defer conn.Close()
	began := time.Now()
	for buffer := make([]byte, 1024); ; {
		if _, err := conn.Read(buffer); err != nil {
			break
		}
	}
	d.mu.Lock()
	d.waited = append(d.waited, time.Since(began))
	d.mu.Unlock()
	d.ended <- struct{}{}
}

// calls returns the duration of each call since the last time.
func (d *deaf) calls(t *testing.T, want int) []time.Duration {
	t.Helper()
	for range want {
		select {
		case <-d.ended:
		case <-time.After(30 * time.Second):
			t.Fatal("no call of the bus has ended")
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	got := d.waited
	d.waited = nil
	if len(got) != want {
		t.Errorf("%d calls of the bus, want %d", len(got), want)
	}
	return got
}

// A message bus that does not answer costs a command one wait of 2 seconds and one warning. For
// a minute it costs further commands that only read nothing. A command that stores a key asks
// the bus again, and fails.
func TestABusThatDoesNotAnswerCostsOneWait(t *testing.T) {
	w, bus := world.New(t), newDeaf(t)
	env := []string{"AWS_VAULT_BACKEND=", "DBUS_SESSION_BUS_ADDRESS=" + bus.address, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	files := func() string {
		entries, err := os.ReadDir(filepath.Join(w.Home, ".awsvault", "keys"))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	shortest := time.Hour // a busy machine makes some of them longer
	for i, c := range []struct {
		calls, status int
		args          []string
	}{
		{1, 0, []string{"list", "--credentials"}},
		{0, 0, []string{"export", "dev", "--no-session"}},
		{1, 1, []string{"add", "fresh", "--env", "--no-add-config", "--no-check"}},
		{1, 1, []string{"rotate", "plain"}},
		{1, 1, []string{"import", "credentials", "--yes"}},
		{0, 0, []string{"list", "--credentials"}},
	} {
		if c.args[0] == "import" {
			if err := os.WriteFile(filepath.Join(w.Home, ".aws", "credentials"), []byte("[ci]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := files()
		_, said, status := w.Run(env, c.args...)
		warnings := strings.Count(said, "vault: warning: backend \"secret-service\" cannot be used: the D-Bus session bus does not answer; trying the next keystore\n")
		if status != c.status || status == 0 && warnings != 1 || status == 1 && (warnings != 0 || !strings.Contains(said, `keystore "secret-service" does not answer`)) {
			t.Errorf("%d: vault %q: status %d, %d warnings:\n%s", i, c.args, status, warnings, said)
		}
		for _, took := range bus.calls(t, c.calls) {
			shortest = min(shortest, took)
		}
		if after := files(); after != before {
			t.Errorf("vault %q: keys before %q, after %q", c.args, before, after)
		}
	}
	if shortest < 1500*time.Millisecond || shortest > 4*time.Second {
		t.Errorf("the shortest wait took %s, want 2s", shortest)
	}
}
