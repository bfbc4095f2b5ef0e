package shells

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/world"
)

// renewed types on until the key is another one.
func (s *session) renewed(old string) sight {
	s.t.Helper()
	for until := time.Now().Add(60*time.Second + patience); ; time.Sleep(200 * time.Millisecond) {
		seen, _ := s.looks(1)
		if seen[0].id != old {
			return seen[0]
		}
		if time.Now().After(until) {
			s.t.Fatalf("%s: not renewed:\n%s", s.kind.name, s.all())
		}
	}
}

// calling types on until somebody has connected once more.
func (s *session) calling(n *wire, before int) {
	s.t.Helper()
	wait := patience
	if s.kind.name == "fish" { // looks at the clock of the system once a minute
		wait += time.Minute
	}
	for until, i := time.Now().Add(wait), 1; n.connections() == before; i++ {
		time.Sleep(20 * time.Millisecond)
		if s.kind.name == "fish" && i%100 == 0 {
			s.typed("\r")
		}
		if time.Now().After(until) {
			s.t.Fatalf("%s: nobody calls AWS:\n%s", s.kind.name, s.all())
		}
	}
}

// due4 activates a profile whose credentials have four minutes left, and does
// something before the next prompt, which has them renewed.
func (s *session) due4(w *world.World, do func()) {
	s.t.Helper()
	w.Fake.ExpireAhead(-11 * time.Minute)
	s.runThen("vault use dev -d 15m", func() {
		w.Fake.ExpireAhead(0)
		do()
	})
}

// With credentials that have expired and a server that hangs, Ctrl-C gives the
// prompt at once, and ten seconds do; what was there is there still.
func TestAHangingServerKeepsAPromptForItsLimitAndNotPastCtrlC(t *testing.T) {
	t.Parallel()
	inEach(t, func(t *testing.T, k kind) {
		for _, interrupt := range []bool{true, false} {
			t.Run(map[bool]string{true: "ctrl-c", false: "limit"}[interrupt], func(t *testing.T) {
				t.Parallel()
				w := world.New(t)
				c := newShellClock(t, w, -12*time.Hour)
				// Vault refuses what has expired by its own clock: these have a little left.
				w.Fake.ExpireAhead(-15*time.Minute + 10*time.Second)
				net := newWire(t, w.Fake.URL)
				s := start(t, k, w, append(c.environ, "AWS_ENDPOINT_URL_STS="+net.URL)...)
				s.ok("vault use dev -d 15m")
				seen, _ := s.looks(2)
				environ := s.exported()
				for time.Now().Before(seen[1].ends) {
					time.Sleep(50 * time.Millisecond)
				}
				net.set(wireHung)
				before := net.connections()
				c.set(t, 0)
				s.typed("\r")
				s.calling(net, before)
				begin := time.Now()
				if interrupt {
					s.typed("\x03")
				}
				after, _ := s.looks(2)
				took := time.Since(begin)
				t.Logf("the prompt came after %v", took)
				if after[1] != seen[1] {
					t.Errorf("the credentials were %v and are %v", seen[1], after[1])
				}
				if d := cmp.Diff(environ, s.exported()); d != "" {
					t.Errorf("environment (-before +after):\n%s", d)
				}
				if most := map[bool]time.Duration{true: 5 * time.Second, false: 20 * time.Second}[interrupt]; took > most {
					t.Errorf("the prompt came after %v", took)
				}
				if !interrupt && !strings.Contains(s.all(), "dev has expired and could not be renewed") {
					t.Errorf("nothing was said:\n%s", s.all())
				}
				if n, trace := s.processes(func() { s.enters(5) }); n != 0 {
					t.Errorf("then a quiet prompt starts %d processes:\n%s", n, trace)
				}
				gone(t, w, s)
			})
		}
	})
}

// The process in the background has no terminal and nothing of the shell's open,
// the shell knows nothing of it, and it ends by itself though the server hangs.
func TestTheProcessInTheBackgroundIsOnItsOwn(t *testing.T) {
	t.Parallel()
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		net := newWire(t, w.Fake.URL)
		s := start(t, k, w, "AWS_ENDPOINT_URL_STS="+net.URL)
		if k.name == "bash" || k.name == "zsh" {
			s.ok("exec 7> " + filepath.Join(w.Dir, "seven")) // which children inherit
		}
		before := net.connections() + 1
		s.due4(w, func() { net.set(wireHung) })
		begin := time.Now()
		seen, _ := s.looks(2)
		s.calling(net, before)
		var pid string
		for _, p := range left(t, w, s) {
			if strings.HasSuffix(p, " __renew ") {
				pid, _, _ = strings.Cut(p, " ")
			}
		}
		if pid == "" {
			t.Fatalf("there is no process in the background, but %q", left(t, w, s))
		}
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			t.Fatal(err)
		}
		// state, parent, group, session, terminal
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if d := cmp.Diff([]string{pid, pid, "0"}, fields[2:5]); d != "" {
			t.Errorf("group, session, terminal (-want +got):\n%s", d)
		}
		open, err := os.ReadDir("/proc/" + pid + "/fd")
		if err != nil {
			t.Fatal(err)
		}
		allowed := regexp.MustCompile(`^(/dev/null|/sys/fs/cgroup/.*|socket:.*|anon_inode:\[event.*|pipe:.*|.*/locks/[0-9a-f]+\.lock)$`)
		for _, fd := range open {
			to, _ := os.Readlink("/proc/" + pid + "/fd/" + fd.Name())
			n := fd.Name()
			if !allowed.MatchString(to) || (n == "0" || n == "1" || n == "2") && to != "/dev/null" {
				t.Errorf("it has %s open: %s", n, to)
			}
		}
		if k.name != "powershell" {
			if jobs := strings.TrimSpace(s.output("jobs; true")); jobs != "" && jobs != "jobs: There are no jobs" {
				t.Errorf("jobs: %q", jobs)
			}
		}
		// Its limit is 45 s; what is waited for is that it ends.
		for until := time.Now().Add(90 * time.Second); len(left(t, w, s)) != 0; time.Sleep(time.Second) {
			if time.Now().After(until) {
				t.Fatalf("it does not end: %q", left(t, w, s))
			}
			s.looks(1)
		}
		t.Logf("it ended after %v", time.Since(begin))
		net.set(wireUp)
		// The credentials that were there are, and then there are new ones.
		after, _ := s.looks(1)
		if after[0] != seen[1] {
			t.Errorf("the credentials were %v and are %v", seen[1], after[0])
		}
		s.renewed(seen[1].id)
		if n := strings.Count(s.all(), "could not be renewed"); n != 1 {
			t.Errorf("the failure was said %d times:\n%s", n, s.all())
		}
		if regexp.MustCompile(`\[1\]|Done|exit 1`).MatchString(s.all()) {
			t.Errorf("the shell tells of a job:\n%s", s.all())
		}
		gone(t, w, s)
	})
}

// Of two shells in which a profile of the same name is asked of different servers,
// one says nothing of the other's failure.
func TestAFailureOfAnotherSessionIsNotSaid(t *testing.T) {
	k := kinds[0]
	w := world.New(t)
	net := newWire(t, w.Fake.URL)
	net.set(wireCut)
	broken, good := start(t, k, w), start(t, k, w)
	w.Fake.ExpireAhead(-11 * time.Minute)
	broken.ok("vault use dev -d 15m && " + k.set("AWS_ENDPOINT_URL_STS", net.URL))
	w.Fake.ExpireAhead(0)
	for until := time.Now().Add(patience); !strings.Contains(broken.all(), "could not be renewed"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("no failure:\n%s", broken.all())
		}
		broken.looks(1)
	}
	w.Fake.ExpireAhead(-11 * time.Minute)
	good.runThen("vault use dev -d 15m --fresh", func() { w.Fake.ExpireAhead(0) })
	seen, _ := good.looks(1)
	good.renewed(seen[0].id)
	if strings.Contains(good.all(), "could not be renewed") {
		t.Errorf("it says:\n%s", good.all())
	}
}

// A home in which vault can write nothing: no lock, and no key that proves a state. So
// nothing is renewed by itself; it is said, and a refresh that is typed does it.
func TestARenewalWithoutAPlaceForItsLock(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		s := start(t, k, w)
		if err := os.RemoveAll(filepath.Join(w.Home, ".local", "state")); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(w.Home, ".local"), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(w.Home, ".local", "state"), "a file")
		s.looks(1) // a prompt at which PowerShell finds its script gone
		s.due4(w, func() {})
		seen, _ := s.looks(1)
		for until := time.Now().Add(patience); !strings.Contains(s.all(), "run vault refresh"); s.looks(1) {
			if time.Now().After(until) {
				t.Fatalf("nothing is said:\n%s", s.all())
			}
		}
		s.ok("vault refresh")
		if after, _ := s.looks(1); after[0].id == seen[0].id {
			t.Errorf("not renewed:\n%s", s.all())
		}
		if d := cmp.Diff([]string{"AssumeRole", "AssumeRole"}, w.Fake.Operations()); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
		if strings.Contains(s.all(), "could not be renewed") {
			t.Errorf("it complains:\n%s", s.all())
		}
		gone(t, w, s)
	})
}

// On a full disk a renewal fails, once and not at every prompt; it is said, and
// what is there stays. When there is room again, so are new credentials.
func TestARenewalOnAFullDisk(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	s := start(t, kinds[0], w, "AWS_VAULT_SESSION_BACKEND=file")
	w.Fake.ExpireAhead(-11 * time.Minute)
	s.ok("vault use dev -d 15m && ulimit -S -f 0") // no byte can be written to a file
	w.Fake.ExpireAhead(0)
	seen, _ := s.looks(1)
	for until := time.Now().Add(patience); !strings.Contains(s.all(), "could not be renewed"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("nothing is said:\n%s", s.all())
		}
		s.looks(1)
	}
	after, _ := s.looks(20)
	if after[19] != seen[0] {
		t.Errorf("the credentials were %v and are %v", seen[0], after[19])
	}
	if d := cmp.Diff([]string{"AssumeRole", "AssumeRole"}, w.Fake.Operations()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	s.ok("ulimit -S -f unlimited")
	s.renewed(seen[0].id)
	gone(t, w, s)
}

// A process in the background that is killed is missed once, and there is another.
func TestARenewalThatIsKilled(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	net := newWire(t, w.Fake.URL)
	s := start(t, kinds[0], w, "AWS_ENDPOINT_URL_STS="+net.URL)
	s.due4(w, func() { net.set(wireHung) })
	seen, _ := s.looks(1)
	var pid int
	for until := time.Now().Add(patience); pid == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("there is no process in the background, but %q", left(t, w, s))
		}
		for _, p := range left(t, w, s) {
			if name, ok := strings.CutSuffix(p, " __renew "); ok {
				name, _, _ = strings.Cut(name, " ")
				pid, _ = strconv.Atoi(name)
			}
		}
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	net.set(wireUp)
	s.renewed(seen[0].id)
	if n := strings.Count(s.all(), "the renewal in the background ended early"); n != 1 {
		t.Errorf("said %d times:\n%s", n, s.all())
	}
	gone(t, w, s)
}

// What a renewal has got is taken, though AWS_MIN_TTL asks of a cached session that
// it has more left.
func TestARenewalIsTakenWhateverMinTTLSays(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		s := start(t, k, w, "AWS_MIN_TTL=14h")
		w.Fake.ExpireAhead(-11 * time.Minute)
		s.runThen("vault use dev -d 15m", func() { w.Fake.ExpireAhead(0) })
		seen, _ := s.looks(1)
		s.renewed(seen[0].id)
		if d := cmp.Diff([]string{"AssumeRole", "AssumeRole"}, w.Fake.Operations()); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
		if strings.Contains(s.all(), "could not be renewed") {
			t.Errorf("it complains:\n%s", s.all())
		}
	})
}

// Credentials that end no later than those that are there are no renewal: the
// shell keeps what it has, says why, and does not ask for more of them.
func TestCredentialsThatEndNoLaterAreNoRenewal(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	s := start(t, kinds[0], w)
	w.Fake.ExpireAhead(-11 * time.Minute)
	s.runThen("vault use dev -d 15m", func() { w.Fake.ExpireAhead(-12 * time.Minute) })
	seen, _ := s.looks(1)
	for until := time.Now().Add(patience); !strings.Contains(s.all(), "could not be renewed"); time.Sleep(100 * time.Millisecond) {
		if after, _ := s.looks(1); after[0] != seen[0] {
			t.Fatalf("%v became %v", seen[0], after[0])
		}
		if time.Now().After(until) {
			t.Fatalf("nothing was said:\n%s", s.all())
		}
	}
	s.looks(3)
	if !strings.Contains(s.all(), "could not be renewed: the credentials from AWS expire no later") {
		t.Errorf("it does not say why:\n%s", s.all())
	}
	if after, _ := s.looks(1); after[0] != seen[0] {
		t.Errorf("%v became %v", seen[0], after[0])
	}
	if d := cmp.Diff([]string{"AssumeRole", "AssumeRole"}, w.Fake.Operations()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	gone(t, w, s)
}

// With sessions in a keystore that has a passphrase, a prompt in the renewal window
// does not ask for it: it says once what to run. (It asked, and held the shell.)
func TestAPromptDoesNotAskForThePassphraseOfSessions(t *testing.T) {
	t.Parallel()
	w := world.New(t)
	s := start(t, kinds[0], w, "AWS_VAULT_SESSION_BACKEND=file")
	w.Fake.ExpireAhead(-11 * time.Minute)
	s.ok("vault use dev -d 15m && unset AWS_VAULT_FILE_PASSPHRASE")
	w.Fake.ExpireAhead(0)
	begin := time.Now()
	seen, _ := s.looks(5)
	for until := begin.Add(patience); !strings.Contains(s.all(), "run vault refresh"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("it is not said what to run:\n%s", s.all())
		}
		s.looks(1)
	}
	after, _ := s.looks(5)
	if seen[0] != after[4] {
		t.Errorf("the credentials were %v and are %v", seen[0], after[4])
	}
	if text := s.all(); strings.Contains(text, "Passphrase") || strings.Count(text, "run vault refresh") != 1 {
		t.Errorf("it asks, or says it more than once:\n%s", text)
	}
	if d := cmp.Diff([]string{"AssumeRole"}, w.Fake.Operations()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	gone(t, w, s)
}

// What vault renews in the background, in a shell that carries an agent's mark, is an agent's
// session: read-only, though its user began with a whole one. Until then the user's session
// stays. What an agent has is not widened when the mark is gone.
func TestARenewalUnderAnAgentsMark(t *testing.T) {
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		s := start(t, k, w)
		w.Fake.ExpireAhead(-11 * time.Minute)
		s.runThen("vault use dev -d 15m; "+k.set("CLAUDECODE", "1"), func() { w.Fake.ExpireAhead(0) })
		for until := time.Now().Add(60*time.Second + patience); ; time.Sleep(200 * time.Millisecond) {
			seen, _ := s.looks(1)
			session, ok := w.Fake.Session(seen[0].id)
			if !ok {
				t.Fatalf("the shell has %q, which is no session:\n%s", seen[0].id, s.all())
			}
			if strings.HasSuffix(session.ARN, "-agent") {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("it stays the session of %s:\n%s", session.ARN, s.all())
			}
		}
		s.typed("\r")
		s.expect(`\(dev ro [0-9]+`)
		calls := w.Fake.Calls()
		if len(calls) != 2 || strings.Contains(calls[0].Params.Encode(), "ReadOnlyAccess") || !strings.Contains(calls[1].Params.Encode(), "ReadOnlyAccess") {
			t.Errorf("calls %+v", calls)
		}
		s.ok(k.unset("CLAUDECODE"))
		s.ok("vault refresh")
		seen, _ := s.looks(1)
		if session, _ := w.Fake.Session(seen[0].id); !strings.HasSuffix(session.ARN, "-agent") {
			t.Errorf("without the mark it is the session of %s", session.ARN)
		}
	})
}
