package serve

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"awsvault/internal/peer"
	"awsvault/internal/unixsock"
)

// Peer describes the program at the other end of a connection.
type Peer struct {
	UID  int // negative: unknown
	PID  int // zero: unknown
	Unix bool

	local, remote netip.AddrPort
}

// String returns the peer's name for a log.
func (p Peer) String() string {
	switch {
	case p.PID > 0:
		return "pid " + strconv.Itoa(p.PID)
	case p.UID >= 0:
		return "uid " + strconv.Itoa(p.UID)
	}
	return "unknown"
}

// near reports whether the peer is on this machine.
func (p Peer) near() bool {
	return p.Unix || p.remote.Addr().IsLoopback() || p.remote.Addr() == p.local.Addr()
}

// may reports whether the peer is the user, one of the others, or root. If the peer's user is
// unknown, the token alone decides.
func (p Peer) may(uid int, others []int) bool {
	return uid < 0 || p.UID < 0 || p.UID == 0 || p.UID == uid || slices.Contains(others, p.UID)
}

type peerKey struct{}

func peerOf(r *http.Request) Peer {
	if p, ok := r.Context().Value(peerKey{}).(Peer); ok {
		return p
	}
	return Peer{UID: -1, remote: unmapped(r.RemoteAddr)}
}

// withPeer stores the peer in the context of its connection.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	if known, ok := c.(*counted); ok {
		return context.WithValue(ctx, peerKey{}, known.peer)
	}
	return ctx
}

// peerAt finds out the peer of a connection.
func peerAt(c net.Conn) Peer {
	if u, ok := c.(*net.UnixConn); ok {
		uid, pid := unixsock.Owner(u)
		return Peer{UID: uid, PID: pid, Unix: true}
	}
	p := Peer{local: unmapped(c.LocalAddr().String()), remote: unmapped(c.RemoteAddr().String())}
	p.UID = -1
	if p.near() {
		p.UID = peer.OfTCP(p.remote, p.local)
	}
	return p
}

func unmapped(address string) netip.AddrPort {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
