//go:build unix

package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"awsvault/tests/need"
)

func program(args ...string) Program {
	return Program{Args: args, Environ: []string{"PATH=/usr/bin:/bin"}, Limit: 100, Timeout: 10 * time.Second}
}

func shell(text string) Program { return program(Shell("linux", "", text)...) }

func TestOutput(t *testing.T) {
	named := shell("exit 3")
	named.Name = "mfa_process"
	quiet := shell("head -c 2000000 /dev/zero")
	quiet.Limit = 0
	for _, test := range []struct {
		name string
		p    Program
		out  string
		err  string
	}{
		{"what it prints", shell("echo hello; cat"), "hello\n", ""},
		{"as much as it may", shell("head -c 100 /dev/zero | tr '\\0' a"), strings.Repeat("a", 100), ""},
		{"a program that is not there", program("/proc/nonexistent/x"), "", "/proc/nonexistent/x cannot be run: no such file or directory"},
		{"one that is not on PATH", program("no-such-program-anywhere"), "", "no-such-program-anywhere cannot be run: executable file not found in $PATH"},
		{"a failure, and what it said last", program("/bin/sh", "-e", "-c", "echo secret; echo oops >&2; exit 3"), "", "/bin/sh ended with exit status 3: oops"},
		{"a failure without a word", named, "", "mfa_process ended with exit status 3"},
		{"what it said is printable", shell("printf 'a\\033[31mb\\n' >&2; exit 3"), "", "the command ended with exit status 3: a?[31mb"},
		{"not a vault's hint, but its error", shell("printf 'vault: x\\n  hint: y\\n' >&2; exit 3"), "", "the command ended with exit status 3: vault: x"},
		{"a signal", shell("kill -9 $$"), "", "the command ended with signal: killed"},
		{"too much", shell("head -c 101 /dev/zero"), "", "the command printed more than 100 bytes"},
		{"too much at once", shell("head -c 20000000 /dev/zero"), "", "the command printed more than 100 bytes"},
		{"too much where no limit is named", quiet, "", "the command printed more than 1048576 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := Output(t.Context(), test.p)
			message := ""
			if err != nil {
				message = err.Error()
			}
			if string(out) != test.out || message != test.err {
				t.Errorf("got %q, %q; want %q, %q", out, message, test.out, test.err)
			}
		})
	}
}

func TestWhyThereIsNoOutput(t *testing.T) {
	slow := shell("sleep 10")
	slow.Timeout = 50 * time.Millisecond
	patient := shell("sleep 10")
	patient.Timeout = 0
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		p    Program
		want error
	}{
		{"too long", t.Context(), slow, ErrTooLong},
		{"too long for the caller", short, patient, ErrTooLong},
		{"and that is the reason too", short, patient, context.DeadlineExceeded},
		{"too much", t.Context(), shell("head -c 101 /dev/zero"), ErrTooMuch},
		{"not there", t.Context(), program("/proc/nonexistent/x"), fs.ErrNotExist},
		{"not on PATH", t.Context(), program("no-such-program-anywhere"), exec.ErrNotFound},
		{"not to be run", t.Context(), program("/etc/passwd"), fs.ErrPermission},
	} {
		_, err := Output(test.ctx, test.p)
		var e *Error
		if !errors.Is(err, test.want) || !errors.As(err, &e) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	_, err := Output(t.Context(), shell("echo why >&2; exit 130"))
	var exit *exec.ExitError
	var e *Error
	if !errors.As(err, &exit) || exit.ExitCode() != 130 || !errors.As(err, &e) || e.Said != "why" || e.Name != "the command" {
		t.Errorf("got %#v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Output(ctx, patient); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

func TestLine(t *testing.T) {
	for script, want := range map[string]string{
		"echo hello": "hello", "printf hello": "hello", "printf 'hello\\r\\n'": "hello", "printf 'a b \\n\\n'": "a b ",
		"true": "", "echo": "", "printf 'a\\nb\\n'": "", "printf '\\nhello\\n'": "",
	} {
		got, err := Line(t.Context(), shell(script))
		if got != want || (want == "") != errors.Is(err, ErrNotOneLine) {
			t.Errorf("%s: %q, %v; want %q", script, got, err, want)
		}
	}
	if _, err := Line(t.Context(), shell("echo hello; exit 3")); err == nil || errors.Is(err, ErrNotOneLine) {
		t.Errorf("a program that fails: %v", err)
	}
}

func TestInput(t *testing.T) {
	p := program("/bin/cat")
	p.Input = []byte("a\x00secret\n")
	if out, err := Output(t.Context(), p); err != nil || string(out) != "a\x00secret\n" {
		t.Errorf("%q, %v", out, err)
	}
	p = shell("exec <&-; echo done") // it does not read what it is given
	p.Input = make([]byte, 1<<20)
	if out, err := Output(t.Context(), p); err != nil || string(out) != "done\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestOutputShowsThePersonWhatTheProgramSays(t *testing.T) {
	var said bytes.Buffer
	p := shell("echo touch it >&2; echo code")
	p.Stderr = &said
	if out, err := Output(t.Context(), p); err != nil || string(out) != "code\n" || said.String() != "touch it\n" {
		t.Errorf("%q, %q, %v", out, said.String(), err)
	}
}

func TestAProgramThatDrawsHasTheScreenItself(t *testing.T) {
	screen, err := os.Create(filepath.Join(t.TempDir(), "screen"))
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	p := shell("test -f /dev/stderr && echo draws >&2; exit 1")
	p.Screen = screen
	var e *Error
	if _, err := Output(t.Context(), p); !errors.As(err, &e) || e.Said != "" {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(screen.Name()); err != nil || string(text) != "draws\n" {
		t.Errorf("got %q, %v", text, err)
	}
}

// The program's group and session, according to ps.
func TestGroupAndSession(t *testing.T) {
	need.Program(t, "ps", "procps")
	own, err := unix.Getpgid(0)
	if err != nil {
		t.Fatal(err)
	}
	const ids = `set -- $(ps -o pid=,pgid=,sid= -p $$); echo $(($1 == $2)) $(($1 == $3)) $2`
	for _, test := range []struct {
		name    string
		set     func(*Program)
		group   bool // has a group of its own
		session bool // has a session of its own
	}{
		{"alone", func(*Program) {}, true, false},
		{"together", func(p *Program) { p.Together = true }, false, false},
		{"without a terminal", func(p *Program) { p.NoTerminal = true }, true, true},
	} {
		p := shell(ids)
		test.set(&p)
		out, err := Output(t.Context(), p)
		var group, session, pgid int
		if _, scan := fmt.Sscan(string(out), &group, &session, &pgid); err != nil || scan != nil {
			t.Fatalf("%s: %q, %v, %v", test.name, out, err, scan)
		}
		if group == 1 != test.group || session == 1 != test.session || (pgid == own) == test.group {
			t.Errorf("%s: %q, and the group of the caller is %d", test.name, out, own)
		}
	}
}

// gone waits until a process has ended, and fails if it does not end.
func gone(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 2 {
		t.Fatalf("the program did not begin: %q, %v", text, err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for syscall.Kill(pid, 0) == nil {
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(stat), ") Z ") {
			return // dead; where there is no init, nobody has asked for its status
		}
		if time.Now().After(deadline) {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatalf("process %d of %s goes on", pid, filepath.Base(file))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// The cases: a child in the background, one of a subshell, and one in a group of its own.
func TestWhatItHasStartedEndsWithIt(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(*Program)
	}{
		{"alone", func(*Program) {}},
		{"together", func(p *Program) { p.Together = true }},
		{"without a terminal", func(p *Program) { p.NoTerminal = true }},
	} {
		for _, cause := range []string{"time", "size", "cancel"} {
			t.Run(test.name+" by "+cause, func(t *testing.T) {
				dir := t.TempDir()
				p := shell(fmt.Sprintf(`cd '%s'
sleep 300 & echo $! >background
(sleep 300 & echo $! >below; wait) &
set -m; sleep 300 & echo $! >group; set +m
while ! [ -s below ]; do sleep 0.01; done
echo >ready
%s sleep 300`, dir, map[string]string{"size": "head -c 101 /dev/zero;"}[cause]))
				test.set(&p)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				p.Timeout = time.Minute
				switch cause {
				case "time":
					p.Timeout = time.Second
				case "cancel":
					go func() {
						for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
							if _, err := os.Stat(dir + "/ready"); err == nil {
								break
							}
						}
						cancel()
					}()
				}
				begun := time.Now()
				if out, err := Output(ctx, p); err == nil {
					t.Errorf("got %q", out)
				}
				if took := time.Since(begun); took > 30*time.Second {
					t.Errorf("it took %v", took)
				}
				names := []string{"background", "below"}
				if len(parents()) > 0 {
					names = append(names, "group")
				}
				for _, name := range names {
					gone(t, filepath.Join(dir, name))
				}
			})
		}
	}
}

// An agent that a program starts must keep running, and must not delay anyone.
func TestWhatItLeavesRunningGoesOn(t *testing.T) {
	dir := t.TempDir()
	out, err := Output(t.Context(), shell(fmt.Sprintf("sleep 300 & echo $! >'%s/agent'; echo code", dir)))
	if err != nil || string(out) != "code\n" {
		t.Errorf("got %q, %v", out, err)
	}
	text, err := os.ReadFile(dir + "/agent")
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 2 {
		t.Fatalf("%q, %v", text, err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("it has ended: %v", err)
	}
}

// New children appear while the tree is walked. Those of another program are left alone.
func TestEndTree(t *testing.T) {
	looks := 0
	parents := func() map[int]int {
		looks++
		all := map[int]int{10: 1, 11: 10, 12: 11, 50: 1, 51: 50}
		if looks > 1 {
			all[13] = 12
		}
		return all
	}
	killed, stopped := map[int]bool{}, map[int]bool{}
	err := endTree(10, parents, func(pid int, signal syscall.Signal) error {
		switch {
		case signal == syscall.SIGSTOP:
			stopped[pid] = true
		case signal == syscall.SIGKILL && !stopped[13]:
			t.Errorf("%d is killed before all are stopped", pid)
		default:
			killed[pid] = true
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]int{10, 11, 12, 13}, slices.Sorted(maps.Keys(killed))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParents(t *testing.T) {
	all := parents()
	if len(all) == 0 {
		t.Skip("this system does not say whose child a process is")
	}
	if all[os.Getpid()] != os.Getppid() {
		t.Errorf("got %d, want %d", all[os.Getpid()], os.Getppid())
	}
}
