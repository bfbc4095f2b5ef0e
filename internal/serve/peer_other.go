//go:build !linux

package serve

import (
	"net"
	"net/netip"
)

// Who owns a socket can be told here only with calls that have not been run by us, so
// the token decides alone.
func ownerOfUnix(*net.UnixConn) (uid, pid int) { return -1, 0 }

func ownerOfTCP(_, _ netip.AddrPort) int { return -1 }
