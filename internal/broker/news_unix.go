//go:build unix

package broker

import (
	"encoding/json"
	"slices"

	"awsvault/internal/lease"
)

// hello is the keeper's first message to its server.
type hello struct {
	PID   int         `json:"pid"` // the keeper
	Place lease.Place `json:"place"`
	Inode uint64      `json:"inode"` // of the control socket
	Table []*entry    `json:"table"`
	// Rows means that the keeper accepts changes of single rows. An older keeper only accepts
	// the whole table, and would lose it with any other message.
	Rows bool `json:"rows,omitempty"`
}

// news is the server's message to its keeper about a change.
type news struct {
	Table   json.RawMessage `json:"table,omitempty"`   // the whole table, for a keeper without Rows
	ID      string          `json:"id,omitempty"`      // the lease that has changed
	Row     json.RawMessage `json:"row,omitempty"`     // its new row; none: it has ended
	Program string          `json:"program,omitempty"` // the program that serves from now on
	Done    bool            `json:"done,omitempty"`
}

// raw is news in the keeper's own form.
type raw struct {
	Table   []row  `json:"table"`
	ID      string `json:"id"`
	Row     *row   `json:"row"`
	Program string `json:"program"`
	Done    bool   `json:"done"`
}

// row is a row of the table in the keeper's own form. The keeper passes rows on and reads only
// their IDs, because the rest may come from a newer version.
type row struct {
	id   string
	text json.RawMessage
}

func (r row) MarshalJSON() ([]byte, error) { return r.text, nil }

func (r *row) UnmarshalJSON(text []byte) error {
	var e struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	r.id, r.text = e.ID, slices.Clone(text)
	return nil
}

// changed returns the table with the changed row, or without it if now is nil.
func changed(table []row, id string, now *row) []row {
	at := slices.IndexFunc(table, func(r row) bool { return r.id == id })
	switch {
	case at < 0 && now != nil:
		return append(table, *now)
	case at >= 0 && now != nil:
		table[at] = *now
	case at >= 0:
		return slices.Delete(table, at, at+1)
	}
	return table
}
