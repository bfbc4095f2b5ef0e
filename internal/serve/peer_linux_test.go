package serve

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/tests/need"
)

func TestMain(m *testing.M) {
	if request, ok := os.LookupEnv("SERVE_TEST_REQUEST"); ok {
		fmt.Print(askAs(request))
		return
	}
	os.Exit(m.Run())
}

// askAs sends a request from another process.
func askAs(request string) string {
	network, address, ok := strings.Cut(os.Getenv("SERVE_TEST_ADDRESS"), " ")
	if !ok {
		return "no address"
	}
	c, err := net.Dial(network, address)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, request)
	answer, _ := io.ReadAll(c)
	return string(answer)
}

// from sends a request from a process of another user.
func from(t *testing.T, uid uint32, network, address, request string) string {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "serve") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "ask")
	if err := os.WriteFile(program, self, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = []string{"SERVE_TEST_REQUEST=" + request, "SERVE_TEST_ADDRESS=" + network + " " + address}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// A token that leaked to another user is of no use to them.
func TestAnotherUserIsRefused(t *testing.T) {
	need.Root(t, "to become another user")
	b := serve(t, time.Hour)
	address := strings.TrimPrefix(b.base, "http://")
	request := "GET " + b.lease.Path() + " HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: " + b.lease.Token + "\r\nConnection: close\r\n\r\n"
	if got := from(t, 65534, "tcp", address, request); !strings.HasPrefix(got, "HTTP/1.1 403") || !strings.Contains(got, "the user who started this server") {
		t.Errorf("another user gets %q", got)
	}
	if got := from(t, 0, "tcp", address, request); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("root gets %q", got)
	}
	other := serve(t, time.Hour, func(s *Settings, _ *Grant) { s.UID = 65534 })
	address = strings.TrimPrefix(other.base, "http://")
	request = "GET " + other.lease.Path() + " HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: " + other.lease.Token + "\r\nConnection: close\r\n\r\n"
	if got := from(t, 65534, "tcp", address, request); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("the user gets %q", got)
	}
}

func TestUnixSocket(t *testing.T) {
	s := New(Settings{Now: time.Now, UID: os.Getuid()})
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l) }()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", l.Addr().String())
	}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://anything/health")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if log := s.Answered(); resp.StatusCode != 200 || len(log) != 1 || log[0].Peer.UID != os.Getuid() || log[0].Peer.PID != os.Getpid() {
		t.Errorf("%d, %+v", resp.StatusCode, log)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
