package awsfake

import (
	"sync"
	"time"
)

// Clock is the fake's clock. It runs with the real time. Advance moves it forward, and Set
// stops it. It is safe for concurrent use. The fake refuses signatures from a client whose
// clock differs by more than 15 minutes.
type Clock struct {
	mu      sync.Mutex
	ahead   time.Duration
	stopped time.Time // zero: running
}

// NewClock returns a clock that shows the real time.
func NewClock() *Clock { return &Clock{} }

// ClockAt returns a clock that stands still at t.
func ClockAt(t time.Time) *Clock { return &Clock{stopped: t} }

// Now returns the fake's time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if !c.stopped.IsZero() {
		return c.stopped.UTC()
	}
	return time.Now().Add(c.ahead).UTC()
}

// Set stops the clock at t, until Set or Advance moves it.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = t
}

// Advance moves the clock by d, which may be negative. A running clock goes on running.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped.IsZero() {
		c.ahead += d
		return
	}
	c.stopped = c.stopped.Add(d)
}
