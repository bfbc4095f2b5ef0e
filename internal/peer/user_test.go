package peer

import (
	"net"
	"testing"
	"time"
)

// This user's own processes can connect.
func TestThisUserReachesItsPort(t *testing.T) {
	for _, anybody := range []bool{false, true} {
		l, err := ListenForUser(anybody)
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil {
				_, err = c.Write([]byte("x"))
				c.Close()
			}
			got <- err
		}()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(30 * time.Second))
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Errorf("anybody %v: %v", anybody, err)
		}
		c.Close()
		l.Close()
		<-got
	}
}
