//go:build unix

package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/lease"
	"awsvault/internal/serve"
)

// A stopped keeper delays neither leases nor their end, and knows everything when it
// continues. Ctrl-Z cannot stop it, but a debugger or `kill -STOP` can.
func TestAKeeperThatIsStopped(t *testing.T) {
	b := newBench(t)
	b.Client.Start = func(context.Context) error { b.keeper(t); return nil }
	pid := shell(t).Process.Pid
	name := strings.Repeat("n", 1500) // all rows together are more than a socket takes
	first := b.lease(name, pid)
	now, err := b.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	syscall.Kill(now.Keeper, syscall.SIGSTOP)
	defer syscall.Kill(now.Keeper, syscall.SIGCONT)
	eventually(t, "it has stopped", func() bool { return stopped(now.Keeper) })

	given := []lease.Lease{first}
	for range mostLeases - 1 {
		given = append(given, b.lease(name, pid))
	}
	for _, l := range given[:mostLeases/2] {
		if err := b.Revoke(t.Context(), l.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.wants(given[0], 403, "Forbidden")
	b.wants(given[mostLeases-1], 200, `"ASIA`+name)
	newer := b.Client
	newer.Version = "1.1.0"
	grant := func() string {
		_, err := newer.Grant(t.Context(), lease.Terms{Name: "NEW", Shell: pid, Source: json.RawMessage(`"NEW"`)})
		return fault.HintOf(err)
	}
	if hint := grant(); hint != fmt.Sprintf("kill -CONT %d", now.Keeper) {
		t.Errorf("a newer program that is to serve: %s", hint)
	}
	syscall.Kill(now.Keeper, syscall.SIGCONT)

	// The next server has from the keeper what there is now. (It is of no newer version here.)
	eventually(t, "another server", func() bool { return strings.HasPrefix(grant(), "vault off") })
	if report, err := b.Report(t.Context()); err != nil || len(report.Leases) != mostLeases/2 || report.Server == now.Server {
		t.Errorf("%v, %d leases", err, len(report.Leases))
	}
	for l, want := range map[int]int{0: 403, mostLeases/2 - 1: 403, mostLeases / 2: 200, mostLeases - 1: 200} {
		eventually(t, fmt.Sprintf("lease %d gets %d", l, want), func() bool { // a server that ends cuts off what it was asked
			status, _, _ := get(t, given[l])
			return status == want
		})
	}
	if err := b.RevokeAll(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it has ended", func() bool { _, err := b.Report(t.Context()); return errors.Is(err, lease.ErrNone) })
}

// inProcess serves from this process, for a keeper that says something first. The result
// contains everything the keeper is told, one line for each message.
func inProcess(t *testing.T, rows bool, source func(json.RawMessage) (serve.Source, error)) (b *bench, told func() []string) {
	t.Helper()
	b = newBench(t)
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	control, err := net.Listen("unix", b.Socket())
	if err != nil {
		t.Fatal(err)
	}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	keeper, its := net.Pipe()
	var mu sync.Mutex
	var said bytes.Buffer
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		json.NewEncoder(keeper).Encode(hello{Place: b.Place, Rows: rows})
		chunk := make([]byte, 4096)
		for {
			n, err := keeper.Read(chunk)
			mu.Lock()
			said.Write(chunk[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		if end, _, err := Serve(ctx, Settings{Now: time.Now, Wait: sleep, UID: os.Getuid(), Version: b.version, Grace: time.Hour, Source: source}, port, control, its); end != Done || err != nil {
			t.Errorf("it ends with %v, %v", end, err)
		}
		its.Close()
	}()
	t.Cleanup(func() { cancel(); <-ended; <-heard })
	return b, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Split(strings.TrimSuffix(said.String(), "\n"), "\n")
	}
}

// The server tells a keeper what has changed. A keeper from an older version gets the whole
// table, because it understands nothing else.
func TestWhatAKeeperIsTold(t *testing.T) {
	for _, rows := range []bool{true, false} {
		b, told := inProcess(t, rows, source)
		pid := shell(t).Process.Pid
		var given []lease.Lease
		for range 8 {
			given = append(given, b.lease("DEV", pid))
		}
		b.Revoke(t.Context(), given[0].ID)
		shell(t, "JOB="+given[1].ID) // else it would end
		b.Retire(t.Context(), given[1].ID)
		for _, text := range told() {
			var n raw
			if err := json.Unmarshal([]byte(text), &n); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if rows != (n.ID != "") || rows == strings.Contains(text, `"table"`) || rows && len(text) > 400 {
				t.Errorf("to one with rows %v: %s", rows, text)
			}
		}
		keeper := &Keeper{}
		keeper.converse(struct {
			io.Reader
			io.Writer
		}{strings.NewReader(strings.Join(told(), "\n")), io.Discard})
		var ids []string
		for _, r := range keeper.table {
			ids = append(ids, r.id)
		}
		want := []string{}
		for _, l := range given[1:] {
			want = append(want, l.ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("with rows %v a keeper has %v, want %v", rows, ids, want)
		}
		if text, _ := json.Marshal(keeper.table); strings.Count(string(text), `"retired":true`) != 1 || strings.Contains(string(text), given[1].Token) {
			t.Errorf("with rows %v the table is %s", rows, text)
		}
	}
}

// A row from a newer version passes through an older keeper without loss.
func TestAKeeperPassesOnWhatItDoesNotKnow(t *testing.T) {
	const newer = `{"id":"a","hash":"h","another":{"x":[1]}}`
	keeper := &Keeper{}
	keeper.converse(struct {
		io.Reader
		io.Writer
	}{strings.NewReader(`{"table":[` + newer + `,{"id":"b"}]}` + `{"id":"c","row":{"id":"c","new":1}}` + `{"id":"b"}` + `{"id":"none"}` + `{"program":"/p"}`), io.Discard})
	said := &bytes.Buffer{}
	first := make(chan struct{})
	keeper.converse(struct {
		io.Reader
		io.Writer
	}{waiting{first}, closing{said, first}})
	want := `"table":[` + newer + `,{"id":"c","new":1}],"rows":true}`
	if got := said.String(); keeper.Program != "/p" || !strings.HasSuffix(got, want+"\n") {
		t.Errorf("%s, %s; want %s", keeper.Program, got, want)
	}
}

// waiting ends when its channel is closed. closing closes the channel when something is
// written.
type (
	waiting struct{ until chan struct{} }
	closing struct {
		io.Writer
		end chan struct{}
	}
)

func (w waiting) Read([]byte) (int, error) { <-w.until; return 0, io.EOF }

func (c closing) Write(p []byte) (int, error) {
	defer close(c.end)
	return c.Writer.Write(p)
}

// slow is a source that answers when it is told to.
type slow struct {
	fixed
	asked, answer chan struct{}
}

func (s slow) Credentials(ctx context.Context, until time.Time) (serve.Answer, error) {
	close(s.asked)
	<-s.answer
	return s.fixed.Credentials(ctx, until)
}

// `vault clear --revoke` ends all leases of a profile, including one that another shell is
// about to get: AWS would deny its credentials.
func TestALeaseThatIsMadeWhileAllAreRevoked(t *testing.T) {
	for _, name := range []string{"DEV", "OTHER"} {
		src := slow{"DEV", make(chan struct{}), make(chan struct{})}
		b, _ := inProcess(t, true, func(json.RawMessage) (serve.Source, error) { return src, nil })
		pid := shell(t).Process.Pid
		got := make(chan error, 1)
		go func() {
			_, err := b.Grant(t.Context(), lease.Terms{Name: "DEV", Shell: pid, Source: json.RawMessage(`""`)})
			got <- err
		}()
		<-src.asked
		if err := b.RevokeAll(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		close(src.answer)
		err := <-got
		report, _ := b.Report(t.Context())
		switch {
		case name == "OTHER" && (err != nil || len(report.Leases) != 1):
			t.Errorf("where another profile's are revoked: %v, %+v", err, report.Leases)
		case name == "DEV" && (err == nil || err.Error() != "the leases of DEV were revoked while this one was made" || !strings.HasPrefix(fault.HintOf(err), "vault use DEV") || len(report.Leases) != 0):
			t.Errorf("%v, %+v", err, report.Leases)
		}
	}
}
