//go:build unix

package shells

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// What 50 shells do at once, without their shells: the program is what they share.
func TestFiftyThatNeedOneSessionMakeOneCall(t *testing.T) {
	w := world.New(t)
	w.Fake.Arm(awsfake.Fault{Delay: 300 * time.Millisecond})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, stderr, status := w.Run(nil, "export", "dev"); status != 0 {
				t.Errorf("status %d: %s", status, stderr)
			}
		})
	}
	wg.Wait()
	if d := cmp.Diff([]string{"AssumeRole"}, w.Fake.Operations()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
}

// expired is what a shell exports in which a profile was activated whose
// credentials have expired since: the environment of a tmux server.
func expired(t testing.TB, w *world.World, profile string) []string {
	t.Helper()
	// fish takes the user's name, which is in the name of the session, from the
	// system if the one that it inherits is not there.
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	// Without a session of GetSessionToken that would spare the code.
	all := []string{"USER=" + me.Username, "AWS_CHAINED_SESSION_TOKEN_TTL=15m", "AWS_SESSION_TOKEN_TTL=15m"}
	// Without the prompt's hook, which would renew it before it ends.
	s := startWith(t, kinds[0], w, strings.Replace(kinds[0].rc(w.Vault), "hook bash", "hook bash --no-auto", 1), all...)
	w.Fake.Clock.Advance(3*time.Second - 15*time.Minute)
	use := "vault use -d 15m " + profile
	if profile == "admin" {
		use += " --mfa-token " + w.Fake.Device(w.Example.MFASerial).NextCode()
	}
	s.ok(use)
	w.Fake.Clock.Advance(15*time.Minute - 3*time.Second)
	exported := all
	for _, v := range s.exported() {
		if strings.HasPrefix(v, "AWS_") {
			exported = append(exported, v)
		}
	}
	ends, _ := value(exported, "AWS_CREDENTIAL_EXPIRATION")
	end, err := time.Parse(time.RFC3339, ends)
	if err != nil {
		t.Fatal(err)
	}
	s.tty.Close()
	time.Sleep(time.Until(end.Add(time.Second))) // what is tested is that it has passed
	w.Fake.Reset()
	return exported
}

// crowd starts shells that come to their first prompt at once.
func crowd(t testing.TB, w *world.World, environ []string, list []kind) []*session {
	t.Helper()
	gate := filepath.Join(w.Dir, "gate")
	wait := map[string]string{
		"bash": "until [[ -e " + gate + " ]]; do sleep 0.1; done\n", "zsh": "until [[ -e " + gate + " ]]; do sleep 0.1; done\n",
		"fish": "while not test -e " + gate + "; sleep 0.1; end\n", "powershell": "while (-not (Test-Path " + gate + ")) { Start-Sleep 0.1 }\n",
	}
	shells, errs := make([]*session, len(list)), make([]error, len(list))
	for i, k := range list {
		shells[i] = prepare(t, k, w, k.rc(w.Vault)+wait[k.name], environ...)
	}
	var wg sync.WaitGroup
	for i, s := range shells {
		wg.Go(func() { errs[i] = s.launch() })
	}
	time.Sleep(3 * time.Second) // for most to come to the gate; more or fewer do no harm
	write(t, gate, "")
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return shells
}

// shellsOf are as many shells of each kind that is here.
func shellsOf(t testing.TB, counts ...int) []kind {
	var list []kind
	for i, n := range counts {
		program := kinds[i].name
		if program == "powershell" {
			program = "pwsh"
		}
		if need.Has(t, program, program) {
			list = append(list, slices.Repeat([]kind{kinds[i]}, n)...)
		}
	}
	return list
}

func TestManyShellsOnOneExpiredSessionMakeOneCall(t *testing.T) {
	w := world.New(t)
	environ := expired(t, w, "dev")
	old, _ := value(environ, "AWS_ACCESS_KEY_ID")
	w.Fake.Arm(awsfake.Fault{Delay: 2 * time.Second})
	shells := crowd(t, w, environ, shellsOf(t, 50, 2, 2, 2))
	ids := map[string]int{}
	for _, s := range shells {
		seen, _ := s.looks(2)
		ids[seen[1].id]++
	}
	if len(ids) != 1 || ids[old] != 0 {
		t.Errorf("the keys in the shells: %v; the old one is %s", ids, old)
	}
	if d := cmp.Diff([]string{"AssumeRole"}, w.Fake.Operations()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	gone(t, w, shells...)
}

// program is the process of vault that a shell has started.
func (s *session) program(w *world.World) int {
	s.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		for _, p := range left(s.t, w) {
			pid, argv, _ := strings.Cut(p, " ")
			if !strings.Contains(argv, "__shell") {
				continue
			}
			n, _ := strconv.Atoi(pid)
			for at := n; at > 1; at = parent(at) {
				if at == s.cmd.Process.Pid {
					return n
				}
			}
		}
	}
	s.t.Fatal("the shell runs no vault")
	return 0
}

func parent(pid int) int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(fields[1])
	return n
}

// One is asked, the others wait and say so, or say what to do; the answer is for
// all of them. A process that is killed while it asks hands the question on.
func TestManyShellsAskOneMFAQuestion(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	device := w.Fake.Device(w.Example.MFASerial)
	environ := expired(t, w, "admin")
	shells := crowd(t, w, environ, shellsOf(t, 8, 1, 1, 1))
	for _, s := range shells {
		s.looks(2)
		if n := strings.Count(s.all(), "admin has expired, run vault refresh"); n != 1 {
			t.Errorf("%s said %d times what to do:\n%s", s.kind.name, n, s.all())
		}
	}
	a, b, others := shells[0], shells[1], shells[2:]
	a.typed("vault refresh\r")
	a.expect(`MFA code for jon: `)
	b.typed("vault refresh\r")
	b.expect("another shell is getting the session of admin; waiting for it")
	// A prompt does not wait for a question that is open elsewhere.
	begin := time.Now()
	fresh := startWith(t, kinds[0], w, kinds[0].rc(w.Vault), environ...)
	if took := time.Since(begin); took > 8*time.Second {
		t.Errorf("a shell took %v to start while another asks", took)
	}
	others = append(others, fresh)

	if err := syscall.Kill(a.program(w), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	b.expect(`MFA code for jon: `)
	b.typed(device.NextCode() + "\r")
	b.expect(`admin\S* +role/admin`)
	if d := cmp.Diff([]string{"GetSessionToken", "AssumeRole"}, w.Fake.Operations()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	seen, _ := b.looks(1)
	want := seen[0].id
	// By themselves, when they look again.
	until := time.Now().Add(40*time.Second + patience)
	for _, s := range append(others, a) {
		for {
			seen, _ := s.looks(1)
			if seen[0].id == want {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("%s does not have what another got:\n%s", s.kind.name, s.all())
			}
			time.Sleep(500 * time.Millisecond)
		}
	}
	if d := cmp.Diff([]string{"GetSessionToken", "AssumeRole"}, w.Fake.Operations()); d != "" {
		t.Errorf("calls in the end (-want +got):\n%s", d)
	}
}

// A process that holds the session's lock and is stopped does not keep a prompt
// longer than its limit; once it is killed, nothing is left of its lock.
func TestAStoppedHolderBlocksAPromptForItsLimitOnly(t *testing.T) {
	t.Parallel()
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		environ := expired(t, w, "dev")
		net := newWire(t, w.Fake.URL)
		net.set(wireHung)
		environ = append(environ, "AWS_ENDPOINT_URL_STS="+net.URL)
		holder := exec.Command(w.Vault, "export", "dev", "-d", "15m")
		holder.Env = w.Environ(environ[0], "AWS_ENDPOINT_URL_STS="+net.URL) // the same user
		holder.Dir = w.Home
		if err := holder.Start(); err != nil {
			t.Fatal(err)
		}
		defer holder.Wait()
		defer holder.Process.Kill()
		for until := time.Now().Add(patience); net.connections() == 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("the holder makes no call")
			}
		}
		if err := holder.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		net.set(wireUp)
		begin := time.Now()
		s := startWith(t, k, w, k.rc(w.Vault), environ...)
		took := time.Since(begin)
		out := terminal.Plain(s.all())
		if !regexp.MustCompile(`dev has expired and could not be renewed: .*another process holds it`).MatchString(out) {
			t.Errorf("it printed:\n%s", out)
		}
		t.Logf("the first prompt came after %v", took)
		if took < 9*time.Second || took > 25*time.Second {
			t.Errorf("the first prompt came after %v", took)
		}
		if calls := w.Fake.Operations(); len(calls) != 0 {
			t.Errorf("calls past the lock: %v", calls)
		}
		if err := holder.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		s.ok("vault refresh")
		if d := cmp.Diff([]string{"AssumeRole"}, w.Fake.Operations()); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
	})
}
