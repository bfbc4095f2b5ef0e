package serve

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	readHeader = 2 * time.Second
	idle       = 30 * time.Second
	perPeer    = 64  // connections of one user
	inAll      = 256 // connections
)

// Listen opens a port on this machine's own address; 0: any free port.
func Listen(port int) (net.Listener, error) { return ListenOn(net.IPv4(127, 0, 0, 1), port) }

// ListenOn opens a port on an address.
func ListenOn(address net.IP, port int) (net.Listener, error) {
	network := "tcp6"
	if address.To4() != nil {
		network = "tcp4" // 0.0.0.0 must not include [::]
	}
	return net.ListenTCP(network, &net.TCPAddr{IP: address, Port: port})
}

// Serve answers on a listener until ctx is done, and then closes it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeader, ReadTimeout: readHeader, WriteTimeout: readHeader + hold, IdleTimeout: idle,
		MaxHeaderBytes: longestHeader - 4096, // net/http adds 4096
		ConnContext:    withPeer,
		ErrorLog:       log.New(io.Discard, "", 0),
		Protocols:      http1(),

		DisableGeneralOptionsHandler: true, // its handler would answer everyone, before the checks
	}
	done := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		server.Close()
		close(done)
	})
	err := server.Serve(&counting{Listener: l, server: s})
	if !stopped() {
		<-done
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func http1() *http.Protocols {
	p := &http.Protocols{}
	p.SetHTTP1(true)
	return p
}

// counting refuses connections beyond the number that a person's programs need.
type counting struct {
	net.Listener
	server *Server
}

// Accept waits for a connection, and finds out its owner.
func (l *counting) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if peer := peerAt(c); l.server.admit(peer.UID) {
			return &counted{Conn: c, peer: peer, server: l.server}, nil
		}
		c.Close()
	}
}

// admit counts a connection, if the limits allow it.
func (s *Server) admit(uid int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := 0
	for _, n := range s.open {
		all += n
	}
	if all >= inAll || s.open[uid] >= perPeer {
		return false
	}
	s.open[uid]++
	return true
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	peer   Peer
	server *Server
	once   sync.Once
}

// Close ends the connection.
func (c *counted) Close() error {
	c.once.Do(func() {
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		if c.server.open[c.peer.UID]--; c.server.open[c.peer.UID] <= 0 {
			delete(c.server.open, c.peer.UID)
		}
	})
	return c.Conn.Close()
}
