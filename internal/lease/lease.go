// Package lease is the protocol between shells and their user's credential server
// (internal/broker), and the shell's side of it. A shell takes, checks and revokes a lease
// on a Unix socket, in JSON.
//
// It does not know profiles, keystores, HTTP or how a shell is told. It is separate from
// the server and does not import net, because package instant takes leases before those
// packages are initialised.
package lease

import (
	"encoding/json"
	"errors"
	"time"

	"awsvault/internal/fault"
)

// Protocol is the version of the messages on the control socket. A newer server understands
// older ones.
const Protocol = 1

// These are the requests to a broker.
const (
	ToGrant  = "grant"  // take a lease
	ToRevoke = "revoke" // end a lease
	ToRetire = "retire" // renew a lease no longer
	ToLook   = "look"   // the state of a lease
	ToRenew  = "renew"  // ask the lease's source again, now
	ToReport = "report" // all leases, and the last requests of programs
	ToYield  = "yield"  // let a newer program serve
)

// Longest is the largest size of a request or an answer, in bytes.
const Longest = 1 << 20

// Terms describe the lease that a shell asks for.
type Terms struct {
	Name   string          `json:"name"`
	Region string          `json:"region,omitempty"`
	Shell  int             `json:"shell"`  // its process ID
	Source json.RawMessage `json:"source"` // the server makes a source from this
}

// Request is a shell's request.
type Request struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	Do       string `json:"do"`
	Lease    string `json:"lease,omitempty"`
	Name     string `json:"name,omitempty"` // if Lease is empty: all leases with this name
	Terms    *Terms `json:"terms,omitempty"`
	Program  string `json:"program,omitempty"`
}

// Answer is the server's answer to a [Request].
type Answer struct {
	Protocol int      `json:"protocol"`
	Version  string   `json:"version"`
	Keeper   int      `json:"keeper"` // its process ID
	Failure  *Failure `json:"failure,omitempty"`
	Lease    *Lease   `json:"lease,omitempty"`
	Report   *Report  `json:"report,omitempty"`
}

// Lease describes a lease.
type Lease struct {
	ID     string `json:"id"`
	URI    string `json:"uri,omitempty"`
	Token  string `json:"token,omitempty"` // only in the answer that grants the lease
	Keeper int    `json:"-"`               // the process ID of the keeper
	State
}

// State is the state of a lease.
type State struct {
	Name    string        `json:"name"`
	Shell   int           `json:"shell"`
	Since   time.Time     `json:"since"`
	Expires time.Time     `json:"expires"` // zero: no credentials yet
	Life    time.Duration `json:"life"`
	Retired bool          `json:"retired,omitempty"` // its shell has ended
	Problem *Failure      `json:"problem,omitempty"`
}

// Err says why there are no newer credentials; nil: the last try succeeded.
func (s State) Err() error { return s.Problem.Err() }

// Report lists everything that a broker serves.
type Report struct {
	Version  string     `json:"version"`
	Keeper   int        `json:"keeper"`
	Server   int        `json:"server"`
	Since    time.Time  `json:"since"`
	Address  string     `json:"address"`
	Leases   []State    `json:"leases"`
	Answered []Answered `json:"answered"`
}

// Answered describes a request that was answered.
type Answered struct {
	At     time.Time     `json:"at"`
	Took   time.Duration `json:"took"`
	Name   string        `json:"name,omitempty"`
	Peer   string        `json:"peer"`
	Status int           `json:"status"`
	Why    string        `json:"why,omitempty"`
	Until  time.Time     `json:"until"`
}

// Failure is an error in a message.
type Failure struct {
	Text string     `json:"text"`
	Hint string     `json:"hint,omitempty"`
	Kind fault.Kind `json:"kind"`
}

// FailureOf converts an error; nil stays nil.
func FailureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{err.Error(), fault.HintOf(err), fault.KindOf(err)}
}

// Err converts the Failure back into an error.
func (f *Failure) Err() error {
	if f == nil {
		return nil
	}
	return &fault.Error{Text: f.Text, Hint: f.Hint, Kind: f.Kind}
}

var (
	// ErrNone means that no broker is running.
	ErrNone = errors.New("no credential server of this user is running")
	// ErrUnknown means that the broker has no such lease.
	ErrUnknown = errors.New("the credential server does not know this shell's lease")
)
