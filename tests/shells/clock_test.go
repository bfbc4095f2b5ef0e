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

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// The clock of a shell is moved by a library in front of the C library. (libfaketime
// does not work in bash, which has a getenv of its own.) Vault is static, so it
// reads the real one. So "the clock is set to the right time" is what these tests
// play: until then, the shell has a wrong one, and the credentials' end is put off
// as much; from then on they and vault agree.
type shellClock struct {
	path    string
	w       *world.World
	ahead   time.Duration
	environ []string
}

const clockLibrary = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long ahead(void) {
	char text[32] = "";
	int fd = open(PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0) return 0;
	close(fd);
	return atol(text);
}

int clock_gettime(clockid_t id, struct timespec *t) {
	int r = syscall(SYS_clock_gettime, id, t);
	if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) t->tv_sec += ahead();
	return r;
}

int gettimeofday(struct timeval *t, void *zone) {
	int r = syscall(SYS_gettimeofday, t, zone);
	if (r == 0 && t) t->tv_sec += ahead();
	return r;
}

time_t time(time_t *t) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (t) *t = now.tv_sec;
	return now.tv_sec;
}
`

func newShellClock(t testing.TB, w *world.World, ahead time.Duration) *shellClock {
	t.Helper()
	c := &shellClock{path: filepath.Join(w.Dir, "clock"), w: w}
	library := c.path + ".so"
	cc := exec.Command(need.Program(t, "gcc", "gcc libc6-dev"), "-shared", "-fPIC", "-O1", fmt.Sprintf("-DPATH=%q", c.path), "-x", "c", "-", "-o", library)
	cc.Stdin = strings.NewReader(clockLibrary)
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.environ = []string{"LD_PRELOAD=" + library}
	c.set(t, ahead)
	return c
}

// set puts the shell's clock, and the end of what AWS gives out, ahead of the real one.
func (c *shellClock) set(t testing.TB, ahead time.Duration) {
	t.Helper()
	temp := write(t, c.path+".new", fmt.Sprintf("%+d\n", int(ahead.Seconds())))
	if err := os.Rename(temp, c.path); err != nil {
		t.Fatal(err)
	}
	c.w.Fake.ExpireAhead(ahead)
	c.ahead = ahead
}

// hasClock skips a test in a shell that has no clock but vault's answers: a fish before
// 3.6. What it has of the time is never wrong.
func (s *session) hasClock() {
	s.t.Helper()
	if s.kind.name == "fish" && s.variable("__vault_mtime") == "" {
		s.t.Skip("this fish takes the time from vault")
	}
}

// indicated waits until that is the indicator's text: fish looks at the system's
// clock once a minute.
func (s *session) indicated(want string) {
	s.t.Helper()
	line := "echo $vault_indicator"
	if s.kind.name == "powershell" {
		line = "$vault_indicator"
	}
	wait := patience
	if s.kind.name == "fish" {
		wait += time.Minute
	}
	for until := time.Now().Add(wait); ; time.Sleep(500 * time.Millisecond) {
		s.enters(2)
		got := strings.TrimSpace(s.output(line))
		if regexp.MustCompile("^" + want + "$").MatchString(got) {
			return
		}
		if s.kind.name != "fish" || time.Now().After(until) {
			s.t.Errorf("the indicator is %q, not %q", got, want)
			return
		}
	}
}

// The clock jumps ahead: it was wrong, or a virtual machine was asleep. What has
// expired by it is renewed at the next prompt.
func TestTheClockSetForwardTwelveHours(t *testing.T) {
	t.Parallel()
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		c := newShellClock(t, w, -12*time.Hour)
		// Vault refuses what has expired by its own clock: these have a little left.
		w.Fake.ExpireAhead(-15*time.Minute + 10*time.Second)
		s := start(t, k, w, c.environ...)
		s.hasClock()
		s.ok("vault use dev -d 15m")
		old, _ := s.looks(2)
		if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
			t.Errorf("before, a quiet prompt starts %d processes:\n%s", n, trace)
		}
		s.indicated("dev 12h")
		w.Fake.Reset()
		for time.Now().Before(old[1].ends) {
			time.Sleep(50 * time.Millisecond)
		}
		c.set(t, 0)
		var now sight
		if k.name == "fish" {
			now = s.renewed(old[1].id)
		} else {
			seen, _ := s.looks(2) // at the very next prompt
			now = seen[1]
		}
		if left := time.Until(now.ends); left < 14*time.Minute {
			t.Errorf("after it the credentials have %v left:\n%s", left, s.all())
		}
		if d := cmp.Diff([]string{"AssumeRole"}, w.Fake.Operations()); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
		s.indicated("dev 15m")
		if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
			t.Errorf("after it a quiet prompt starts %d processes:\n%s", n, trace)
		}
	})
}

// The clock is set back: the program is asked once, and nothing else happens.
func TestTheClockSetBackAnHour(t *testing.T) {
	t.Parallel()
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		c := newShellClock(t, w, time.Hour)
		s := start(t, k, w, c.environ...)
		s.ok("vault use dev -d 15m")
		seen, _ := s.looks(2)
		w.Fake.Reset()
		c.set(t, 0)
		s.looks(2)
		after, _ := s.looks(1)
		if after[0] != seen[1] {
			t.Errorf("the credentials were %v and are %v", seen[1], after[0])
		}
		s.indicated("dev 1h")
		if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
			t.Errorf("a quiet prompt starts %d processes:\n%s", n, trace)
		}
		if calls := w.Fake.Operations(); len(calls) != 0 {
			t.Errorf("calls: %v", calls)
		}
	})
}

// The clock is set back while a renewal runs: what it brings is still taken.
func TestTheClockSetBackWhileARenewalRuns(t *testing.T) {
	t.Parallel()
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		c := newShellClock(t, w, time.Hour)
		net := newWire(t, w.Fake.URL)
		s := start(t, k, w, append(c.environ, "AWS_ENDPOINT_URL_STS="+net.URL)...)
		c.w.Fake.ExpireAhead(-11 * time.Minute)
		before := 0
		s.runThen("vault use dev -d 15m", func() { // before the prompt, which may start the renewal
			c.w.Fake.ExpireAhead(0)
			before = net.connections()
			net.set(wireHung)
		})
		seen, _ := s.looks(2)
		for until := time.Now().Add(patience); net.connections() == before; s.looks(1) {
			if time.Now().After(until) {
				t.Fatalf("no renewal runs:\n%s", s.all())
			}
		}
		c.set(t, 0)
		s.looks(3)
		net.set(wireUp)
		s.renewed(seen[1].id)
		if d := cmp.Diff([]string{"AssumeRole", "AssumeRole"}, w.Fake.Operations()); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
		if n, trace := s.processes(func() { s.enters(10) }); n != 0 {
			t.Errorf("a quiet prompt starts %d processes:\n%s", n, trace)
		}
		gone(t, w, s)
	})
}

// Daylight saving begins, in two minutes, while a profile is active, and the person
// changes the time zone: neither has to do with when credentials end.
func TestDaylightSavingAndTimeZones(t *testing.T) {
	t.Parallel()
	inEach(t, func(t *testing.T, k kind) {
		t.Parallel()
		w := world.New(t)
		c := newShellClock(t, w, 0)
		change := time.Now().Add(2 * time.Minute).In(time.FixedZone("CET", 3600))
		zone := fmt.Sprintf("CET-1CEST,J%d/%s,J%d", min(change.YearDay(), 365), change.Format(time.TimeOnly), change.AddDate(0, 6, 0).YearDay())
		s := start(t, k, w, append(c.environ, "TZ="+zone)...)
		s.hasClock()
		s.ok("vault use dev -d 15m")
		seen, _ := s.looks(2)
		w.Fake.Reset()
		c.set(t, c.ahead+4*time.Minute)
		for _, zone := range []string{"", "Pacific/Kiritimati", "America/New_York", "Nowhere/Nothing"} {
			if zone != "" {
				s.ok(k.set("TZ", zone))
			}
			s.indicated("dev 1[01]m")
			if n, trace := s.processes(func() { s.enters(5) }); n != 0 {
				t.Errorf("in %q a quiet prompt starts %d processes:\n%s", zone, n, trace)
			}
		}
		if after, _ := s.looks(1); after[0] != seen[1] {
			t.Errorf("the credentials were %v and are %v", seen[1], after[0])
		}
		if calls := w.Fake.Operations(); len(calls) != 0 {
			t.Errorf("calls: %v", calls)
		}
	})
}
