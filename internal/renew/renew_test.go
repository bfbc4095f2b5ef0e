package renew

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"awsvault/internal/fault"
)

// end is the expiry of the credentials in these tests.
var end = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

var (
	errRefused = errors.New("AccessDenied")
	mfa        = fault.NewPerson("an MFA code is needed", "")
)

const (
	needsYou = ", run vault refresh"
	failed   = " and could not be renewed: "
)

// nextCase is a prompt at which the credentials are due.
type nextCase struct {
	name   string
	left   time.Duration // until they expire; negative: they have
	record Record
	facts  Facts
	want   Action        // but for its deadline
	again  time.Duration // the deadline, from now; 0: none
}

// The records of a shell.
var (
	fresh   = Record{}
	begun   = Record{Started: true}
	once    = Record{Failures: 1}
	twice   = Record{Failures: 2}
	shown   = Record{Failures: 1, Person: true}
	waiting = Record{Failures: 1, Started: true}
	asked   = Record{Failures: 1, Person: true, Started: true}
)

func say(state, rest string) string { return "vault: dev " + state + rest }

var nextCases = []nextCase{
	// Nothing is known yet.
	{"the first prompt in the window starts a renewal", 4 * time.Minute, fresh, Facts{}, Action{Do: Start, Record: begun}, soon},
	{"so does one a second before the end", time.Second, fresh, Facts{}, Action{Do: Start, Record: begun}, soon},
	{"so does one at the beginning of the window", 6 * time.Minute, fresh, Facts{}, Action{Do: Start, Record: begun}, soon},
	{"so does one after a failure, and remembers it", 4 * time.Minute, once, Facts{}, Action{Do: Start, Record: waiting}, soon},
	{"so does one after the person was told, and remembers it", 4 * time.Minute, shown, Facts{}, Action{Do: Start, Record: asked}, soon},

	// The cache has better ones.
	{"better ones are taken", 4 * time.Minute, fresh, Facts{Better: true}, Action{Do: Take}, 0},
	{"better ones are taken though the old have expired", -time.Hour, fresh, Facts{Better: true}, Action{Do: Take}, 0},
	{"better ones are taken though the cache complains", 4 * time.Minute, fresh, Facts{Better: true, Trouble: errRefused}, Action{Do: Take}, 0},
	{"better ones are taken though a code would be wanted", 4 * time.Minute, fresh, Facts{Better: true, Person: true}, Action{Do: Take}, 0},
	{"better ones are taken while another shell gets still others", 4 * time.Minute, fresh, Facts{Better: true, Running: true}, Action{Do: Take}, 0},
	{"better ones are taken though the renewal says that it failed", 4 * time.Minute, begun, Facts{Better: true, Failure: errRefused}, Action{Do: Take, Record: begun}, 0},
	{"better ones are taken after failures, which stay remembered if taking fails", 4 * time.Minute, twice, Facts{Better: true}, Action{Do: Take, Record: twice}, 0},
	{"better ones are taken after the person was told", -time.Minute, shown, Facts{Better: true}, Action{Do: Take, Record: shown}, 0},

	// The files or the cache cannot be read.
	{"a broken config is said", 4 * time.Minute, fresh, Facts{Trouble: errRefused}, Action{Record: once, Say: say("expires in 4m", failed+"AccessDenied")}, 30 * time.Second},
	{"a broken config is said once", 4 * time.Minute, once, Facts{Trouble: errRefused}, Action{Record: twice}, time.Minute},
	{"a broken config comes before the question whether a person is needed", 4 * time.Minute, fresh, Facts{Trouble: errRefused, Person: true}, Action{Record: once, Say: say("expires in 4m", failed+"AccessDenied")}, 30 * time.Second},
	{"a broken config comes before a call", -time.Minute, fresh, Facts{Trouble: errRefused}, Action{Record: once, Say: say("has expired", failed+"AccessDenied")}, 30 * time.Second},
	{"a broken config comes before waiting", 4 * time.Minute, fresh, Facts{Trouble: errRefused, Running: true}, Action{Record: once, Say: say("expires in 4m", failed+"AccessDenied")}, 30 * time.Second},
	{"a broken config ends a start", 4 * time.Minute, waiting, Facts{Trouble: errRefused}, Action{Record: twice}, time.Minute},
	{"a locked keystore is for the person", 4 * time.Minute, fresh, Facts{Trouble: mfa}, Action{Record: shown, Say: say("expires in 4m", needsYou)}, 30 * time.Second},
	{"a locked keystore after another failure is news", 4 * time.Minute, once, Facts{Trouble: mfa}, Action{Record: Record{Failures: 2, Person: true}, Say: say("expires in 4m", needsYou)}, 30 * time.Second},
	{"a locked keystore is no news twice", 4 * time.Minute, shown, Facts{Trouble: mfa}, Action{Record: Record{Failures: 2, Person: true}}, 30 * time.Second},

	// Only a person can get others.
	{"a code that is wanted is said", 4 * time.Minute, fresh, Facts{Person: true}, Action{Record: shown, Say: say("expires in 4m", needsYou)}, 30 * time.Second},
	{"a code that is wanted is said once", 4 * time.Minute, shown, Facts{Person: true}, Action{Record: Record{Failures: 2, Person: true}}, 30 * time.Second},
	{"a code that is wanted is said after a failure of another kind", 3 * time.Minute, once, Facts{Person: true}, Action{Record: Record{Failures: 2, Person: true}, Say: say("expires in 3m", needsYou)}, 30 * time.Second},
	{"a code that is wanted starts no process, and waits for none", 4 * time.Minute, fresh, Facts{Person: true, Running: true}, Action{Record: shown, Say: say("expires in 4m", needsYou)}, 30 * time.Second},
	{"a code that is wanted makes no call after the end", -time.Hour, fresh, Facts{Person: true}, Action{Record: shown, Say: say("has expired", needsYou)}, 30 * time.Second},
	{"a code that is wanted after the end is said once", -time.Hour, shown, Facts{Person: true}, Action{Record: Record{Failures: 2, Person: true}}, 30 * time.Second},
	{"a code that is wanted ends a start", 4 * time.Minute, begun, Facts{Person: true}, Action{Record: shown, Say: say("expires in 4m", needsYou)}, 30 * time.Second},
	{"a code that is wanted: the end is looked at on time", 20 * time.Second, fresh, Facts{Person: true}, Action{Record: shown, Say: say("expires in 20s", needsYou)}, 20 * time.Second},

	// They have expired: the laptop slept, or the clock was set.
	{"expired ones are got now", -time.Second, fresh, Facts{}, Action{Do: Get}, 0},
	{"expired ones are got now at the very end", 0, fresh, Facts{}, Action{Do: Get}, 0},
	{"expired ones are got now after a week", -7 * 24 * time.Hour, fresh, Facts{}, Action{Do: Get}, 0},
	{"expired ones are got now, in ten years by this clock", -10 * 365 * 24 * time.Hour, fresh, Facts{}, Action{Do: Get}, 0},
	{"expired ones are got now after failures, which stay remembered", -time.Minute, twice, Facts{}, Action{Do: Get, Record: twice}, 0},
	{"expired ones are got now though a start is remembered", -time.Minute, begun, Facts{}, Action{Do: Get, Record: begun}, 0},
	{"expired ones are got now though a failure is on record", -time.Minute, begun, Facts{Failure: errRefused, Recent: true}, Action{Do: Get, Record: begun}, 0},
	{"expired ones are got now beside a process that gets them: its lock is waited for", -time.Minute, begun, Facts{Running: true}, Action{Do: Get, Record: begun}, 0},
	{"expired ones are got now though a process has only just begun", -time.Minute, fresh, Facts{Begun: true, Recent: true}, Action{Do: Get}, 0},
	{"expired ones are got now though the person was told before", -time.Minute, shown, Facts{}, Action{Do: Get, Record: shown}, 0},

	// A process is getting a session, of this shell or of another.
	{"a process of this shell is waited for", 4 * time.Minute, begun, Facts{Running: true}, Action{Record: begun}, soon},
	{"a process of another shell is waited for, as if it were ours", 4 * time.Minute, fresh, Facts{Running: true}, Action{Record: begun}, soon},
	{"a process of another shell is waited for after failures", 4 * time.Minute, twice, Facts{Running: true}, Action{Record: Record{Failures: 2, Started: true}}, soon},
	{"a process that runs comes before the failure of the one before", 4 * time.Minute, begun, Facts{Running: true, Failure: errRefused}, Action{Record: begun}, soon},
	{"a process that runs comes before a recent failure", 4 * time.Minute, fresh, Facts{Running: true, Failure: errRefused, Recent: true}, Action{Record: begun}, soon},
	{"a process that has only just begun has no lock yet", 4 * time.Minute, begun, Facts{Begun: true, Recent: true}, Action{Record: begun}, soon},
	{"a process of another shell that has only just begun", 4 * time.Minute, fresh, Facts{Begun: true, Recent: true}, Action{Record: begun}, soon},
	{"a process that runs for long, by a clock that jumped", 4 * time.Minute, begun, Facts{Begun: true, Running: true}, Action{Record: begun}, soon},
	{"the person was told, and a process runs in another shell", 4 * time.Minute, shown, Facts{Running: true}, Action{Record: asked}, soon},

	// One that has begun, and is gone.
	{"one that was killed is a failure", 4 * time.Minute, begun, Facts{Begun: true}, Action{Record: once, Say: say("expires in 4m", failed+"the renewal in the background ended early")}, 30 * time.Second},
	{"one that was killed again is one, without a word", 4 * time.Minute, waiting, Facts{Begun: true}, Action{Record: twice}, time.Minute},
	{"one of another shell that was killed is tried by this one", 4 * time.Minute, fresh, Facts{Begun: true}, Action{Do: Start, Record: begun}, soon},
	{"one that left nothing is a failure", 4 * time.Minute, begun, Facts{}, Action{Record: once, Say: say("expires in 4m", failed+"the renewal in the background ended early")}, 30 * time.Second},
	{"one that left nothing: it may have been another shell's that was waited for", 4 * time.Minute, waiting, Facts{}, Action{Record: twice}, time.Minute},
	{"a record that is recent, of nothing, is not believed", 4 * time.Minute, begun, Facts{Recent: true}, Action{Record: once, Say: say("expires in 4m", failed+"the renewal in the background ended early")}, 30 * time.Second},
	{"a record that is recent, of nothing, keeps no shell from trying", 4 * time.Minute, fresh, Facts{Recent: true}, Action{Do: Start, Record: begun}, soon},

	// One that failed, and said so.
	{"its failure is said", 4 * time.Minute, begun, Facts{Failure: errRefused}, Action{Record: once, Say: say("expires in 4m", failed+"AccessDenied")}, 30 * time.Second},
	{"its failure is said once", 4 * time.Minute, waiting, Facts{Failure: errRefused}, Action{Record: twice}, time.Minute},
	{"its failure counts for a shell that did not start it, if it is recent", 4 * time.Minute, fresh, Facts{Failure: errRefused, Recent: true}, Action{Record: once, Say: say("expires in 4m", failed+"AccessDenied")}, 30 * time.Second},
	{"an old failure of another shell is tried again", 4 * time.Minute, fresh, Facts{Failure: errRefused}, Action{Do: Start, Record: begun}, soon},
	{"an old failure, before which the clock was set back, is tried again", 4 * time.Minute, once, Facts{Failure: errRefused}, Action{Do: Start, Record: waiting}, soon},
	{"its failure wants a person", 4 * time.Minute, begun, Facts{Failure: mfa}, Action{Record: shown, Say: say("expires in 4m", needsYou)}, 30 * time.Second},
	{"its failure wants a person, as before", 4 * time.Minute, asked, Facts{Failure: mfa}, Action{Record: Record{Failures: 2, Person: true}}, 30 * time.Second},
	{"once a person is needed, they stay so", 4 * time.Minute, asked, Facts{Failure: errRefused}, Action{Record: Record{Failures: 2, Person: true}}, time.Minute},
	{"a failure, and the end is near: it is looked at then", 10 * time.Second, begun, Facts{Failure: errRefused}, Action{Record: once, Say: say("expires in 10s", failed+"AccessDenied")}, 10 * time.Second},
	{"failures grow apart", 14 * time.Minute, Record{Failures: 3, Started: true}, Facts{Failure: errRefused}, Action{Record: Record{Failures: 4}}, 4 * time.Minute},
	{"but not beyond ten minutes", 14 * time.Minute, Record{Failures: 9, Started: true}, Facts{Failure: errRefused}, Action{Record: Record{Failures: 10}}, 10 * time.Minute},
}

func TestNext(t *testing.T) {
	if len(nextCases) < 60 {
		t.Errorf("%d rows", len(nextCases))
	}
	seen := map[string]bool{}
	for _, c := range nextCases {
		t.Run(c.name, func(t *testing.T) {
			if seen[c.name] {
				t.Error("two rows of that name")
			}
			seen[c.name] = true
			now := end.Add(-c.left)
			want := c.want
			if c.again != 0 {
				want.Deadline = now.Add(c.again)
			}
			got := Next(now, Life{"dev", end, time.Hour}, c.record, c.facts)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever a prompt finds, the next prompt is not called at once for the same reason.
func TestEveryActionMovesTheDeadline(t *testing.T) {
	bools := []bool{false, true}
	failures := []error{nil, errRefused, mfa}
	for _, left := range []time.Duration{-time.Hour, 0, time.Second, 4 * time.Minute} {
		for n := range 1 << 5 {
			f := Facts{Better: bools[n&1], Person: bools[n>>1&1], Running: bools[n>>2&1], Begun: bools[n>>3&1], Recent: bools[n>>4&1]}
			for _, f.Trouble = range failures {
				for _, f.Failure = range failures {
					for tries := range 9 {
						now := end.Add(-left)
						a := Next(now, Life{"dev", end, time.Hour}, RecordOf(tries, tries > 6), f)
						if (a.Do == Wait || a.Do == Start) && !a.Deadline.After(now) {
							t.Fatalf("%v left, %+v: %v until %v", left, f, a.Do, a.Deadline)
						}
						if a.Do == Start && left <= 0 || a.Do == Get && left > 0 {
							t.Fatalf("%v left, %+v: %v", left, f, a.Do)
						}
						if a.Say != "" && (a.Do != Wait || a.Record.Failures == 0) {
							t.Fatalf("%+v: %+v", f, a)
						}
					}
				}
			}
		}
	}
}

func TestWindow(t *testing.T) {
	for _, c := range []struct{ lifetime, want time.Duration }{
		{-time.Hour, 5 * time.Minute}, // a state of another version, or a forged one
		{0, 5 * time.Minute},
		{15 * time.Minute, 5 * time.Minute},
		{50 * time.Minute, 5 * time.Minute},
		{time.Hour, 6 * time.Minute},
		{2 * time.Hour, 12 * time.Minute},
		{150 * time.Minute, 15 * time.Minute},
		{12 * time.Hour, 15 * time.Minute},
		{1<<63 - 1, 15 * time.Minute},
	} {
		if got := Window(c.lifetime); got != c.want {
			t.Errorf("%v: got %v, want %v", c.lifetime, got, c.want)
		}
	}
}

// The clock may jump: a laptop wakes up, or somebody sets the clock.
func TestDue(t *testing.T) {
	hour := Life{"dev", end, time.Hour}
	for _, c := range []struct {
		name         string
		life         Life
		left         time.Duration
		due, expired bool
	}{
		{"just got", hour, time.Hour, false, false},
		{"a second before the window", hour, 6*time.Minute + time.Second, false, false},
		{"at its beginning", hour, 6 * time.Minute, true, false},
		{"a nanosecond before the end", hour, 1, true, false},
		{"at the end", hour, 0, true, true},
		{"after a year's sleep", hour, -365 * 24 * time.Hour, true, true},
		{"the clock was set back by a day", hour, 25 * time.Hour, false, false},
		{"a lifetime that is not known", Life{"dev", end, 0}, 5 * time.Minute, true, false},
		{"a lifetime that is not known, before", Life{"dev", end, 0}, 5*time.Minute + 1, false, false},
		{"they never end", Life{Profile: "dev"}, time.Hour, false, false},
		{"they never end, by a clock of 1960", Life{Profile: "dev"}, 66 * 365 * 24 * time.Hour, false, false},
	} {
		now := end.Add(-c.left)
		if due, expired := c.life.Due(now), c.life.Expired(now); due != c.due || expired != c.expired {
			t.Errorf("%s: due %v, expired %v", c.name, due, expired)
		}
	}
	if got, want := hour.Deadline(), end.Add(-6*time.Minute); !got.Equal(want) {
		t.Errorf("deadline: got %v, want %v", got, want)
	}
	if got := (Life{}).Deadline(); !got.IsZero() {
		t.Errorf("of what never ends: %v", got)
	}
}

func TestFailuresGrowApart(t *testing.T) {
	var got []time.Duration
	r := Record{}
	now := end.Add(time.Hour) // long after the end, which does not count any more
	for range 8 {
		a := Failed(now, Life{"dev", end, time.Hour}, r, errRefused)
		got = append(got, a.Deadline.Sub(now))
		r = a.Record
	}
	want := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Failed(now, Life{"dev", end, time.Hour}, Record{Failures: math.MaxInt}, errRefused).Deadline.Sub(now); got != 10*time.Minute {
		t.Errorf("after very many: %v", got)
	}
}

func TestFailedWithoutAnEnd(t *testing.T) {
	a := Failed(end, Life{Profile: "dev"}, fresh, errRefused)
	if !a.Deadline.Equal(end.Add(30 * time.Second)) {
		t.Errorf("got %v", a.Deadline)
	}
}

func TestHowLongIsLeft(t *testing.T) {
	for left, want := range map[time.Duration]string{
		0:                              "has expired",
		-time.Second:                   "has expired",
		1500 * time.Millisecond:        "expires in 1s",
		59 * time.Second:               "expires in 59s",
		60 * time.Second:               "expires in 1m",
		89 * time.Second:               "expires in 1m",
		90 * time.Second:               "expires in 2m",
		time.Hour - time.Second:        "expires in 1h",
		61 * time.Minute:               "expires in 1h1m",
		9*time.Hour + 59*time.Minute:   "expires in 9h59m",
		10*time.Hour + 59*time.Minute:  "expires in 10h",
		36*time.Hour - 29*time.Second:  "expires in 36h",
		2*time.Hour + 30*time.Second/2: "expires in 2h",
	} {
		a := Failed(end.Add(-left), Life{"dev", end, 12 * time.Hour}, fresh, mfa)
		if got := a.Say; got != say(want, needsYou) {
			t.Errorf("%v: got %q", left, got)
		}
	}
}

func TestInterrupted(t *testing.T) {
	for _, c := range []struct {
		record, want Record
		again        time.Duration
	}{
		{fresh, once, 30 * time.Second},
		{begun, once, 30 * time.Second},
		{asked, Record{Failures: 2, Person: true}, time.Minute},
		{Record{Failures: 9}, Record{Failures: 10}, 10 * time.Minute},
	} {
		got := Interrupted(end, c.record)
		if diff := cmp.Diff(Action{Record: c.want, Deadline: end.Add(c.again)}, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.record, diff)
		}
	}
}

func TestLater(t *testing.T) {
	now := end.Add(-4 * time.Minute)
	for _, c := range []struct {
		name    string
		expires time.Time
		now     time.Time
		want    string
	}{
		{"an hour later", end.Add(time.Hour), now, ""},
		{"a nanosecond later", end.Add(1), now, ""},
		{"never", time.Time{}, now, ""},
		{"at the same time", end, now, "the credentials from AWS expire no later"},
		{"earlier", end.Add(-time.Minute), now, "the credentials from AWS expire no later"},
		{"later, but not by this clock", end.Add(time.Hour), end.Add(time.Hour), "the credentials from AWS have already expired, by this machine's clock"},
		{"earlier, and expired", end.Add(-time.Hour), now, "the credentials from AWS have already expired, by this machine's clock"},
	} {
		got := ""
		if err := Later(c.now, c.expires, end); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDoIsPrintable(t *testing.T) {
	if got := fmt.Sprint(Wait, Take, Get, Start); got != "wait take get start" {
		t.Error(got)
	}
}
