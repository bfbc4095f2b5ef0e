//go:build !linux

package browser

import "net/netip"

// PeersKnown says that a page can tell whose a connection is.
const PeersKnown = false

// ours cannot be told here: the path is what a client must know.
func ours(_, _ netip.AddrPort) bool { return true }
