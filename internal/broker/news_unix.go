//go:build unix

package broker

import (
	"encoding/json"

	"awsvault/internal/lease"
)

// hello is what a keeper tells its server first.
type hello struct {
	PID   int         `json:"pid"` // of the keeper
	Place lease.Place `json:"place"`
	Inode uint64      `json:"inode"` // of the control socket
	Table []*entry    `json:"table"`
}

// news is what a server tells its keeper, at each change.
type news struct {
	Table   []*entry `json:"table"`
	Program string   `json:"program,omitempty"` // which is to serve from now on
	Done    bool     `json:"done,omitempty"`
}

// raw is news as a keeper has it: it passes the table on and does not read it, which may
// be of a newer version.
type raw struct {
	Table   json.RawMessage `json:"table"`
	Program string          `json:"program"`
	Done    bool            `json:"done"`
}
