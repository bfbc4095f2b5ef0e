//go:build unix

package proxy

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pair returns both ends of a connection.
func pair(t *testing.T) (here, there *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	ends := [2]*net.UnixConn{}
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "")
		c, err := net.FileConn(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		ends[i] = c.(*net.UnixConn)
	}
	return ends[0], ends[1]
}

// Vault checks the socket that a proxy hands over: programs will ask it for credentials, and a
// socket of another place would give them out there.
func TestWhatAProxyAnswers(t *testing.T) {
	elsewhere, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	socket, err := elsewhere.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	plain, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for name, c := range map[string]struct {
		said string
		fds  []int
		want string
	}{
		"nothing":               {"", nil, "the proxy has ended without an answer"},
		"no":                    {"nnot you\x1b[31m\n", nil, "not you?[31m"},
		"no socket":             {"y", nil, "the proxy did not hand over a socket"},
		"a file":                {"y", []int{int(plain.Fd())}, "socket operation on non-socket"},
		"of another address":    {"y", []int{int(socket.Fd())}, "the proxy did not hand over a socket"},
		"something else":        {"HTTP/1.1 200 OK\r\n\r\n", nil, "TTP/1.1 200 OK"},
		"no, with a long story": {"n" + strings.Repeat("x", 900), nil, "…xxx"},
	} {
		here, there := pair(t)
		if c.said != "" {
			if _, _, err := there.WriteMsgUnix([]byte(c.said), unix.UnixRights(c.fds...), nil); err != nil {
				t.Fatal(err)
			}
		}
		there.Close()
		l, err := Take(t.Context(), here)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if l != nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestTakeEndsWithItsContext(t *testing.T) {
	here, _ := pair(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := Take(ctx, here); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Another user is refused, whatever the request is. An unknown request is refused too.
func TestWhoMayHaveTheSocket(t *testing.T) {
	ask := func(users []int, word string) string {
		here, there := pair(t)
		h := &Holder{settings: Settings{Users: users}}
		done := make(chan string, 1)
		go func() { done <- h.answer(t.Context(), there); there.Close() }()
		here.Write([]byte(word))
		said := make([]byte, 300)
		n, _ := here.Read(said)
		<-done
		return string(said[:n])
	}
	me := os.Getuid()
	if got := ask([]int{me}, "what\n"); got != "nthis is another version of vault\n" {
		t.Errorf("an unknown word: %q", got)
	}
	if got := ask([]int{me}, strings.Repeat("x", 65)); got != "" {
		t.Errorf("a word without an end: %q", got)
	}
	if got := ask([]int{me + 1}, "what\n"); me != 0 && !strings.HasPrefix(got, "nuser ") {
		t.Errorf("another user: %q", got)
	}
}
