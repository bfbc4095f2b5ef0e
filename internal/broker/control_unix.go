//go:build unix

package broker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/lease"
	"awsvault/internal/line"
	"awsvault/internal/serve"
	"awsvault/internal/unixsock"
)

// listen answers on the control socket until ctx is done.
func (b *server) listen(ctx context.Context, l net.Listener) {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go b.converse(ctx, conn)
	}
}

// converse answers one request.
func (b *server) converse(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	if u, ok := conn.(*net.UnixConn); ok {
		if uid, _ := unixsock.Owner(u); uid >= 0 && uid != b.UID {
			return
		}
	}
	// With timers, because the clock may jump.
	bound := time.AfterFunc(lease.Quick, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer bound.Stop()
	var r lease.Request
	if json.NewDecoder(io.LimitReader(conn, lease.Longest)).Decode(&r) != nil {
		return
	}
	bound.Reset(lease.Patient)
	a := lease.Answer{Protocol: lease.Protocol, Version: b.Version, Keeper: b.hello.PID}
	err := b.do(ctx, r, &a)
	if errors.Is(err, errLeft) || ctx.Err() != nil && (err != nil || a.Report != nil) {
		return // the client asks the next server; the report of a server that ends would lack leases
	}
	a.Failure = lease.FailureOf(err)
	sent := json.NewEncoder(conn).Encode(a)
	if b.resting != nil {
		b.resting.Reset(restAfter)
	}
	if r.Do == lease.ToGrant && sent != nil && a.Lease != nil {
		b.end(a.Lease.ID) // no shell has received its token
	}
	if r.Do == lease.ToYield && err == nil {
		b.yielding <- struct{}{}
	}
}

func (b *server) do(ctx context.Context, r lease.Request, a *lease.Answer) error {
	switch r.Do {
	case lease.ToGrant:
		if r.Protocol > lease.Protocol || lease.Newer(r.Version, b.Version) {
			return nil // the newer program takes over
		}
		return b.grant(ctx, r.Terms, a)
	case lease.ToRevoke:
		if r.Lease == "" {
			return b.endAll(r.Name)
		}
		return b.end(r.Lease)
	case lease.ToRetire:
		return b.retire(r.Lease)
	case lease.ToLook:
		return b.tellOf(r.Lease, a)
	case lease.ToRenew:
		if _, known := b.http.Held(r.Lease); !known {
			return lease.ErrUnknown
		}
		b.http.Renew(ctx, r.Lease) // the result shows in the lease's state
		return b.tellOf(r.Lease, a)
	case lease.ToReport:
		a.Report = b.report()
		return nil
	case lease.ToYield:
		if !filepath.IsAbs(r.Program) {
			return errors.New("the path of the newer program is not absolute")
		}
		b.tell.more(news{Program: r.Program})
		if !b.tell.settled() {
			return fault.New(fmt.Sprintf("process %d, which keeps the credential server, was stopped and cannot start the newer one", b.hello.PID), fmt.Sprintf("kill -CONT %d", b.hello.PID))
		}
		return nil
	}
	return fmt.Errorf("the credential server does not know the request %q", r.Do)
}

// grant makes a lease as soon as its credentials are there.
func (b *server) grant(ctx context.Context, t *lease.Terms, a *lease.Answer) error {
	if t == nil {
		return errors.New("a lease needs terms")
	}
	started, ok := startOf(t.Shell)
	if !ok {
		return fmt.Errorf("there is no shell with the process id %d", t.Shell)
	}
	source, err := b.Source(t.Source)
	if err != nil {
		return err
	}
	m := b.reserve(t.Name)
	if m == nil {
		return fault.New(fmt.Sprintf("the credential server has %d leases already", mostLeases), "vault off in shells that do without, or --via env")
	}
	defer b.made(m)
	l := b.http.Grant(serve.Grant{Name: t.Name, Region: t.Region, Source: source})
	if err := b.http.Renew(ctx, l.ID); err != nil {
		b.http.Revoke(l.ID)
		return err
	}
	hash := serve.HashOf(l.Token)
	if err := b.add(ctx, &entry{ID: l.ID, Hash: base64.RawURLEncoding.EncodeToString(hash[:]), Terms: *t, Started: started, Since: b.Now()}, m); err != nil {
		b.http.Revoke(l.ID)
		return err
	}
	b.tell.settled()
	if err := b.tellOf(l.ID, a); err != nil {
		return errRevoked(t.Name) // the leases were revoked in the meantime
	}
	a.Lease.URI, a.Lease.Token = "http://"+b.port.String()+l.Path(), l.Token
	return nil
}

// making is a lease that is being made, which may take as long as AWS does.
type making struct {
	name  string
	ended bool // all leases with this name were ended, so this one must not be given out
}

func errRevoked(name string) error {
	return fault.New(fmt.Sprintf("the leases of %s were revoked while this one was made", line.Printable(name)), "vault use "+line.Word(name)+"   takes another")
}

// reserve reserves a row of the table for a lease that is being made; nil: the table is full.
func (b *server) reserve(name string) *making {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.leases)+len(b.making) >= mostLeases {
		return nil
	}
	m := &making{name: name}
	b.making[m] = true
	return m
}

func (b *server) made(m *making) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.making, m)
}

// endAll ends all leases with a name, and refuses those that are being made.
func (b *server) endAll(name string) error {
	b.mu.Lock()
	table, left := b.table(), b.left
	for m := range b.making {
		m.ended = m.ended || m.name == name
	}
	b.mu.Unlock()
	if left {
		return errLeft
	}
	for _, e := range table {
		if e.Terms.Name != name {
			continue
		}
		if err := b.end(e.ID); err != nil && !errors.Is(err, lease.ErrUnknown) { // otherwise it has just ended
			return err
		}
	}
	return nil
}

// tellOf adds the state of a lease to an answer.
func (b *server) tellOf(id string, a *lease.Answer) error {
	s, ok := b.state(id)
	if !ok {
		return lease.ErrUnknown
	}
	a.Lease = &lease.Lease{ID: id, State: s}
	return nil
}

func (b *server) state(id string) (lease.State, bool) {
	held, ok := b.http.Held(id)
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.leases[id]
	if !ok || e == nil {
		return lease.State{}, false
	}
	return lease.State{Name: held.Name, Shell: e.Terms.Shell, Since: e.Since, Expires: held.Expires, Life: held.Life, Retired: held.Retired, Problem: lease.FailureOf(held.Failure)}, true
}

// report describes all leases.
func (b *server) report() *lease.Report {
	r := &lease.Report{Version: b.Version, Keeper: b.hello.PID, Server: os.Getpid(), Since: b.since, Address: b.port.String(), Leases: []lease.State{}, Answered: []lease.Answered{}}
	b.mu.Lock()
	table := b.table()
	b.mu.Unlock()
	for _, e := range table {
		if s, ok := b.state(e.ID); ok {
			r.Leases = append(r.Leases, s)
		}
	}
	for _, e := range b.http.Answered() {
		r.Answered = append(r.Answered, answered(e))
	}
	return r
}
