package person_test

import (
	"strings"
	"testing"
	"time"

	"awsvault/internal/person"
)

// clock is a clock whose time passes when a test says so.
type clock struct {
	now   time.Time
	after time.Duration
	tick  func()
}

func (c *clock) pass(d time.Duration) {
	c.now = c.now.Add(d)
	if tick := c.tick; tick != nil && d >= c.after {
		c.tick = nil
		tick()
	}
}

func waitsOf(columns int) (*person.Waits, *clock, *strings.Builder) {
	c, out := &clock{now: time.Unix(1000, 0)}, &strings.Builder{}
	w := &person.Waits{Out: out, Dots: "...", Now: func() time.Time { return c.now }, After: func(d time.Duration, f func()) func() bool {
		c.after, c.tick = d, f
		return func() bool { c.tick = nil; return true }
	}}
	if columns > 0 {
		w.Columns = func() int { return columns }
	}
	return w, c, out
}

func TestAWaitIsOneLineThatGoes(t *testing.T) {
	w, c, out := waitsOf(80)
	done := w.For("AWS STS", time.Time{})
	c.pass(299 * time.Millisecond)
	if out.Len() > 0 {
		t.Errorf("a short wait shows %q", out)
	}
	c.pass(300 * time.Millisecond)
	c.pass(3 * time.Second)
	done()
	done()
	c.pass(time.Minute)
	const want = "\rWaiting for AWS STS... Ctrl-C cancels.\x1b[K" + "\rWaiting for AWS STS... 3s. Ctrl-C cancels.\x1b[K" + "\r\x1b[K"
	if out.String() != want {
		t.Errorf("it shows %q, want %q", out, want)
	}
}

func TestAQuickAnswerShowsNothing(t *testing.T) {
	w, c, out := waitsOf(80)
	w.For("AWS", time.Time{})()
	c.pass(time.Hour)
	if out.Len() > 0 {
		t.Errorf("it shows %q", out)
	}
	var none *person.Waits
	none.For("AWS", time.Time{})()
	none.Hush()()
	if none.Count("accounts") != nil {
		t.Error("nothing counts")
	}
}

func TestAWaitThatEndsSaysWhatIsLeft(t *testing.T) {
	w, c, out := waitsOf(20)
	defer w.For("it", c.now.Add(10*time.Minute))()
	defer w.For("AWS, for it", time.Time{})()
	c.pass(19 * time.Second)
	if want := "\rWaiting for it... …\x1b[K"; out.String() != want {
		t.Errorf("in 20 columns it shows %q, want %q", out, want)
	}
	w.Columns = func() int { return 80 }
	c.pass(time.Second)
	if !strings.HasSuffix(out.String(), "\rWaiting for it... 9:40 left. Ctrl-C cancels.\x1b[K") {
		t.Errorf("it shows %q", out)
	}
}

func TestAQuestionHasTheLine(t *testing.T) {
	w, c, out := waitsOf(80)
	defer w.For("AWS", time.Time{})()
	c.pass(time.Second)
	out.Reset()
	over := w.Hush()
	c.pass(time.Second)
	c.pass(time.Second)
	if out.String() != "\r\x1b[K" {
		t.Errorf("in the middle of a question it shows %q", out)
	}
	over()
	if c.pass(time.Second); !strings.Contains(out.String(), "4s") {
		t.Errorf("after the question it shows %q", out)
	}
}

func TestAPipeGetsOnePlainLine(t *testing.T) {
	w, c, out := waitsOf(0)
	done := w.For("AWS STS", time.Time{})
	c.pass(4 * time.Second)
	if out.Len() > 0 {
		t.Errorf("too early: %q", out)
	}
	c.pass(5 * time.Second)
	c.pass(time.Minute)
	done()
	if out.String() != "vault: waiting for AWS STS\n" {
		t.Errorf("it shows %q", out)
	}
}

func TestACountIsOneLineThatGoes(t *testing.T) {
	w, c, out := waitsOf(80)
	tell := w.Count("accounts")
	done := w.For("AWS", time.Time{})
	tell(1, 2)
	c.pass(time.Second)
	tell(2, 2)
	done()
	if want := "\r1 of 2 accounts... Ctrl-C cancels.\x1b[K\r\x1b[K"; out.String() != want {
		t.Errorf("it shows %q, want %q", out, want)
	}
}

// A line wider than the terminal could not be removed again.
func TestAWaitFitsTheNarrowestTerminal(t *testing.T) {
	for columns, most := range map[int]int{1: 1, 2: 1, 10: 9, 500: 500} {
		w, c, out := waitsOf(columns)
		done := w.For("AWS STS (eu-central-1)", time.Time{})
		c.pass(time.Second)
		shown, _, _ := strings.Cut(strings.TrimPrefix(out.String(), "\r"), "\x1b")
		if shown == "" || len([]rune(shown)) > most {
			t.Errorf("on %d columns it shows %q", columns, shown)
		}
		done()
	}
	w, c, out := waitsOf(1)
	w.Columns = func() int { return 0 } // it does not say
	w.For(strings.Repeat("x", 200), time.Time{})
	c.pass(time.Second)
	if shown, _, _ := strings.Cut(strings.TrimPrefix(out.String(), "\r"), "\x1b"); len([]rune(shown)) > 79 {
		t.Errorf("where the width is not known it shows %q", shown)
	}
}
