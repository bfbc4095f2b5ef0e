// Package broker keeps one credential server for all of a user's shells. The server is
// internal/serve's. This package decides how long the server lives, and to which shell each
// lease belongs.
//
// The broker is two processes. The keeper holds the port, the control socket and a table of
// leases (with hashes of the tokens, not the tokens), and starts the server. The server
// answers on both. If the server is killed, the keeper starts another; meanwhile requests
// wait in the port's queue. If the keeper is killed, its server starts another keeper and
// exits. Without leases both exit.
//
// A lease belongs to a shell, identified by its process id and start time. When the shell
// has ended, the broker stops renewing its lease, and keeps the lease only for programs
// that have it in their environment.
//
// The package does not know profiles, keystores or how a shell learns about its lease: a
// lease carries a text from which Settings.Source makes its source. It reads no
// environment. On Windows, where a process cannot inherit Unix sockets, there is no broker.
package broker

import (
	"awsvault/internal/lease"
	"awsvault/internal/serve"
)

// mostLeases limits the table.
const mostLeases = 256

func answered(e serve.Entry) lease.Answered {
	return lease.Answered{At: e.At, Took: e.Took, Name: e.Name, Peer: e.Peer.String(), Status: e.Status, Why: e.Why, Until: e.Until}
}
