//go:build unix

package unixsock

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// listen returns the path of a listening socket.
func listen(t *testing.T) (string, net.Listener) {
	t.Helper()
	dir, err := os.MkdirTemp("", "u") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return path, l
}

func TestDial(t *testing.T) {
	path, l := listen(t)
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if uid, pid := Owner(c); runtime.GOOS == "linux" && (uid != os.Getuid() || pid != os.Getpid()) {
		t.Errorf("user %d, process %d", uid, pid)
	}
	there, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	if _, err := io.WriteString(c, "question"); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 8)
	if _, err := io.ReadFull(there, text); err != nil || string(text) != "question" {
		t.Fatalf("%q, %v", text, err)
	}
	if err := c.SetDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(text); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("an answer that does not come: %v", err)
	}
	there.Close()
	c.SetDeadline(time.Time{})
	if _, err := c.Read(text); !errors.Is(err, io.EOF) {
		t.Errorf("an end that was closed: %v", err)
	}
}

// A path that fits can be used to connect, or nothing is there. The error for a longer path is
// a different one.
func TestFit(t *testing.T) {
	longest := 0
	for n := 1; n < 200; n++ {
		path := "/" + strings.Repeat("x", n-1)
		_, err := Dial(path)
		if fits := Fit(path) == nil; fits == errors.Is(err, syscall.EINVAL) {
			t.Errorf("%d bytes fit: %v; it says %v", n, fits, err)
		} else if fits {
			longest = n
		}
	}
	if err := Fit("/" + strings.Repeat("x", 199)); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("it has 200 bytes, and %d is the most: /xxx", longest)) {
		t.Errorf("%v", err)
	}
}

func TestDialFails(t *testing.T) {
	path, l := listen(t)
	if _, err := Dial(path + "2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no socket: %v", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	if _, err := Dial(path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a socket that its program left: %v", err)
	}
	if _, err := Dial("/" + strings.Repeat("x", 200)); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a path that is too long: %v", err)
	}
	if before, after := openFiles(t), 0; before > 0 {
		for range 10 {
			Dial(path)
		}
		if after = openFiles(t); after > before {
			t.Errorf("%d files are left open", after-before)
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0
	}
	return len(files)
}
