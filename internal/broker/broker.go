// Package broker keeps one credential server for all the shells of a user: the server
// is internal/serve's, and this package decides how long it lives and whose its leases
// are.
//
// It is two processes. The keeper holds the port, the control socket and a table of the
// leases (hashes of tokens, no tokens), and starts the server; the server answers, on
// both. A server that was killed is started anew by its keeper: requests wait meanwhile in
// the queue of the port. A keeper that was killed is replaced by its server, which
// starts another and ends. Without leases both end.
//
// A lease belongs to a shell, by its process id and start time. When the shell has
// ended the lease is not renewed any more, and it is kept only for programs that have it
// in their environment.
//
// It does not know profiles, keystores or how a shell is told: a lease brings a text that
// Settings.Source makes its source of. It reads no environment. Where there are no Unix
// sockets to inherit, on Windows, there is no broker.
package broker

import (
	"encoding/json"
	"errors"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/serve"
)

// protocol is what the two ends of the control socket have to agree about. A server of a
// newer one understands the older ones.
const protocol = 1

// What can be asked of a broker.
const (
	grant  = "grant"  // a lease
	revoke = "revoke" // ends one
	retire = "retire" // it is not renewed any more
	look   = "look"   // what a lease has
	renew  = "renew"  // ask its source again, now
	report = "report" // all leases, and what was answered last
	yield  = "yield"  // let a newer program serve
)

// longest is how large a request, and the answer to one, may be, in bytes.
const longest = 1 << 20

// mostLeases bounds the table.
const mostLeases = 256

// Terms are what a shell wants to be served.
type Terms struct {
	Name   string          `json:"name"`
	Region string          `json:"region,omitempty"`
	Shell  int             `json:"shell"`  // its process id
	Source json.RawMessage `json:"source"` // what Settings.Source makes a source of
}

type request struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	Do       string `json:"do"`
	Lease    string `json:"lease,omitempty"`
	Terms    *Terms `json:"terms,omitempty"`
	Program  string `json:"program,omitempty"`
}

type answer struct {
	Protocol int      `json:"protocol"`
	Version  string   `json:"version"`
	Keeper   int      `json:"keeper"` // its process id
	Failure  *failure `json:"failure,omitempty"`
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
	Problem *failure      `json:"problem,omitempty"`
}

// Err is why there are no newer credentials; nil if the last try went well.
func (s State) Err() error { return s.Problem.err() }

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

func answered(e serve.Entry) Answered {
	return Answered{e.At, e.Took, e.Name, e.Peer.String(), e.Status, e.Why, e.Until}
}

// failure is an error on its way through a socket.
type failure struct {
	Text string     `json:"text"`
	Hint string     `json:"hint,omitempty"`
	Kind fault.Kind `json:"kind"`
}

func failureOf(err error) *failure {
	if err == nil {
		return nil
	}
	return &failure{err.Error(), fault.HintOf(err), fault.KindOf(err)}
}

func (f *failure) err() error {
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
