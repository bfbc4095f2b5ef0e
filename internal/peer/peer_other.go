//go:build !linux

package peer

import "net/netip"

// Known reports whether this system can tell the owner of a connection. Outside Linux that
// needs calls that we have not tried.
const Known = false

// OfTCP returns -1, because the owner is unknown here.
func OfTCP(_, _ netip.AddrPort) int { return -1 }
