package shells

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// wire is the network between vault and AWS: it can be cut, and it can hang.
type wire struct {
	URL string

	to    string
	mu    sync.Mutex
	state wireState
	open  map[net.Conn]bool
	taken int // connections so far
}

type wireState int

const (
	wireUp   wireState = iota
	wireCut            // whoever connects is sent away
	wireHung           // whoever connects hears nothing
)

// newWire returns a network to the fake at url.
func newWire(t testing.TB, url string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &wire{URL: "http://" + l.Addr().String(), to: strings.TrimPrefix(url, "http://"), open: map[net.Conn]bool{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go n.serve(c)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		n.set(wireCut)
	})
	return n
}

// set changes the state, and ends the connections there are.
func (n *wire) set(s wireState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state = s
	for c := range n.open {
		c.Close()
	}
	clear(n.open)
}

// connections returns the number of connections so far.
func (n *wire) connections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.taken
}

func (n *wire) serve(c net.Conn) {
	n.mu.Lock()
	state := n.state
	n.taken++
	n.open[c] = true
	n.mu.Unlock()
	defer func() {
		if state != wireHung {
			c.Close()
		}
	}()
	if state != wireUp {
		return
	}
	aws, err := net.Dial("tcp", n.to)
	if err != nil {
		return
	}
	defer aws.Close()
	go func() {
		_, _ = io.Copy(aws, c)
		aws.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, aws)
}
