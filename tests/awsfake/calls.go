package awsfake

import (
	"net/url"
	"slices"
	"sync"
	"time"
)

// Call is one request that the fake answered, or dropped.
type Call struct {
	Time        time.Time  `json:"time"`
	Service     string     `json:"service"`
	Operation   string     `json:"operation"`
	Caller      string     `json:"caller"`        // ARN; empty if the caller was not authenticated
	AccessKeyID string     `json:"access_key_id"` // as the request claims
	Region      string     `json:"region"`        // that the request was signed for
	Params      url.Values `json:"params"`        // without Action and Version; secrets are "***"
	Error       string     `json:"error"`         // AWS's code; empty if the call succeeded
	Addr        string     `json:"addr"`          // of the client
	RequestID   string     `json:"request_id"`
}

type callLog struct {
	mu    sync.Mutex
	calls []Call
}

func (l *callLog) add(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

// Calls returns the log since the start or the last Reset, oldest first. A call appears in
// the log before its answer is sent.
func (s *Server) Calls() []Call {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return slices.Clone(s.calls.calls)
}

// Operations returns the names of the calls in the log. A refused call has the form
// "AssumeRole: AccessDenied".
func (s *Server) Operations() []string {
	var names []string
	for _, c := range s.Calls() {
		name := c.Operation
		if c.Error != "" {
			name += ": " + c.Error
		}
		names = append(names, name)
	}
	return names
}

// Count returns how often the log contains an operation, including refused calls.
func (s *Server) Count(operation string) int {
	n := 0
	for _, c := range s.Calls() {
		if c.Operation == operation {
			n++
		}
	}
	return n
}

// Reset empties the log.
func (s *Server) Reset() {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	s.calls.calls = nil
}
