package awsfake

import (
	"slices"
	"sync"
	"time"
)

// FaultKind is the way in which a call fails.
type FaultKind string

// The kinds of faults.
const (
	None            FaultKind = ""                 // nothing: for a Fault that only delays
	Throttle        FaultKind = "throttle"         // 400 Throttling; 429 of services that speak REST
	InternalFailure FaultKind = "internal-failure" // 500
	Unavailable     FaultKind = "unavailable"      // 503
	Drop            FaultKind = "drop"             // the connection ends before the call is looked at
	DropAnswer      FaultKind = "drop-answer"      // the call is performed, and its answer is lost
)

// Fault makes the next matching calls fail.
type Fault struct {
	Kind      FaultKind
	Operation string        // empty: any
	Count     int           // of calls; 0 is 1
	Delay     time.Duration // real time to wait before the call is handled
}

type faults struct {
	mu    sync.Mutex
	armed []Fault
	skew  time.Duration
}

// Arm activates a fault. Faults that match the same call happen in the order in which they
// were armed.
func (s *Server) Arm(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	f.Count = max(f.Count, 1)
	s.faults.armed = append(s.faults.armed, f)
}

// Disarm removes every fault, including the skew of the Date header.
func (s *Server) Disarm() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.armed, s.faults.skew = nil, 0
}

// SkewDate adds d to the Date header of every answer. Clock still decides about signatures.
func (s *Server) SkewDate(d time.Duration) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.skew = d
}

func (f *faults) dateSkew() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.skew
}

// take uses one count of the first armed fault that matches the operation.
func (f *faults) take(operation string) (FaultKind, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.armed, func(a Fault) bool { return a.Operation == "" || a.Operation == operation })
	if i < 0 {
		return None, 0
	}
	fault := f.armed[i]
	if f.armed[i].Count--; f.armed[i].Count == 0 {
		f.armed = slices.Delete(f.armed, i, i+1)
	}
	return fault.Kind, fault.Delay
}

// refusal returns the error of a fault, or nil.
func (k FaultKind) refusal() *Error {
	switch k {
	case Throttle:
		return refuse(400, "Throttling", "Rate exceeded")
	case InternalFailure:
		return refuse(500, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure.")
	case Unavailable:
		return refuse(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
	}
	return nil
}

// refusalOf is refusal, in the form of a REST service.
func (k FaultKind) refusalOf(service string) *Error {
	switch k {
	case Throttle:
		code := "TooManyRequestsException"
		if service == "signin" {
			code = "TooManyRequestsError"
		}
		return &Error{Status: 429, Code: code, Message: "Too many requests", Reason: "INVALID_REQUEST"}
	case InternalFailure:
		return &Error{Status: 500, Code: "InternalServerException", Message: "Internal server error", Reason: "server_error"}
	case Unavailable:
		return &Error{Status: 503, Code: "ServiceUnavailableException", Message: "Service unavailable", Reason: "server_error"}
	}
	return nil
}
