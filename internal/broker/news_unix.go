//go:build unix

package broker

import (
	"encoding/json"
	"slices"

	"awsvault/internal/lease"
)

// hello is what a keeper tells its server first.
type hello struct {
	PID   int         `json:"pid"` // of the keeper
	Place lease.Place `json:"place"`
	Inode uint64      `json:"inode"` // of the control socket
	Table []*entry    `json:"table"`
	// Rows says that it takes a change of one row. A keeper of before that takes the table
	// only, and loses it by anything else.
	Rows bool `json:"rows,omitempty"`
}

// news is what a server tells its keeper, at each change.
type news struct {
	Table   json.RawMessage `json:"table,omitempty"`   // all, to a keeper that does not say Rows
	ID      string          `json:"id,omitempty"`      // of the lease that has changed
	Row     json.RawMessage `json:"row,omitempty"`     // what it is now; none: it has ended
	Program string          `json:"program,omitempty"` // which is to serve from now on
	Done    bool            `json:"done,omitempty"`
}

// raw is news as a keeper has it.
type raw struct {
	Table   []row  `json:"table"`
	ID      string `json:"id"`
	Row     *row   `json:"row"`
	Program string `json:"program"`
	Done    bool   `json:"done"`
}

// row is a row of the table as a keeper has it: it passes rows on and reads their ids only,
// for the rest may be of a newer version.
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

// changed is the table with a row in its place, or without it where there is none.
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
