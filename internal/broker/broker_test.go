//go:build unix

package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/lease"
	"awsvault/internal/serve"
	"awsvault/tests/leak"
)

// TestMain lets this program act as the server of a keeper, with the arguments -test.run, a
// version and a grace. With a place as a further argument, it acts as the keeper.
func TestMain(m *testing.M) {
	if request, ok := os.LookupEnv("BROKER_TEST_ASK"); ok && len(os.Args) == 4 {
		askAs(request)
		return
	}
	if os.Getenv("BROKER_TEST") == "" || len(os.Args) < 4 {
		os.Exit(leak.Main(m))
	}
	if len(os.Args) == 6 {
		keepAs(lease.Place{Dir: os.Args[4], Name: os.Args[5]}, os.Args[1:4])
		return
	}
	grace, _ := time.ParseDuration(os.Args[3])
	in := Inherit()
	port, control, err := in.Listeners()
	if err != nil {
		panic(err)
	}
	_, _, err = Serve(context.Background(), Settings{Now: time.Now, Wait: sleep, UID: os.Getuid(), Version: os.Args[2], Grace: grace, Source: source}, port, control, in.Keeper)
	if err != nil {
		panic(err)
	}
	os.Exit(0)
}

// keepAs runs a keeper, which reports when it listens.
func keepAs(p lease.Place, args []string) {
	k, err := Open(p)
	if err != nil {
		panic(err)
	}
	k.Program, k.Args = os.Args[0], args
	fmt.Println("ready")
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := k.Keep(ctx, time.Now, sleep); err != nil {
		panic(err)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fixed is a source whose sessions are named after its text.
type fixed string

func source(text json.RawMessage) (serve.Source, error) {
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		return nil, err
	}
	return fixed(name), nil
}

func (f fixed) Credentials(context.Context, time.Time) (serve.Answer, error) {
	if f == "mfa" {
		return serve.Answer{}, fault.NewPerson("an MFA code is needed", "vault refresh")
	}
	life := time.Hour
	if f == "short" {
		life = 2 * time.Second
	}
	return serve.Answer{Credentials: aws.Credentials{AccessKeyID: "ASIA" + string(f), SecretAccessKey: "s", SessionToken: "t", Expires: time.Now().Add(life)}}, nil
}

// bench is a user with a broker of their own.
type bench struct {
	lease.Client
	t       *testing.T
	starts  atomic.Int32
	ended   chan error
	version string
	grace   string
	keep    sync.WaitGroup
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir, err := os.MkdirTemp("", "b") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("BROKER_TEST", "1")
	b := &bench{t: t, ended: make(chan error, 8), version: "1.0.0", grace: "300ms"}
	b.Client = lease.Client{Place: lease.Place{Dir: filepath.Join(dir, "run"), Name: "broker"}, UID: os.Getuid(), Version: "1.0.0", Program: os.Args[0], Start: b.start}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return b
}

// start starts a server from this process.
func (b *bench) start(context.Context) error {
	b.starts.Add(1)
	k, err := Open(b.Place)
	if err != nil {
		return err
	}
	k.Program, k.Args = os.Args[0], []string{"-test.run=^$", b.version, b.grace}
	ctx, cancel := context.WithCancel(context.Background())
	b.keep.Add(1)
	go func() {
		defer b.keep.Done()
		b.ended <- k.Keep(ctx, time.Now, sleep)
		k.Port.Close()
		k.Control.Close()
	}()
	b.t.Cleanup(func() { cancel(); b.keep.Wait() })
	return nil
}

// shell starts a process to which a lease can belong.
func shell(t *testing.T, environ ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	cmd.Env = append(os.Environ(), environ...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

func (b *bench) lease(name string, shell int) lease.Lease {
	b.t.Helper()
	l, err := b.Grant(b.t.Context(), lease.Terms{Name: name, Shell: shell, Source: json.RawMessage(`"` + name + `"`)})
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// get asks like a program.
func get(t *testing.T, l lease.Lease) (status int, body string, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URI, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", l.Token)
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

func (b *bench) wants(l lease.Lease, status int, text string) {
	b.t.Helper()
	got, body, err := get(b.t, l)
	if err != nil || got != status || !strings.Contains(body, text) {
		b.t.Fatalf("%d %s, %v; want %d with %s", got, body, err, status, text)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// gone waits until the keeper has ended and has left nothing behind.
func (b *bench) gone() {
	b.t.Helper()
	select {
	case err := <-b.ended:
		if err != nil {
			b.t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		b.t.Fatal("the broker does not end")
	}
	if _, err := os.Lstat(b.Socket()); err == nil {
		b.t.Error("its socket is still there")
	}
}

func TestALeaseLivesUntilItIsRevoked(t *testing.T) {
	b := newBench(t)
	if _, err := b.Report(t.Context()); !errors.Is(err, lease.ErrNone) {
		t.Fatalf("before: %v", err)
	}
	sh := shell(t)
	dev, prod := b.lease("DEV", sh.Process.Pid), b.lease("PROD", sh.Process.Pid)
	if b.starts.Load() != 1 || dev.Token == prod.Token || !strings.HasPrefix(dev.URI, "http://127.0.0.1:") || dev.Expires.IsZero() {
		t.Errorf("%d starts, %+v", b.starts.Load(), dev.State)
	}
	b.wants(dev, 200, `"ASIADEV"`)
	b.wants(prod, 200, `"ASIAPROD"`)
	report, err := b.Report(t.Context())
	if err != nil || len(report.Leases) != 2 || len(report.Answered) != 2 || report.Answered[1].Name != "PROD" {
		t.Errorf("%v, %+v", err, report)
	}
	if text, _ := json.Marshal(report); strings.Contains(string(text), dev.Token) || strings.Contains(string(text), dev.ID) {
		t.Error("a report says what a program needs to ask")
	}
	twice := []lease.Lease{b.lease("TWICE", sh.Process.Pid), b.lease("TWICE", sh.Process.Pid)}
	if err := b.RevokeAll(t.Context(), "TWICE"); err != nil {
		t.Fatal(err)
	}
	for _, l := range twice {
		if _, err := b.Look(t.Context(), l.ID); !errors.Is(err, lease.ErrUnknown) {
			t.Errorf("after RevokeAll: %v", err)
		}
	}
	b.wants(dev, 200, `"ASIADEV"`)
	if err := b.Revoke(t.Context(), dev.ID); err != nil {
		t.Fatal(err)
	}
	b.wants(dev, 403, "Forbidden")
	b.wants(prod, 200, `"ASIAPROD"`)
	if err := b.Revoke(t.Context(), dev.ID); !errors.Is(err, lease.ErrUnknown) {
		t.Errorf("twice: %v", err)
	}
	b.Revoke(t.Context(), prod.ID)
	b.gone()
}

// If the home directory disappears, as in a test, no broker stays behind.
func TestABrokerWhoseDirectoryIsGoneEnds(t *testing.T) {
	b := newBench(t)
	sh := shell(t)
	b.lease("DEV", sh.Process.Pid)
	if err := os.RemoveAll(filepath.Dir(b.Dir)); err != nil {
		t.Fatal(err)
	}
	sh.Process.Kill()
	sh.Wait()
	b.gone()
}

// If the credentials cannot be obtained, the client that wants the lease gets the error, and
// no lease stays behind.
func TestALeaseThatNeedsAPerson(t *testing.T) {
	b := newBench(t)
	_, err := b.Grant(t.Context(), lease.Terms{Name: "jon", Shell: os.Getpid(), Source: json.RawMessage(`"mfa"`)})
	if fault.KindOf(err) != fault.Person || fault.HintOf(err) != "vault refresh" {
		t.Errorf("%v", err)
	}
	if _, err := b.Grant(t.Context(), lease.Terms{Name: "jon", Shell: 1 << 30, Source: json.RawMessage(`"x"`)}); err == nil || !strings.Contains(err.Error(), "no shell") {
		t.Errorf("of no shell: %v", err)
	}
	b.gone()
}

// A killed server is replaced on the same port, with the same tokens.
func TestAKilledServerIsReplaced(t *testing.T) {
	b := newBench(t)
	l := b.lease("DEV", shell(t).Process.Pid)
	for range 3 {
		report, err := b.Report(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(report.Server, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "another server", func() bool {
			now, err := b.Report(t.Context())
			return err == nil && now.Server != report.Server
		})
		b.wants(l, 200, `"ASIADEV"`)
	}
	if held, err := b.Look(t.Context(), l.ID); err != nil || held.Shell == 0 {
		t.Errorf("%v, %+v", err, held)
	}
	b.Revoke(t.Context(), l.ID)
	b.wants(l, 403, "Forbidden")
	b.gone()
}

// When a shell ends, its lease ends too, unless a program still uses it.
func TestALeaseOfAShellThatEnded(t *testing.T) {
	b := newBench(t)
	sh := shell(t)
	l := b.lease("DEV", sh.Process.Pid)
	sh.Process.Kill()
	sh.Wait()
	b.gone()

	sh = shell(t)
	l = b.lease("DEV", sh.Process.Pid)
	job := shell(t, "AWS_CONTAINER_CREDENTIALS_FULL_URI="+l.URI)
	sh.Process.Kill()
	sh.Wait()
	eventually(t, "retired", func() bool {
		held, err := b.Look(t.Context(), l.ID)
		return err == nil && held.Retired
	})
	b.wants(l, 200, `"ASIADEV"`)
	if !inUse(l.ID) {
		t.Error("the job is not found")
	}
	job.Process.Kill()
	job.Wait()
	if inUse(l.ID) {
		t.Error("the job has ended")
	}
}

// However many shells start at once, there is one broker.
func TestManyShellsAtOnce(t *testing.T) {
	b := newBench(t)
	pid := shell(t).Process.Pid
	var all sync.WaitGroup
	leases := make([]lease.Lease, 20)
	for i := range leases {
		all.Go(func() {
			var err error
			if leases[i], err = b.Grant(t.Context(), lease.Terms{Name: "DEV", Shell: pid, Source: json.RawMessage(fmt.Sprintf("%q", fmt.Sprint(i)))}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if b.starts.Load() != 1 {
		t.Errorf("%d brokers", b.starts.Load())
	}
	for i, l := range leases {
		b.wants(l, 200, fmt.Sprintf(`"ASIA%d"`, i))
		b.Revoke(t.Context(), l.ID)
	}
	b.gone()
}

// A shell that takes leases in a loop, or many such shells, reach a limit. The given leases
// stay, and a returned lease makes room again.
func TestMoreLeasesThanThereIsRoomFor(t *testing.T) {
	b := newBench(t)
	pid := shell(t).Process.Pid
	var all sync.WaitGroup
	var mu sync.Mutex
	var given []lease.Lease
	refused := 0
	for range 8 {
		all.Go(func() {
			for range mostLeases / 8 * 5 / 4 {
				l, err := b.Grant(t.Context(), lease.Terms{Name: "DEV", Shell: pid, Source: json.RawMessage(`"DEV"`)})
				mu.Lock()
				switch {
				case err == nil:
					given = append(given, l)
				case strings.Contains(err.Error(), fmt.Sprintf("has %d leases already", mostLeases)) && fault.HintOf(err) != "":
					refused++
				default:
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(given) != mostLeases || refused != mostLeases/4 {
		t.Fatalf("%d leases, %d refused", len(given), refused)
	}
	b.wants(given[0], 200, `"ASIADEV"`)
	b.Revoke(t.Context(), given[0].ID)
	b.wants(b.lease("DEV2", pid), 200, `"ASIADEV2"`)
	b.wants(given[mostLeases-1], 200, `"ASIADEV"`)
}

// A newer program takes over the port, the socket and the leases.
func TestANewerProgramServes(t *testing.T) {
	b := newBench(t)
	pid := shell(t).Process.Pid
	old := b.lease("OLD", pid)
	newerProgram := filepath.Join(t.TempDir(), "newer")
	if err := os.WriteFile(newerProgram, []byte("#!/bin/sh\nexec "+os.Args[0]+" -test.run=^$ 1.1.0 300ms\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	client := b.Client
	client.Version, client.Program = "1.1.0", newerProgram
	l, err := client.Grant(t.Context(), lease.Terms{Name: "NEW", Shell: pid, Source: json.RawMessage(`"NEW"`)})
	if err != nil {
		t.Fatal(err)
	}
	if report, err := client.Report(t.Context()); err != nil || report.Version != "1.1.0" || len(report.Leases) != 2 {
		t.Errorf("%v, %+v", err, report)
	}
	b.wants(old, 200, `"ASIAOLD"`)
	b.wants(l, 200, `"ASIANEW"`)
	// A shell that has the older program is served by the newer one, which goes on.
	again := b.lease("OLD2", pid)
	if report, err := b.Report(t.Context()); err != nil || report.Version != "1.1.0" || len(report.Leases) != 3 {
		t.Errorf("an older program: %v, %+v", err, report)
	}
	b.wants(again, 200, `"ASIAOLD2"`)
	if b.starts.Load() != 1 {
		t.Error("another broker was started")
	}
	for _, l := range []lease.Lease{old, l, again} {
		b.Revoke(t.Context(), l.ID)
	}
	b.gone()
}
