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

// Protocol is what the two ends of the control socket have to agree about. A server of a
// newer one understands the older ones.
const Protocol = 1

// What can be asked of a broker.
const (
	ToGrant  = "grant"  // a lease
	ToRevoke = "revoke" // ends one
	ToRetire = "retire" // it is not renewed any more
	ToLook   = "look"   // what a lease has
	ToRenew  = "renew"  // ask its source again, now
	ToReport = "report" // all leases, and what was answered last
	ToYield  = "yield"  // let a newer program serve
)

// Longest is how large a request, and the answer to one, may be, in bytes.
const Longest = 1 << 20

// Terms are what a shell wants to be served.
type Terms struct {
	Name   string          `json:"name"`
	Region string          `json:"region,omitempty"`
	Shell  int             `json:"shell"`  // its process id
	Source json.RawMessage `json:"source"` // what the server makes a source of
}

// Request is what a shell asks.
type Request struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	Do       string `json:"do"`
	Lease    string `json:"lease,omitempty"`
	Name     string `json:"name,omitempty"` // all leases of a name, where Lease is empty
	Terms    *Terms `json:"terms,omitempty"`
	Program  string `json:"program,omitempty"`
}

// Answer is what the server says to a [Request].
type Answer struct {
	Protocol int      `json:"protocol"`
	Version  string   `json:"version"`
	Keeper   int      `json:"keeper"` // its process id
	Failure  *Failure `json:"failure,omitempty"`
	Lease    *Lease   `json:"lease,omitempty"`
	Report   *Report  `json:"report,omitempty"`
}

// Lease is what is told of a lease.
type Lease struct {
	ID     string `json:"id"`
	URI    string `json:"uri,omitempty"`
	Token  string `json:"token,omitempty"` // when it was made, and never again
	Keeper int    `json:"-"`               // the process id of the keeper
	State
}

// State is what a lease has.
type State struct {
	Name    string        `json:"name"`
	Shell   int           `json:"shell"`
	Since   time.Time     `json:"since"`
	Expires time.Time     `json:"expires"` // zero: nothing was got yet
	Life    time.Duration `json:"life"`
	Retired bool          `json:"retired,omitempty"` // its shell has ended
	Problem *Failure      `json:"problem,omitempty"`
}

// Err is why there are no newer credentials; nil if the last try went well.
func (s State) Err() error { return s.Problem.Err() }

// Report is all that a broker serves.
type Report struct {
	Version  string     `json:"version"`
	Keeper   int        `json:"keeper"`
	Server   int        `json:"server"`
	Since    time.Time  `json:"since"`
	Address  string     `json:"address"`
	Leases   []State    `json:"leases"`
	Answered []Answered `json:"answered"`
}

// Answered is a request that was answered.
type Answered struct {
	At     time.Time     `json:"at"`
	Took   time.Duration `json:"took"`
	Name   string        `json:"name,omitempty"`
	Peer   string        `json:"peer"`
	Status int           `json:"status"`
	Why    string        `json:"why,omitempty"`
	Until  time.Time     `json:"until"`
}

// Failure is an error on its way through a socket.
type Failure struct {
	Text string     `json:"text"`
	Hint string     `json:"hint,omitempty"`
	Kind fault.Kind `json:"kind"`
}

// FailureOf is nil for no error.
func FailureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{err.Error(), fault.HintOf(err), fault.KindOf(err)}
}

// Err is the error again.
func (f *Failure) Err() error {
	if f == nil {
		return nil
	}
	return &fault.Error{Text: f.Text, Hint: f.Hint, Kind: f.Kind}
}

var (
	// ErrNone says that no broker is running.
	ErrNone = errors.New("no credential server of this user is running")
	// ErrUnknown says that the broker has no such lease.
	ErrUnknown = errors.New("the credential server does not know this shell's lease")
)
