package peer

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/need"
)

const asAnother = "PEER_TEST_ADDRESS"

func TestMain(m *testing.M) {
	if address := os.Getenv(asAnother); address != "" { // a process of another user
		c, err := net.Dial("tcp", address)
		if err != nil {
			os.Exit(1)
		}
		c.Read(make([]byte, 1)) // until the test has looked
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func address(t *testing.T, a net.Addr) netip.AddrPort {
	t.Helper()
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}

// Both ways to find a socket's owner give the same result: for IPv4, for IPv6, and for an IPv6
// socket that is connected to an IPv4 address.
func TestOwnerOfASocket(t *testing.T) {
	for _, test := range []struct{ listen, dial string }{{"127.0.0.1:0", ""}, {"[::1]:0", ""}, {"127.0.0.1:0", "mapped"}} {
		l, err := net.Listen("tcp", test.listen)
		if err != nil {
			t.Logf("%s: %v", test.listen, err)
			continue
		}
		defer l.Close()
		server := address(t, l.Addr())
		dialed := make(chan net.Conn, 1)
		go func() {
			c, _ := l.Accept()
			dialed <- c
		}()
		if test.dial == "" {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		} else {
			fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Skip("this machine has no IPv6:", err)
			}
			defer syscall.Close(fd)
			to := &syscall.SockaddrInet6{Port: int(server.Port())}
			to.Addr = netip.MustParseAddr("::ffff:127.0.0.1").As16()
			if err := syscall.Connect(fd, to); err != nil {
				t.Skip("this machine has no IPv6:", err)
			}
		}
		accepted := <-dialed
		defer accepted.Close()
		client := address(t, accepted.RemoteAddr())
		if uid, ok := askDiag(client, server); !ok || uid != os.Getuid() {
			t.Errorf("%+v: the kernel says %d, %v", test, uid, ok)
		}
		if uid := readTable(client, server); uid != os.Getuid() {
			t.Errorf("%+v: the table says %d", test, uid)
		}
		none := netip.AddrPortFrom(server.Addr(), 1)
		if uid, ok := askDiag(none, server); !ok || uid != -1 {
			t.Errorf("%+v: a socket that is not there: the kernel says %d, %v", test, uid, ok)
		}
		if uid := OfTCP(server, none); uid != -1 { // which the kernel takes for the one that listens
			t.Errorf("%+v: the end of another connection belongs to %d", test, uid)
		}
	}
}

// A connection of another user belongs to them, and to nobody after their process has ended.
func TestAnotherUsersSocket(t *testing.T) {
	need.Root(t, "to become another user")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{asAnother + "=" + l.Addr().String()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if err := cmd.Start(); err != nil {
		if strings.Contains(err.Error(), "permission denied") {
			t.Skip("another user cannot run the test's program here")
		}
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	client, server := address(t, c.RemoteAddr()), address(t, c.LocalAddr())
	if uid := OfTCP(client, server); uid != 65534 {
		t.Errorf("it belongs to %d", uid)
	}
	if uid := readTable(client, server); uid != 65534 {
		t.Errorf("the table says %d", uid)
	}
	cmd.Process.Kill()
	cmd.Wait()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	c.Read(make([]byte, 1)) // that it is closed
	if uid := OfTCP(client, server); uid != -1 {
		t.Errorf("when its process has ended it belongs to %d", uid)
	}
	if uid := readTable(client, server); uid != -1 {
		t.Errorf("when its process has ended, the table says %d", uid)
	}
}
