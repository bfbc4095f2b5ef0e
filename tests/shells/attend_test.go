//go:build unix

package shells

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/world"
)

// Ctrl-C reaches a command beside a server once, a signal of kill(1) is handed on, and
// a server that is killed takes its command with it.
func TestSignalsOfACommandBesideAServer(t *testing.T) {
	w := world.New(t)
	s := start(t, kinds[0], w)
	s.ok("export n=" + filepath.Join(w.Dir, "signals"))
	s.typed("vault exec --server plain -- bash -c 'trap \"echo INT >>$n\" INT; trap \"echo USR1 >>$n\" USR1; trap \"echo TERM >>$n; exit\" TERM; echo $PPID >$n.pid; echo rea''dy; while :; do :; done'\r")
	s.expect(`ready`)
	s.typed("\x03")
	time.Sleep(300 * time.Millisecond) // a second one would be there by then
	text, err := os.ReadFile(filepath.Join(w.Dir, "signals.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	syscall.Kill(pid, syscall.SIGUSR1)
	wait := func(want string) {
		t.Helper()
		for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			got, _ := os.ReadFile(filepath.Join(w.Dir, "signals"))
			// The kernel says so once for each thread that had been this one's parent.
			if string(got) == want || strings.Trim(strings.TrimPrefix(string(got), want), "TERM\n") == "" && strings.HasPrefix(string(got), want) {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("the command had %q, want %q", got, want)
			}
		}
	}
	wait("INT\nUSR1\n")
	syscall.Kill(pid, syscall.SIGKILL)
	wait("INT\nUSR1\nTERM\n")
}
