//go:build !linux

package serve

import "net"

// Who has a socket can be told here only with calls that have not been run by us.
func ownerOfUnix(*net.UnixConn) (uid, pid int) { return -1, 0 }
