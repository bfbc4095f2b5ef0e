package browser

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
)

// A browser may come by a socket of IPv6.
func TestPageForASocketOfIPv6(t *testing.T) {
	p, err := Serve(secret, false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Skip("this machine has no IPv6:", err)
	}
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	to := &syscall.SockaddrInet6{Port: int(netip.MustParseAddrPort(p.host).Port())}
	to.Addr = netip.MustParseAddr("::ffff:127.0.0.1").As16()
	if err := syscall.Connect(fd, to); err != nil {
		t.Skip("this machine has no IPv6:", err)
	}
	fmt.Fprintf(f, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", p.path, p.host)
	answer, err := io.ReadAll(f)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 303 ") {
		t.Errorf("got %v %s", err, answer)
	}
}
