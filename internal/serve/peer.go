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

// Peer is who is at the other end of a connection.
type Peer struct {
	UID  int // negative: it cannot be told
	PID  int // zero: it cannot be told
	Unix bool

	local, remote netip.AddrPort
}

// String names the peer for a log.
func (p Peer) String() string {
	switch {
	case p.PID > 0:
		return "pid " + strconv.Itoa(p.PID)
	case p.UID >= 0:
		return "uid " + strconv.Itoa(p.UID)
	}
	return "unknown"
}

// near tells whether the peer is on this machine.
func (p Peer) near() bool {
	return p.Unix || p.remote.Addr().IsLoopback() || p.remote.Addr() == p.local.Addr()
}

// may tells whether the peer is the user, one of others, or root. Where it cannot be
// told, the token decides alone.
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

// withPeer keeps with a connection who is at its other end.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	if known, ok := c.(*counted); ok {
		return context.WithValue(ctx, peerKey{}, known.peer)
	}
	return ctx
}

// peerAt finds out who is at the other end of a connection.
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
