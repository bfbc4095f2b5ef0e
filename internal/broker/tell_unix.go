//go:build unix

package broker

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// patience is how long a change waits until it is on its way to the keeper. If the keeper
// reads nothing, because it was stopped, only one change waits that long.
const patience = 500 * time.Millisecond

// teller tells the keeper about changes, in its own goroutine. If several changes of one lease
// are waiting, it tells only the last. So the number of waiting changes cannot exceed the
// number of leases, including those that the keeper knows.
type teller struct {
	to *json.Encoder
	// whole returns the whole table, for an older keeper that does not accept single changes;
	// nil: it does.
	whole func() json.RawMessage
	wake  chan struct{}

	mu       sync.Mutex
	due      map[string]json.RawMessage // rows by the lease's ID; nil: the lease has ended
	last     []news                     // what follows the rows
	known    map[string]bool            // leases that the keeper has
	asked    int                        // number of changes
	told     int                        // how many of them are on their way
	progress chan struct{}              // closed when told grows
	silent   bool                       // the keeper has read nothing for as long as patience
	gone     bool                       // the keeper has gone
}

// newTeller returns a teller for a keeper that may have some leases already.
func newTeller(to io.Writer, whole func() json.RawMessage, has []*entry) *teller {
	t := &teller{to: json.NewEncoder(to), whole: whole, wake: make(chan struct{}, 1), due: map[string]json.RawMessage{}, known: map[string]bool{}, progress: make(chan struct{})}
	for _, e := range has {
		t.known[e.ID] = true
	}
	return t
}

// row records that a lease has changed, or has ended if e is nil. It does not wait.
func (t *teller) row(id string, e *entry) {
	var text json.RawMessage
	if e != nil {
		text, _ = json.Marshal(e) // strings, numbers and times cannot fail
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	if t.due[id] = text; e == nil && !t.known[id] {
		delete(t.due, id)
	}
	t.rouse()
}

// more records a message that is not about a row.
func (t *teller) more(n news) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	t.last = append(t.last, n)
	t.rouse()
}

func (t *teller) rouse() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// settled waits until all recorded changes are on their way. It returns false if the keeper
// reads nothing.
func (t *teller) settled() bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for want := t.asked; t.told < want && !t.gone; {
		if t.silent {
			return false
		}
		progress := t.progress
		t.mu.Unlock()
		select {
		case <-progress:
			t.mu.Lock()
		case <-timer.C:
			t.mu.Lock()
			t.silent = t.told < want && !t.gone
		}
	}
	return true
}

// stopped reports whether the keeper reads nothing.
func (t *teller) stopped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.silent
}

// run sends changes until done is closed. Only a deadline can end a write that blocks.
func (t *teller) run(done <-chan struct{}) {
	for {
		select {
		case <-t.wake:
		case <-done:
			return
		}
		t.mu.Lock()
		due, last, asked := t.due, t.last, t.asked
		t.due, t.last = map[string]json.RawMessage{}, nil
		for id, row := range due {
			if t.known[id] = true; row == nil {
				delete(t.known, id)
			}
		}
		t.mu.Unlock()
		err := t.send(due, last)
		t.mu.Lock()
		t.told, t.silent, t.gone = asked, false, err != nil // another goroutine notices that the keeper has gone
		close(t.progress)
		t.progress = make(chan struct{})
		t.mu.Unlock()
	}
}

func (t *teller) send(due map[string]json.RawMessage, last []news) error {
	if t.whole != nil && len(due) > 0 {
		last, due = append([]news{{Table: t.whole()}}, last...), nil
	}
	for id, row := range due {
		if err := t.to.Encode(news{ID: id, Row: row}); err != nil {
			return err
		}
	}
	for _, n := range last {
		if err := t.to.Encode(n); err != nil {
			return err
		}
	}
	return nil
}
