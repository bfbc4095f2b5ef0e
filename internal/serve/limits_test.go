package serve

import (
	"os"
	"testing"
)

// One user's connections do not replace another's. Their total is limited.
func TestConnectionsOfManyUsers(t *testing.T) {
	s := New(Settings{UID: os.Getuid()})
	defer s.Close()
	admitted := func(uid int) (n int) {
		for range 2 * perPeer {
			if s.admit(uid) {
				n++
			}
		}
		return n
	}
	for uid := range inAll / perPeer {
		if n := admitted(uid); n != perPeer {
			t.Errorf("user %d gets %d connections", uid, n)
		}
	}
	if n := admitted(9); n != 0 {
		t.Errorf("beyond %d another user gets %d", inAll, n)
	}
}
