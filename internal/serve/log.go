package serve

import (
	"cmp"
	"fmt"
	"time"

	"awsvault/internal/line"
)

// Entry describes a request that was answered. It contains no token and no key.
type Entry struct {
	At     time.Time
	Took   time.Duration
	Name   string // the requested lease; empty: none
	Peer   Peer
	Status int
	Why    string    // why it was refused, in one sentence; empty: it was not
	Until  time.Time // when the delivered credentials expire; zero: none were delivered
}

// Line returns the entry as a line for people.
func (e Entry) Line() string {
	text := fmt.Sprintf("%s  %s  %s  %d", e.At.Local().Format("15:04:05"), cmp.Or(line.Printable(e.Name), "-"), e.Peer, e.Status)
	switch {
	case !e.Until.IsZero():
		text += "  until " + e.Until.Local().Format("15:04")
	case e.Why != "":
		text += "  " + e.Why
	}
	return text
}

// lines is how many entries a server remembers.
const lines = 200

func (s *Server) note(e Entry) {
	s.mu.Lock()
	if len(s.log) == lines {
		s.log = append(s.log[:0], s.log[1:]...)
	}
	s.log = append(s.log, e)
	s.mu.Unlock()
	if s.settings.Seen != nil {
		s.settings.Seen(e)
	}
}

// Answered returns the last entries, the oldest first.
func (s *Server) Answered() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Entry(nil), s.log...)
}
