//go:build unix

package broker

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"awsvault/internal/disk"
	"awsvault/internal/lease"
	"awsvault/internal/serve"
)

// Settings hold what a server takes from outside.
type Settings struct {
	Now     func() time.Time
	Wait    func(ctx context.Context, d time.Duration) error
	UID     int
	Version string
	// Grace is how long a server without leases stays.
	Grace time.Duration
	// Source makes the source of a lease from its terms.
	Source func(text json.RawMessage) (serve.Source, error)
	// Rest frees memory, after shells have asked nothing for a while. It may be nil.
	Rest func()
}

// End says why a server has ended.
type End uint8

const (
	Done     End = iota // there was nothing left to serve
	Yielded             // another program takes over
	Orphaned            // its keeper has gone
)

// server is the process that answers.
type server struct {
	Settings
	lease.Place
	hello hello
	http  *serve.Server
	port  net.Addr
	since time.Time
	tell  *teller // tells the keeper

	changed  chan struct{} // something may be due
	yielding chan struct{} // a newer program takes over
	resting  *time.Timer   // see Settings.Rest

	mu     sync.Mutex
	leases map[string]*entry
	making map[*making]bool // leases that are not in the table yet
	left   bool             // another keeper has the table, so changes here do not count
	idle   time.Time        // since when there has been no lease
}

// errLeft reports that a change came too late: another server has the table, without that
// change. The shell gets no answer, and asks that server.
var errLeft = errors.New("another server has the leases")

// entry is a row of the table: what is needed to serve a lease again. It contains no token.
type entry struct {
	ID      string      `json:"id"`
	Hash    string      `json:"hash"`
	Terms   lease.Terms `json:"terms"`
	Started string      `json:"started"` // the start time of the shell, as the system tells it
	Since   time.Time   `json:"since"`
	Retired bool        `json:"retired,omitempty"`

	unwatch context.CancelFunc
}

// Serve answers on a port and a control socket, until there is nothing left to serve, ctx is
// done, or the keeper at the other end of the connection has gone. In the last case, left is
// what another keeper has to know.
func Serve(ctx context.Context, s Settings, port, control net.Listener, keeper io.ReadWriter) (end End, left []byte, err error) {
	lines := json.NewDecoder(keeper)
	b := &server{Settings: s, making: map[*making]bool{}, changed: make(chan struct{}, 1), yielding: make(chan struct{}, 1), leases: map[string]*entry{}}
	if err := lines.Decode(&b.hello); err != nil {
		return Done, nil, err
	}
	b.Place, b.since, b.idle = b.hello.Place, b.Now(), b.Now()
	b.port = port.Addr()
	defer b.telling(keeper)()
	if b.Rest != nil {
		b.resting = time.AfterFunc(restAfter, b.Rest)
		defer b.resting.Stop()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.http = serve.New(serve.Settings{Now: s.Now, Wait: s.Wait, UID: s.UID})
	defer b.http.Close()
	for _, e := range b.hello.Table {
		b.restore(ctx, e)
	}
	orphaned := make(chan struct{})
	go func() {
		var none hello
		lines.Decode(&none) // the keeper says nothing more; this returns when it has gone
		close(orphaned)
	}()
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() { b.http.Serve(ctx, port) })
	work.Go(func() { b.http.Tend(ctx) })
	work.Go(func() { b.listen(ctx, control) })
	end = b.live(ctx, orphaned)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = true
	b.hello.Table = b.table()
	left, err = json.Marshal(b.hello)
	return end, left, err
}

// restAfter is how long shells must have asked nothing before a server rests.
const restAfter = time.Second

// tick is how often at least a server checks what is due.
const tick = 30 * time.Second

// live waits until the server has to end.
func (b *server) live(ctx context.Context, orphaned <-chan struct{}) End {
	for {
		b.sweep()
		if b.finished() {
			return Done
		}
		timer := time.NewTimer(b.pause())
		select {
		case <-ctx.Done():
			timer.Stop()
			b.leave()
			return Done
		case <-orphaned:
			timer.Stop()
			return Orphaned
		case <-b.yielding:
			timer.Stop()
			return Yielded
		case <-b.changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// pause returns how long nothing is due.
func (b *server) pause() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	pause := tick
	if len(b.leases) == 0 {
		pause = min(pause, b.idle.Add(b.Grace).Sub(b.Now()))
	}
	if b.tell.stopped() {
		return max(pause, time.Second)
	}
	return max(pause, 10*time.Millisecond)
}

// finished reports whether nothing has been served for long enough. It then takes the lock, so
// that no shell can be about to take a lease, and removes the socket.
func (b *server) finished() bool {
	due := func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		now := b.Now()
		if now.Before(b.idle) { // the clock was set back
			b.idle = now
		}
		return len(b.leases) == 0 && now.Sub(b.idle) >= b.Grace
	}
	if !due() || !b.tell.settled() { // otherwise the keeper would start a server for leases that have ended
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	unlock, err := disk.Lock(ctx, b.Lock())
	switch {
	case err == nil:
		defer unlock()
	case ctx.Err() != nil: // a shell holds the lock
		return false
	}
	// If no lock is possible, because the directory is gone for example, no shell finds the
	// socket either.
	if !due() {
		return false
	}
	b.leave()
	return true
}

// leave removes the socket, unless it belongs to another broker now, and tells the keeper that
// there is nothing left to do.
func (b *server) leave() {
	if inodeOf(b.Socket()) == b.hello.Inode {
		os.Remove(b.Socket())
	}
	b.tell.more(news{Done: true})
	b.tell.settled()
}

// sweep ends leases whose shell has gone, if no program can still use them.
func (b *server) sweep() {
	b.mu.Lock()
	var gone []string
	for id, e := range b.leases {
		if e.Retired {
			gone = append(gone, id)
		}
	}
	b.mu.Unlock()
	for _, id := range gone {
		held, ok := b.http.Held(id)
		if !ok || !held.Expires.After(b.Now()) || !inUse(id) {
			b.end(id)
		}
	}
}

// end ends a lease. It fails with [lease.ErrUnknown] if there is none.
func (b *server) end(id string) error {
	b.http.Revoke(id)
	defer b.tell.settled()
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.leases[id]
	switch {
	case b.left:
		return errLeft
	case e == nil:
		return lease.ErrUnknown
	}
	e.unwatch()
	delete(b.leases, id)
	b.idle = b.Now()
	b.tell.row(id, nil)
	b.wake()
	return nil
}

func (b *server) wake() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// telling starts to tell the keeper about changes. The returned function stops that.
func (b *server) telling(keeper io.Writer) (end func()) {
	var whole func() json.RawMessage
	if !b.hello.Rows {
		whole = func() json.RawMessage {
			b.mu.Lock()
			defer b.mu.Unlock()
			text, _ := json.Marshal(b.table())
			return text
		}
	}
	b.tell = newTeller(keeper, whole, b.hello.Table)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		b.tell.run(done)
	}()
	return func() {
		close(done)
		if c, ok := keeper.(interface{ SetWriteDeadline(time.Time) error }); ok {
			c.SetWriteDeadline(time.Unix(1, 0)) // the keeper may have been stopped
			<-ended
		}
	}
}

// table returns the leases, sorted. The caller holds b.mu.
func (b *server) table() []*entry {
	table := make([]*entry, 0, len(b.leases))
	for _, e := range b.leases {
		table = append(table, e)
	}
	slices.SortFunc(table, func(x, y *entry) int { return cmp.Or(x.Since.Compare(y.Since), cmp.Compare(x.ID, y.ID)) })
	return table
}

// add adds a lease, and watches its shell. m is its reservation; nil: the server before made
// the lease, and the keeper knows it.
func (b *server) add(ctx context.Context, e *entry, m *making) error {
	watch, cancel := context.WithCancel(ctx)
	e.unwatch = cancel
	if err := b.keep(e, m); err != nil {
		cancel()
		return err
	}
	if e.Retired {
		return nil
	}
	go func() {
		if await(watch, b.Wait, e.Terms.Shell, e.Started) {
			b.retire(e.ID)
		}
	}()
	return nil
}

func (b *server) keep(e *entry, m *making) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.left:
		return errLeft
	case m != nil && m.ended:
		return errRevoked(e.Terms.Name)
	case m != nil:
		b.tell.row(e.ID, e)
	}
	b.leases[e.ID] = e
	return nil
}

// retire stops the renewal of a lease whose shell has ended.
func (b *server) retire(id string) error {
	b.http.Retire(id)
	defer b.wake()
	defer b.tell.settled()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left {
		return errLeft
	}
	if e := b.leases[id]; e != nil {
		e.Retired = true
		b.tell.row(id, e)
	}
	return nil
}

// restore serves a lease that the server before has made.
func (b *server) restore(ctx context.Context, e *entry) {
	hash, err := base64.RawURLEncoding.DecodeString(e.Hash)
	source, err2 := b.Source(e.Terms.Source)
	if err != nil || err2 != nil || len(hash) != len(serve.Hash{}) {
		b.tell.row(e.ID, nil)
		return
	}
	b.http.Grant(serve.Grant{Name: e.Terms.Name, Region: e.Terms.Region, Source: source, As: serve.Lease{ID: e.ID}, Hash: serve.Hash(hash)})
	if e.Retired {
		b.http.Retire(e.ID)
	}
	b.add(ctx, e, nil)
	if !e.Retired {
		go b.http.Renew(ctx, e.ID) // from the cache, before a program asks
	}
}
