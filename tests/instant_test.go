package tests

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// Commands that every shell runs when it starts must not wait for packages that only other
// commands need (see cmd/instant).
func TestHookAndVersionAnswerBeforeTheRestIsInitialised(t *testing.T) {
	for _, args := range [][]string{{"hook", "zsh"}, {"version"}, {"__complete", "bash", "use", ""}, {"__complete", "zsh", ""}} {
		cmd := exec.Command(world.Program(t), args...)
		cmd.Env = []string{"GODEBUG=inittrace=1", "HOME=" + t.TempDir()}
		var trace strings.Builder
		cmd.Stderr = &trace
		if out, err := cmd.Output(); err != nil || len(out) == 0 && args[0] != "__complete" {
			t.Fatalf("%v: %v %s", args, err, out)
		}
		for _, late := range []string{"github.com/alecthomas/kong", "github.com/99designs/keyring", "service/sts", "init net/http ", "github.com/godbus"} {
			if strings.Contains(trace.String(), late) {
				t.Errorf("%v: %s is initialised first", args, late)
			}
		}
		if !strings.Contains(trace.String(), "init awsvault") && !strings.Contains(trace.String(), "init os ") {
			t.Errorf("%v: nothing was traced: %q", args, trace.String())
		}
	}
}

// vault delivers a cached session, and prints the status, before it initialises the SDK, the
// parser and the keystore library.
func TestCachedSessionsAreDeliveredBeforeTheRestIsInitialised(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sealed sessions are Linux's")
	}
	w := world.New(t)
	shell := exec.Command("sleep", "600") // whose leases end with it
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shell.Process.Kill(); shell.Wait() })
	pid := strconv.Itoa(shell.Process.Pid)
	run, err := os.MkdirTemp("", "v") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(run) })
	for _, c := range []struct {
		args  []string
		early bool
	}{
		{[]string{"export", "dev", "--fresh"}, false}, // fills the cache
		{[]string{"export", "dev"}, true},
		{[]string{"export", "dev", "--region", "us-east-1"}, false},
		{[]string{"export", "dev", "--format=bash", "--region", "us-east-1"}, true},
		{[]string{"credential-process", "dev"}, true},
		{[]string{"exec", "dev", "--", "true"}, false}, // makes the key of the state
		{[]string{"exec", "dev", "--", "true"}, true},
		{[]string{"exec", "dev", "-n", "--region=us-east-1", "true"}, true},
		{[]string{"__shell", "zsh", "--", "use", "dev"}, true},
		{[]string{"__shell", "fish", "--", "use", "dev", "-r", "us-east-1"}, true},
		{[]string{"__shell", "zsh", "--pid=" + pid, "--", "use", "dev", "--via", "server"}, false}, // starts the server
		{[]string{"__shell", "zsh", "--pid=" + pid, "--", "use", "dev", "--via", "server"}, true},
		{[]string{"__shell", "zsh", "--", "use", "dev", "--via", "profile"}, false},
		{[]string{"status"}, true},
		{[]string{"status", "--json"}, true},
		{[]string{"list"}, true},
		{[]string{"ls", "--json"}, true},
		{[]string{"list", "--sessions", "--debug"}, true},
		{[]string{"list", "--file-dir", t.TempDir()}, false}, // has nothing in it, and cmd says whether that is right
		{[]string{"export", "dev", "--file-dir", t.TempDir()}, false},
	} {
		_, trace, status := w.Run(w.Environ("GODEBUG=inittrace=1", "XDG_RUNTIME_DIR="+run, "AWS_VAULT_SERVER_GRACE=0s"), c.args...)
		late := ""
		for _, name := range []string{"github.com/alecthomas/kong", "github.com/99designs/keyring", "service/sts", "init net ", "init net/http "} {
			if strings.Contains(trace, name) {
				late = name
			}
		}
		if c.early && (late != "" || status != 0) {
			t.Errorf("%v: status %d, and %q is initialised first", c.args, status, late)
		}
		if !c.early && late == "" {
			t.Errorf("%v is answered early: then this test proves nothing", c.args)
		}
	}
}
