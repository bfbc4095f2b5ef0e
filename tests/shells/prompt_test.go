package shells

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/awsfake"
	"awsvault/tests/need"
	"awsvault/tests/terminal"
	"awsvault/tests/world"
)

// straced is what the system is asked for while something is done.
func (s *session) straced(calls string, during func()) string {
	s.t.Helper()
	path := filepath.Join(s.dir, "strace")
	cmd := exec.Command(need.Program(s.t, "strace", "strace"), "-f", "-q", "-o", path,
		"-e", "trace="+calls, "-e", "signal=none", "-p", fmt.Sprint(s.cmd.Process.Pid))
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	attached := func() bool {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
		return !strings.Contains(string(status), "TracerPid:\t0\n")
	}
	for deadline := time.Now().Add(patience); !attached(); {
		if time.Now().After(deadline) {
			s.t.Fatal("strace does not attach")
		}
	}
	during()
	cmd.Process.Signal(os.Interrupt)
	// It can wait forever for a process that is just beginning; what it has seen is written.
	stuck := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
	cmd.Wait()
	stuck.Stop()
	trace, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(trace)
}

// processes counts the processes that the shell starts while something is done.
func (s *session) processes(during func()) (int, string) {
	s.t.Helper()
	trace := s.straced("clone,clone3,fork,vfork,execve", during)
	n := 0
	for _, line := range strings.Split(trace, "\n") {
		// A thread is not a process.
		if regexp.MustCompile(`(clone|clone3|fork|vfork|execve)\(`).MatchString(line) && !strings.Contains(line, "CLONE_THREAD") {
			n++
		}
		// fish asks cp, whose name was typed, what it can complete: in a thread, some time later.
		if s.kind.name == "fish" && strings.Contains(line, `["cp", "--version"]`) {
			n -= 2 // vfork and execve
		}
	}
	return max(n, 0), trace
}

// enters presses Enter and waits for each prompt.
func (s *session) enters(n int) {
	s.t.Helper()
	for range n {
		s.typed("\r")
		s.expect(`[$%>] `)
	}
}

// In every steady state. (bash/19 and zsh/17 of the checklists are this, too.)
func TestAQuietPromptStartsNoProcess(t *testing.T) {
	for _, k := range kinds {
		if k.name != "bash" && k.name != "zsh" {
			t.Run(k.name, func(t *testing.T) { noProcesses(t, k) })
		}
	}
}

func noProcesses(t *testing.T, k kind) {
	w := world.New(t)
	inside := project(t, w, "a/b/c/d/e/f/g", "dev\n")
	untrusted := project(t, w, "x/y/z", "dev\n")
	s := start(t, k, w, "AWS_CHAINED_SESSION_TOKEN_TTL=15m")
	none := func(state string) {
		t.Helper()
		s.enters(2)
		if n, trace := s.processes(func() { s.enters(20) }); n != 0 {
			t.Errorf("%s: %d processes\n%s", state, n, trace)
		}
	}
	none("nothing active")
	s.ok("vault use dev")
	none("active by hand")
	s.cd(untrusted)
	none("active by hand, an untrusted file near")
	s.ok("vault off")
	s.cd(w.Home)
	s.cd(untrusted)
	none("an untrusted file near")
	s.ok("vault allow " + quoted(k.name, inside))
	s.cd(inside)
	none("active by directory")
	s.cd(w.Home)

	until := func(text string) {
		t.Helper()
		for deadline := time.Now().Add(patience); !strings.Contains(s.all(), text); {
			if time.Now().After(deadline) {
				t.Fatalf("%q was not said:\n%s", text, s.all())
			}
			s.enters(1)
		}
	}
	// The first failure is followed by 30 seconds without another try.
	w.Fake.Arm(awsfake.Fault{Operation: "AssumeRole"}) // all but the first fail
	w.Fake.Arm(awsfake.Fault{Kind: awsfake.Unavailable, Operation: "AssumeRole", Count: 1000})
	soonDue(s, w, 4*time.Minute)
	until("could not be renewed")
	none("a renewal has failed")
	w.Fake.Disarm()
	s.ok("vault off")

	// A code buys a session of this time at most, with which the role would be renewed.
	s.ok(k.set("AWS_SESSION_TOKEN_TTL", "15m"))
	w.Fake.ExpireAhead(-11 * time.Minute)
	s.ok("vault use admin -d 15m --mfa-token " + w.Fake.Device(w.Example.MFASerial).NextCode())
	w.Fake.ExpireAhead(0)
	until("run vault refresh")
	none("a person is needed")

	// The measure measures.
	if n, _ := s.processes(func() { s.ok("/bin/true") }); n == 0 {
		t.Error("strace sees no process where there is one")
	}
}

// soonDue activates a profile whose credentials end in left. The prompt, which may
// renew at once, does not come before those after them live as long as they should.
func soonDue(s *session, w *world.World, left time.Duration) {
	s.t.Helper()
	const life = 15 * time.Minute
	w.Fake.ExpireAhead(left - life)
	gate := filepath.Join(s.dir, fmt.Sprintf("gate%d", s.n))
	s.n++
	s.typed(s.kind.then("vault use dev -d 15m; /bin/sh -c 'while [ ! -e "+gate+" ]; do sleep 0.02; done'", s.n) + "\r")
	s.expect(`role/reader`)
	w.Fake.ExpireAhead(0)
	write(s.t, gate, "")
	s.expect(fmt.Sprintf(`<<0?:%d>>`, s.n))
}

func TestCredentialsAreRenewedInTheBackgroundBeforeTheyEnd(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w)
		soonDue(s, w, 4*time.Minute)
		s.ok(k.set("AWS_REGION", "changed-meanwhile"))
		// It may have happened already: what counts is that the new ones come.
		environ := s.exported()
		for deadline := time.Now().Add(patience); ; environ = s.exported() {
			expires, _ := value(environ, "AWS_CREDENTIAL_EXPIRATION")
			if end, err := time.Parse(time.RFC3339, expires); err == nil && time.Until(end) > 14*time.Minute {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("not renewed; AWS was called: %v\n%s", w.Fake.Operations(), s.all())
			}
			s.enters(1)
		}
		if region, _ := value(environ, "AWS_REGION"); region != "changed-meanwhile" {
			t.Errorf("AWS_REGION = %q: a renewal changes credentials and expiry only", region)
		}
		if d := cmp.Diff([]string{"AssumeRole", "AssumeRole"}, w.Fake.Operations()); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
	})
}

func TestExpiredCredentialsAreRenewedAtThePrompt(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		s := start(t, k, w)
		soonDue(s, w, 12*time.Second)
		expires, _ := value(s.exported(), "AWS_CREDENTIAL_EXPIRATION")
		end, err := time.Parse(time.RFC3339, expires)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(end.Add(time.Second))) // what is tested is that the clock has passed it
		s.enters(1)
		for deadline := time.Now().Add(patience); ; {
			now, _ := value(s.exported(), "AWS_CREDENTIAL_EXPIRATION")
			if now != expires {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("not renewed:\n%s", s.all())
			}
			s.enters(1)
		}
	})
}

func TestAPersonWhoIsNeededIsToldOnceAndTheIndicatorShowsIt(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		w := world.New(t)
		s := start(t, k, w, "AWS_CHAINED_SESSION_TOKEN_TTL=15m", "AWS_SESSION_TOKEN_TTL=15m")
		w.Fake.Clock.Advance(4*time.Minute - 15*time.Minute)
		s.ok("vault use admin -d 15m --mfa-token " + w.Fake.Device(w.Example.MFASerial).NextCode())
		w.Fake.Clock.Advance(15*time.Minute - 4*time.Minute)
		for deadline := time.Now().Add(patience); !strings.Contains(s.all(), "run vault refresh"); {
			if time.Now().After(deadline) {
				t.Fatalf("nothing was said:\n%s\n%s", s.all(), s.output(variables[k.name]))
			}
			s.enters(1)
		}
		s.enters(3)
		if n := strings.Count(s.all(), "run vault refresh"); n != 1 {
			t.Errorf("said %d times", n)
		}
		if !strings.Contains(terminal.Plain(s.all()), "(admin 4m!) ") {
			t.Errorf("the indicator does not show it:\n%s", s.all())
		}
	})
}

func TestTheIndicatorIsInFrontOfThePersonsPrompt(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		s.ok("vault use dev")
		next := func() string {
			from := len(s.all())
			s.enters(2)
			return terminal.Plain(s.all()[from:])
		}
		if text := next(); !strings.Contains(text, "(dev 1h) ") {
			t.Errorf("the prompt is %q", text)
		}
		s.ok("vault off")
		s.enters(1)
		if text := next(); strings.Contains(text, "dev") {
			t.Errorf("after off the prompt is %q", text)
		}
		s.ok(k.set("AWS_VAULT_INDICATOR", "off"))
		s.ok("vault use dev")
		s.enters(1)
		if text := next(); strings.Contains(text, "dev") {
			t.Errorf("switched off, the prompt is %q", text)
		}
		if out := s.output(map[string]string{"powershell": "$vault_indicator"}[k.name] + map[bool]string{true: "", false: "echo $vault_indicator"}[k.name == "powershell"]); strings.TrimSpace(out) != "dev 1h" {
			t.Errorf("vault_indicator is %q", out)
		}
	})
}

func TestThePromptKeepsTheStatus(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		s := start(t, k, world.New(t))
		s.ok("vault use dev")
		for line, want := range map[string]string{
			"bash":       "(exit 3)\r" + `echo "<<$?:7001>>"`,
			"zsh":        "(exit 3)\r" + `echo "<<$?:7001>>"`,
			"fish":       "sh -c 'exit 3'\r" + `echo "<<$status:7001>>"`,
			"powershell": "/bin/sh -c 'exit 3'\r" + `"<<$($LASTEXITCODE):7001>>"`,
		} {
			if line == k.name {
				s.typed(want + "\r")
				if _, groups := s.expect(`<<([0-9]*):7001>>`); groups[1] != "3" {
					t.Errorf("the status is %s", groups[1])
				}
			}
		}
	})
}

// With the guard on, and a session that is narrowed, of a profile with an account, a minimum,
// tags and a region of this shell, and which is written into the log.
func TestAQuietPromptWithAllOfItStartsNoProcess(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		if err := w.WriteConfig(world.Config + "\n[profile all]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = plain\nregion = eu-central-1\n" +
			"account = 111122223333\nvault_min = 5m\nvault_agent = read-only\nvault_tags = team=payments\n"); err != nil {
			t.Fatal(err)
		}
		s := start(t, k, w, "AWS_VAULT_PROTECTED=*prod*")
		s.ok("vault guard terraform cdk kubectl")
		s.ok("vault use all --read-only")
		s.ok("vault region us-east-1")
		s.typed("\r")
		s.expect(`\(all ro [0-9]+[hm]\)`)
		s.enters(2)
		if n, trace := s.processes(func() { s.enters(20) }); n != 0 {
			t.Errorf("%d processes\n%s", n, trace)
		}
		if log, _, _ := w.Run(nil, "log"); !strings.Contains(log, "ReadOnlyAccess") && !strings.Contains(log, "read-only") {
			t.Errorf("the log has not the session:\n%s", log)
		}
	})
}
