//go:build unix

package broker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/lease"
	"awsvault/internal/serve"
	"awsvault/tests/need"
)

// askAs sends a request from this process, which another user runs. Its arguments are
// -test.run, a network and an address.
func askAs(request string) {
	c, err := net.Dial(os.Args[2], os.Args[3])
	if err != nil {
		fmt.Print(err)
		return
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(c, request)
	answer, _ := io.ReadAll(c)
	fmt.Print(string(answer))
}

// from sends a request as a process of another user.
func from(t *testing.T, uid uint32, network, address, request string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "b") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	self, err := os.ReadFile("/proc/self/exe")
	program := filepath.Join(dir, "ask")
	if err = errors.Join(err, os.Chmod(dir, 0o755), os.WriteFile(program, self, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^$", network, address)
	cmd.Env, cmd.Dir = []string{"BROKER_TEST_ASK=" + request}, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// Another user gets nothing at the port, even with a leaked token, and nothing at the control
// socket, even if the modes of the socket and its directory admit everyone.
func TestAnotherUserIsRefused(t *testing.T) {
	need.Root(t, "to become another user")
	b := newBench(t)
	l := b.lease("DEV", shell(t).Process.Pid)
	address, path, _ := strings.Cut(strings.TrimPrefix(l.URI, "http://"), "/")
	request := "GET /" + path + " HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: " + l.Token + "\r\nConnection: close\r\n\r\n"
	if got := from(t, 65534, "tcp", address, request); !strings.HasPrefix(got, "HTTP/1.1 403") || !strings.Contains(got, "the user who started it") {
		t.Errorf("another user gets %q", got)
	}
	b.wants(l, 200, `"ASIADEV"`)

	ask, err := json.Marshal(asking(lease.ToReport))
	if err != nil {
		t.Fatal(err)
	}
	if got := from(t, 65534, "unix", b.Socket(), string(ask)); !strings.Contains(got, "permission denied") {
		t.Errorf("at the socket as it is another user gets %q", got)
	}
	for path, mode := range map[string]os.FileMode{filepath.Dir(b.Dir): 0o755, b.Dir: 0o755, b.Socket(): 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if got := from(t, 65534, "unix", b.Socket(), string(ask)); got != "" {
		t.Errorf("at the open socket another user gets %q", got)
	}
	if got := from(t, 0, "unix", b.Socket(), string(ask)); !strings.Contains(got, `"report":`) {
		t.Errorf("the user gets %q", got)
	}
	// A directory that others can enter is no place for the next lease.
	if err := os.Chmod(b.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Grant(t.Context(), lease.Terms{Name: "DEV", Shell: os.Getpid(), Source: json.RawMessage(`"DEV"`)}); err == nil || !strings.Contains(err.Error(), "can be written by") {
		t.Errorf("in a directory of all: %v", err)
	}
	os.Chmod(b.Dir, 0o700)
	b.Revoke(t.Context(), l.ID)
	b.gone()
}

func asking(do string) lease.Request {
	return lease.Request{Protocol: lease.Protocol, Version: "1.0.0", Do: do}
}

// Vault does not trust a socket that another user's program serves.
func TestAnotherUsersBroker(t *testing.T) {
	need.Root(t, "to become another user")
	b := newBench(t)
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", b.Socket())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := b.Client
	client.UID = 65534 // and the socket is root's
	if _, err := client.Report(t.Context()); err == nil || !strings.Contains(err.Error(), "is served by user 0") {
		t.Errorf("%v", err)
	}
}

// An invalid request gets no answer, and does not delay other requests.
func TestOddRequestsAtTheSocket(t *testing.T) {
	b := newBench(t)
	l := b.lease("DEV", shell(t).Process.Pid)
	silent, err := net.Dial("unix", b.Socket())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, request := range map[string]string{
		"nothing":        "",
		"no JSON":        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"half of it":     `{"protocol":1,"do":"rep`,
		"another type":   `{"protocol":"x"}`,
		"a huge one":     `{"do":"` + strings.Repeat("x", lease.Longest) + `"}`,
		"deeply nested":  strings.Repeat("[", 20_000),
		"bytes":          "\x00\xff\x16\x03\x01",
		"an unknown one": `{"protocol":1,"do":"\u001b[31m"}`,
		"no terms":       `{"protocol":1,"version":"1.0.0","do":"grant"}`,
		"odd terms":      `{"protocol":1,"version":"1.0.0","do":"grant","terms":{"shell":-1}}`,
		"a bad program":  `{"protocol":1,"do":"yield","program":"sh"}`,
	} {
		c, err := net.Dial("unix", b.Socket())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c.SetDeadline(time.Now().Add(30 * time.Second))
		io.WriteString(c, request)
		if u, ok := c.(*net.UnixConn); ok {
			u.CloseWrite()
		}
		answer, _ := io.ReadAll(c)
		c.Close()
		if strings.Contains(string(answer), `"lease"`) || strings.Contains(string(answer), "\x1b") || len(answer) > 4096 {
			t.Errorf("%s: it answers %q", name, answer)
		}
		if len(answer) > 0 && !strings.Contains(string(answer), `"failure"`) {
			t.Errorf("%s: it answers %q", name, answer)
		}
	}
	silent.SetDeadline(time.Now().Add(30 * time.Second))
	if n, err := silent.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("who says nothing gets %d bytes, %v", n, err)
	}
	b.wants(l, 200, `"ASIADEV"`)
	b.Revoke(t.Context(), l.ID)
	b.gone()
}

// keeper starts a broker with a keeper in a separate process, which can be killed.
func (b *bench) keeper(t *testing.T) (pid int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$", b.version, b.grace, b.Dir, b.Name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() })
	if said, _ := bufio.NewReader(out).ReadString('\n'); said != "ready\n" {
		t.Fatalf("a keeper says %q", said)
	}
	return cmd.Process.Pid
}

// When both processes are killed, another program may get the port, and with it the requests
// of running programs. The next lease has another address and another token, and the old ones
// are useless.
func TestAPortThatIsStolen(t *testing.T) {
	b := newBench(t)
	var keeper int
	b.Client.Start = func(context.Context) error { keeper = b.keeper(t); return nil }
	pid := shell(t).Process.Pid
	old := b.lease("DEV", pid)
	now, err := b.Report(t.Context())
	if err != nil || now.Keeper != keeper {
		t.Fatalf("%v, %+v", err, now)
	}
	// Two at once: who comes second sees the first.
	if k, err := Open(b.Place); err == nil || !strings.Contains(err.Error(), "another server listens") {
		t.Errorf("a second one: %+v, %v", k, err)
	}
	syscall.Kill(keeper, syscall.SIGSTOP) // else it starts another server in between
	syscall.Kill(now.Server, syscall.SIGKILL)
	syscall.Kill(keeper, syscall.SIGKILL)

	var thief net.Listener
	eventually(t, "the port is free", func() bool {
		thief, err = net.Listen("tcp", now.Address)
		return err == nil
	})
	defer thief.Close()
	if _, err := b.Look(t.Context(), old.ID); !errors.Is(err, lease.ErrNone) {
		t.Errorf("the old lease: %v", err)
	}
	fresh := b.lease("DEV", pid)
	if fresh.Token == old.Token || fresh.ID == old.ID || strings.Contains(fresh.URI, now.Address) {
		t.Errorf("%s after %s: the token is the same: %v", fresh.URI, old.URI, fresh.Token == old.Token)
	}
	b.wants(fresh, 200, `"ASIADEV"`)
	stale := fresh
	stale.Token = old.Token
	b.wants(stale, 403, "Forbidden")
	stale.URI = strings.Replace(fresh.URI, fresh.ID, old.ID, 1)
	b.wants(stale, 403, "Forbidden")
	b.Revoke(t.Context(), fresh.ID)
}

// Both processes sleep, as behind a closed lid, until their credentials have expired. A
// request that was sent meanwhile gets valid credentials.
func TestABrokerThatSlept(t *testing.T) {
	b := newBench(t)
	b.Client.Start = func(context.Context) error { b.keeper(t); return nil }
	l := b.lease("short", shell(t).Process.Pid)
	now, err := b.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	both := []int{now.Keeper, now.Server}
	for _, pid := range both {
		syscall.Kill(pid, syscall.SIGSTOP)
	}
	// A connection that was accepted before would be closed after it: its header has 2 s.
	for _, pid := range both {
		eventually(t, "it has stopped", func() bool { return stopped(pid) })
	}
	answered := make(chan string, 1)
	go func() {
		status, body, err := get(t, l)
		answered <- fmt.Sprint(status, err, body)
	}()
	time.Sleep(time.Until(l.Expires.Add(100 * time.Millisecond))) // what is tested is that it has ended
	for _, pid := range both {
		syscall.Kill(pid, syscall.SIGCONT)
	}
	woke := time.Now()
	said := <-answered
	_, rest, _ := strings.Cut(said, `"Expiration":"`)
	end, err := time.Parse(time.RFC3339, strings.SplitN(rest, `"`, 2)[0])
	if !strings.HasPrefix(said, "200 <nil>") || err != nil || !end.After(woke.Add(-time.Second)) {
		t.Errorf("it answers %s", said)
	}
	b.Revoke(t.Context(), l.ID)
}

// stopped reports whether all threads of a process are stopped (proc(5), State).
func stopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil || !strings.Contains(string(text), "\nState:\tT") {
			return false
		}
	}
	return err == nil && len(threads) > 0
}

// jumping is a clock that a test sets.
type jumping struct{ by atomic.Int64 }

func (c *jumping) Now() time.Time { return time.Now().Round(0).Add(time.Duration(c.by.Load())) }

// numbered is a source of numbered sessions that live for an hour by that clock.
type numbered struct {
	clock *jumping
	calls atomic.Int32
}

func (n *numbered) Credentials(context.Context, time.Time) (serve.Answer, error) {
	c := aws.Credentials{AccessKeyID: fmt.Sprintf("ASIA%d", n.calls.Add(1)), SecretAccessKey: "s", SessionToken: "t", Expires: n.clock.Now().Add(time.Hour)}
	return serve.Answer{Credentials: c, Life: time.Hour}, nil
}

// The wall clock jumps ahead over an expiry, as after a sleep, and back. Leases stay, requests
// are answered, and the broker ends when it has nothing to serve.
func TestAClockThatJumps(t *testing.T) {
	b := newBench(t)
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	k, err := Open(b.Place)
	if err != nil {
		t.Fatal(err)
	}
	port, control, err := Inherited{Port: k.Port, Control: k.Control}.Listeners()
	if err != nil {
		t.Fatal(err)
	}
	k.Port.Close()
	k.Control.Close()
	c := &jumping{}
	src := &numbered{clock: c}
	ours, theirs := net.Pipe()
	go io.Copy(io.Discard, ours)
	go json.NewEncoder(ours).Encode(hello{PID: os.Getpid(), Place: b.Place, Inode: k.Inode})
	ended := make(chan End, 1)
	go func() {
		end, _, _ := Serve(t.Context(), Settings{
			Now: c.Now, Wait: sleep, UID: os.Getuid(), Version: "1.0.0", Grace: time.Minute,
			Source: func(json.RawMessage) (serve.Source, error) { return src, nil },
		}, port, control, theirs)
		ended <- end
		ours.Close()
		theirs.Close()
	}()
	l := b.lease("DEV", shell(t).Process.Pid)
	b.wants(l, 200, `"ASIA1"`)
	for i, jump := range []time.Duration{2 * time.Hour, 30 * 24 * time.Hour} {
		c.by.Add(int64(jump))
		b.wants(l, 200, fmt.Sprintf(`"ASIA%d"`, i+2))
		if held, err := b.Look(t.Context(), l.ID); err != nil || held.Expires.Before(c.Now().Add(59*time.Minute)) {
			t.Errorf("ahead by %s: %+v, %v", jump, held, err)
		}
	}
	c.by.Store(-int64(3 * time.Hour)) // what it has lives for longer now
	b.wants(l, 200, `"ASIA3"`)
	if _, err := b.Look(t.Context(), l.ID); err != nil {
		t.Errorf("back: %v", err)
	}
	if err := b.Revoke(t.Context(), l.ID); err != nil {
		t.Fatal(err)
	}
	// A day back: that must not keep it for a day.
	c.by.Add(-int64(24 * time.Hour))
	if end := passing(t, b, c, ended); end != Done {
		t.Errorf("it ends with %d", end)
	}
}

// passing lets minutes pass until a broker ends, and makes the broker check after each minute.
func passing(t *testing.T, b *bench, c *jumping, ended <-chan End) End {
	t.Helper()
	for range 120 {
		select {
		case end := <-ended:
			return end
		case <-time.After(50 * time.Millisecond):
			c.by.Add(int64(time.Minute))
			b.Retire(t.Context(), "none")
		}
	}
	t.Fatal("the broker does not end")
	return 0
}
