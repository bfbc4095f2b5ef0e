package serve

import (
	"context"
	"time"
)

// Held describes the part of a lease that is in memory.
type Held struct {
	Name    string
	Expires time.Time     // zero: no credentials yet
	Life    time.Duration // the life of the credentials when they were new
	Failure error         // why the last try failed; nil: it succeeded
	Retired bool
}

// Held returns what a lease has; ok is false if there is no such lease.
func (s *Server) Held(id string) (h Held, ok bool) {
	s.mu.Lock()
	l := s.leases[id]
	if l == nil || !l.Until.IsZero() && !s.now().Before(l.Until) {
		s.mu.Unlock()
		return Held{}, false
	}
	h = Held{Name: l.Name, Retired: l.idle}
	s.mu.Unlock()
	l.supply.mu.Lock()
	defer l.supply.mu.Unlock()
	h.Expires, h.Life, h.Failure = l.have.Expires, l.life, l.failure
	return h, true
}

// Renew asks the source of a lease, regardless of its earlier answers, and waits for the
// result. It is for a person who has signed in or typed a code elsewhere. If the source has
// nothing better, the present credentials stay.
func (s *Server) Renew(ctx context.Context, id string) error {
	s.mu.Lock()
	l := s.leases[id]
	s.mu.Unlock()
	if l == nil {
		return errLeft
	}
	for {
		flight, begun := l.supply.fetch(s.now())
		select {
		case <-flight:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		l.supply.mu.Lock()
		failure := l.supply.failure
		l.supply.mu.Unlock()
		if failure == nil || begun { // a request that was already under way may have come too early
			return failure
		}
	}
}

// fetch starts to get credentials, unless that is under way already. The channel is closed at
// the end.
func (s *supply) fetch(now time.Time) (flight <-chan struct{}, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == nil {
		s.start(now)
		begun = true
	}
	return s.flight, begun
}
