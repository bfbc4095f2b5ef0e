//go:build !linux

package peer

import "net/netip"

// Known says that owners can be told on this system. Elsewhere than on Linux that
// takes calls that have not been run by us.
const Known = false

// OfTCP is not known here.
func OfTCP(_, _ netip.AddrPort) int { return -1 }
