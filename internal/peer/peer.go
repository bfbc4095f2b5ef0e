// Package peer tells which user of this machine has a connection open: what is
// listened to on 127.0.0.1 every user can reach.
//
// It does not know what is said on a connection, or who may say it.
package peer
