package awsapi

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"awsvault/internal/line"
)

// tolerance is how wrong the clock may be before a warning. AWS itself refuses signatures at
// 15 minutes, and some services at 5.
const tolerance = 5 * time.Minute

// ClockError reports that the clock of this computer differs from AWS's.
type ClockError struct{ Skew time.Duration } // AWS's time minus ours

// Error says by how much, and in which direction.
func (e *ClockError) Error() string {
	way := "behind"
	if e.Skew < 0 {
		way = "ahead of"
	}
	return fmt.Sprintf("the clock of this computer is %s %s AWS's", line.Exact(e.Skew.Abs().Round(time.Second)), way)
}

// Hint says what to do about it.
func (e *ClockError) Hint() string { return setClock }

const setClock = "set the clock, or turn on time synchronisation"

// clock compares the time of this computer with AWS's.
type clock struct {
	mu     sync.Mutex
	skew   time.Duration // from the last answer: AWS's time minus ours
	used   time.Duration // the correction of signatures
	warned bool
}

// time returns the time for signatures.
func (c *clock) time(now func() time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now().Add(c.used)
}

// observe reads AWS's time from an answer to a call that began at began. That time is in whole
// seconds. An answer with an Age comes from a cache.
func (c *clock) observe(h http.Header, began time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew = date.Sub(began.Truncate(time.Second))
}

// Skew returns AWS's time minus this computer's, from the last answer; zero before the first
// one.
func (c *Client) Skew() time.Duration {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.clock.skew
}

// amzDate is the form of times in signatures, and in AWS's messages about them.
const amzDate = "20060102T150405Z"

// fault returns the difference between the clocks if that is why AWS refused the call. AWS's
// message contains both times, and is more reliable than the answer's Date.
func (c *clock) fault(e *Error) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	expired := strings.HasPrefix(e.Message, "Signature expired") || strings.HasPrefix(e.Message, "Signature not yet current")
	switch {
	case expired:
		if d, ok := timesIn(e.Message); ok {
			return d + c.used
		}
		return c.skew
	case (e.Code == "SignatureDoesNotMatch" || e.Code == "RequestTimeTooSkewed") && (c.skew-c.used).Abs() > tolerance:
		return c.skew
	}
	return 0
}

// timesIn returns AWS's time minus that of the signature, from a text like "Signature expired:
// 20160609T184512Z is now earlier than 20160610T013008Z (20160610T014508Z - 15 min.)".
func timesIn(text string) (time.Duration, bool) {
	var times []time.Time
	for _, word := range strings.Fields(text) {
		if t, err := time.Parse(amzDate, strings.Trim(word, "().")); err == nil {
			times = append(times, t)
		}
	}
	if len(times) < 2 {
		return 0, false
	}
	return times[len(times)-1].Sub(times[0]), true
}

// correct makes later signatures use AWS's time, if e is a refusal because of the clock and
// they do not yet. It reports whether to try the call again.
func (c *clock) correct(e *Error) bool {
	if e.Skew == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if (e.Skew - c.used).Abs() < time.Minute {
		return false
	}
	first := c.used == 0
	c.used = e.Skew
	return first
}

// warn reports a wrong clock once.
func (c *clock) warn(tell func(error)) {
	c.mu.Lock()
	skew, wrong := c.skew, c.skew.Abs() > tolerance && !c.warned
	c.warned = c.warned || wrong
	c.mu.Unlock()
	if wrong && tell != nil {
		tell(&ClockError{skew})
	}
}
