// Package peer tells which user of this machine owns a connection. It is needed because
// every user of the machine can connect to a port on 127.0.0.1.
//
// It does not know what is sent on a connection, or who may send it.
package peer
