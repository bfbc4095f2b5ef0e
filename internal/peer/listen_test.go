package peer

import (
	"io"
	"net"
	"os"
	"testing"
	"time"
)

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func listen(t *testing.T, may func(int) bool) net.Listener {
	t.Helper()
	l, err := Listen(may)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// ended waits until the other side has closed the connection.
func ended(t *testing.T, c net.Conn) bool {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, err := c.Read(make([]byte, 1))
	return err != nil && !os.IsTimeout(err)
}

func TestListenIsForSomeUsers(t *testing.T) {
	if !Known {
		t.Skip("owners are not known here")
	}
	asked := make(chan int, 2)
	l := listen(t, func(uid int) bool { asked <- uid; return len(asked) == 2 })
	first, second := dial(t, l), dial(t, l) // of which the first may not
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.RemoteAddr().String(), second.LocalAddr().String(); got != want {
		t.Errorf("accepted %s, want %s", got, want)
	}
	if !ended(t, first) {
		t.Error("who may not is kept waiting")
	}
	for range 2 {
		if uid := <-asked; uid != os.Getuid() {
			t.Errorf("asked for user %d", uid)
		}
	}
}

// A client with many silent connections does not keep others out.
func TestAFloodOfConnections(t *testing.T) {
	l := listen(t, nil)
	var clients, servers []net.Conn
	for range mostOpen + 3 {
		clients = append(clients, dial(t, l))
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, c)
	}
	for i := range 3 {
		if !ended(t, clients[i]) {
			t.Errorf("connection %d is still open", i)
		}
		servers[i].Close() // which the server does in its own time
	}
	if n := len(l.(*listener).open); n != mostOpen {
		t.Errorf("%d are open", n)
	}
	for i, c := range servers[3:] {
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(clients[i+3], make([]byte, 1)); err != nil {
			t.Errorf("connection %d: %v", i+3, err)
		}
		c.Close()
	}
	if n := len(l.(*listener).open); n != 0 {
		t.Errorf("%d are open in the end", n)
	}
}
