//go:build unix

package broker

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// patience is how long a change waits until it is on its way to the keeper. A keeper that
// takes nothing, because it was stopped, holds up one change for this long, and no more.
const patience = 500 * time.Millisecond

// teller tells the keeper what has changed, in a goroutine of its own. Of several changes
// of one lease that wait, it tells the last: so no more can wait than there are leases, and
// those that the keeper knows.
type teller struct {
	to *json.Encoder
	// whole is the whole table, for a keeper of before the changes. Nil: it takes changes.
	whole func() json.RawMessage
	wake  chan struct{}

	mu       sync.Mutex
	due      map[string]json.RawMessage // rows by the lease's id; nil: it has ended
	last     []news                     // what comes after the rows
	known    map[string]bool            // leases that the keeper has
	asked    int                        // changes so far
	told     int                        // of them are on their way
	progress chan struct{}              // closed when told grows
	silent   bool                       // it has taken nothing for as long as patience
	gone     bool                       // so there is no one to tell
}

// newTeller is for a keeper that has some leases already.
func newTeller(to io.Writer, whole func() json.RawMessage, has []*entry) *teller {
	t := &teller{to: json.NewEncoder(to), whole: whole, wake: make(chan struct{}, 1), due: map[string]json.RawMessage{}, known: map[string]bool{}, progress: make(chan struct{})}
	for _, e := range has {
		t.known[e.ID] = true
	}
	return t
}

// row notes that a lease has changed, or has ended: e is nil then. It does not wait.
func (t *teller) row(id string, e *entry) {
	var text json.RawMessage
	if e != nil {
		text, _ = json.Marshal(e) // of strings, numbers and times
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	if t.due[id] = text; e == nil && !t.known[id] {
		delete(t.due, id)
	}
	t.rouse()
}

// more notes what is no row.
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

// settled waits until all that was noted is on its way; false: the keeper takes nothing.
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

// stopped tells whether the keeper takes nothing.
func (t *teller) stopped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.silent
}

// run tells until done is closed. A write that waits has to be ended by its deadline.
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
		t.told, t.silent, t.gone = asked, false, err != nil // that it has gone is noticed elsewhere
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
