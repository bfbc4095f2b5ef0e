//go:build unix

package lease

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Main(m)) }

// To a shell, a killed keeper is gone at once, even if its parent has not yet waited for it:
// PowerShell finds a link that leads nowhere, and so does Lstat.
func TestAlive(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("there are no such paths here")
	}
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	path := Alive(cmd.Process.Pid)
	if _, err := os.Lstat(path); path == "" || err != nil {
		t.Errorf("%q while it runs: %v", path, err)
	}
	cmd.Process.Kill()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Lstat(path); err != nil { // not there; or not for us, where we are not root
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%s is there still", path)
		}
	}
	if err := syscall.Kill(cmd.Process.Pid, 0); err != nil {
		t.Errorf("it was waited for: %v", err)
	}
	if again := Alive(cmd.Process.Pid); again != path {
		t.Errorf("%q when it has ended: the next prompt does not find out", again)
	}
	if path := Alive(0); path != "" {
		t.Errorf("of no keeper: %q", path)
	}
}

func TestNewer(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1.2.3", "1.2.2", true}, {"1.10.0", "1.9.9", true}, {"2.0.0", "1.99.99", true},
		{"1.2.3", "1.2.3", false}, {"1.2.2", "1.2.3", false}, {"0.1.0-dev", "0.1.0-dev", false}, {"", "1.0", false},
	} {
		if got := Newer(c.a, c.b); got != c.want {
			t.Errorf("%s after %s: %v", c.a, c.b, got)
		}
	}
}
