package peer

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
)

// mostOpen limits the open connections. A browser opens a few, and the important one is
// answered in milliseconds.
const mostOpen = 64

// Listen opens a free port of 127.0.0.1 for the users whom may accepts. It closes any other
// user's connection before it reads a byte. The port is open to all users if may is nil or if
// the system cannot tell owners (see [Known]). In any case, a new connection beyond the limit
// replaces the oldest.
func Listen(may func(uid int) bool) (net.Listener, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if !Known {
		may = nil
	}
	return &listener{Listener: l, may: may}, nil
}

// ListenForUser is like Listen, for the user of this process or for anybody.
func ListenForUser(anybody bool) (net.Listener, error) {
	if anybody {
		return Listen(nil)
	}
	return Listen(func(uid int) bool { return uid == os.Getuid() })
}

type listener struct {
	net.Listener
	may func(uid int) bool

	mu   sync.Mutex
	open []*conn // oldest first
}

// Accept waits for a connection from an accepted user.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.may == nil || l.may(ownerOf(c)) {
			return l.add(c), nil
		}
		c.Close()
	}
}

// ownerOf returns the user at the other end.
func ownerOf(c net.Conn) int {
	there, err := netip.ParseAddrPort(c.RemoteAddr().String())
	here, err2 := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil || err2 != nil {
		return -1
	}
	return OfTCP(there, here)
}

func (l *listener) add(c net.Conn) net.Conn {
	added := &conn{Conn: c, of: l}
	var oldest *conn
	l.mu.Lock()
	if len(l.open) >= mostOpen {
		oldest, l.open = l.open[0], l.open[1:]
	}
	l.open = append(l.open, added)
	l.mu.Unlock()
	if oldest != nil {
		oldest.Conn.Close()
	}
	return added
}

// conn is a connection that counts until it is closed.
type conn struct {
	net.Conn
	of *listener
}

// Close closes the connection.
func (c *conn) Close() error {
	c.of.mu.Lock()
	c.of.open = slices.DeleteFunc(c.of.open, func(other *conn) bool { return other == c })
	c.of.mu.Unlock()
	return c.Conn.Close()
}
