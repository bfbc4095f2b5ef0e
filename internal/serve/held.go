package serve

import (
	"context"
	"time"
)

// Held is what a lease has in memory.
type Held struct {
	Name    string
	Expires time.Time     // zero: nothing was got yet
	Life    time.Duration // how long it was when it was new
	Failure error         // of the last try to get credentials; nil: it went well
	Retired bool
}

// Held tells what a lease has; ok is false if there is no such lease.
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

// Renew asks the source of a lease, whatever it has said before, and waits for what it
// says: a person has signed in or typed a code elsewhere. What is there stays if
// nothing better comes.
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
		if failure == nil || begun { // what was begun before may not know yet
			return failure
		}
	}
}

// fetch starts to get credentials, unless they are being got already. The channel is
// closed when they have come.
func (s *supply) fetch(now time.Time) (flight <-chan struct{}, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == nil {
		s.start(now)
		begun = true
	}
	return s.flight, begun
}
