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
	"awsvault/internal/lease"
	"awsvault/internal/serve"
)

// mostLeases bounds the table.
const mostLeases = 256

func answered(e serve.Entry) lease.Answered {
	return lease.Answered{At: e.At, Took: e.Took, Name: e.Name, Peer: e.Peer.String(), Status: e.Status, Why: e.Why, Until: e.Until}
}
