package serve

import (
	"context"
	"errors"
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

	"awsvault/internal/fault"
	"awsvault/tests/leak"
	"awsvault/tests/need"
)

func TestMain(m *testing.M) {
	if request, ok := os.LookupEnv("SERVE_TEST_REQUEST"); ok {
		fmt.Print(askAs(request))
		return
	}
	if path := os.Getenv("SERVE_TEST_LISTEN"); path != "" {
		l, err := net.Listen("unix", path)
		if err == nil {
			os.Chmod(path, 0o777)
			fmt.Println("listens")
			http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `[{"profile":"dev"}]`) }))
		}
		return
	}
	os.Exit(leak.Main(m))
}

// Vault does not connect to a socket that another user serves, unless only root could have put
// the socket there.
func TestAnotherUsersSocket(t *testing.T) {
	need.Root(t, "to become another user")
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	cmd := exec.Command(copied(t, dir))
	cmd.Env = []string{"SERVE_TEST_LISTEN=" + path}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o777), cmd.Start()); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	remote, err := Connect(path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer remote.client.CloseIdleConnections()
	if names, err := remote.Profiles(t.Context()); err == nil || !strings.Contains(err.Error(), "is served by user 65534, and others can replace it") {
		t.Errorf("in a directory of all: %v, %v", names, err)
	} else if hint := fault.HintOf(err); hint != "run this as user 65534, or have the socket in a directory that only root can change" {
		t.Errorf("the hint is %q", hint)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if names, err := remote.Profiles(t.Context()); err != nil || len(names) != 1 {
		t.Errorf("in root's directory: %v, %v", names, err)
	}
}

// copied copies this test's program to a place where others can run it.
func copied(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	program := filepath.Join(dir, "ask")
	if err = errors.Join(err, os.Chmod(dir, 0o755), os.WriteFile(program, self, 0o755)); err != nil {
		t.Fatal(err)
	}
	return program
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
	dir, err := os.MkdirTemp("", "serve") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command(copied(t, dir))
	cmd.Env = []string{"SERVE_TEST_REQUEST=" + request, "SERVE_TEST_ADDRESS=" + network + " " + address}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// A leaked token is useless to another user.
func TestAnotherUserIsRefused(t *testing.T) {
	need.Root(t, "to become another user")
	b := serve(t, time.Hour)
	address := strings.TrimPrefix(b.base, "http://")
	request := "GET " + b.lease.Path() + " HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: " + b.lease.Token + "\r\nConnection: close\r\n\r\n"
	if got := from(t, 65534, "tcp", address, request); !strings.HasPrefix(got, "HTTP/1.1 403") || !strings.Contains(got, "the user who started it") {
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
