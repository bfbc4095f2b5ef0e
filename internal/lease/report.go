package lease

import (
	"cmp"
	"fmt"
	"time"
)

// Row is a line of a report for people.
type Row struct{ Label, Text, Note string }

// Rows returns the report for people: the server, its leases, and the last requests. expiry
// formats when credentials expire.
func (r Report) Rows(expiry func(time.Time) string) []Row {
	rows := []Row{{"Server", r.Address, fmt.Sprintf("process %d, kept by %d, version %s, since %s", r.Server, r.Keeper, r.Version, r.Since.Local().Format("15:04:05"))}}
	for _, l := range r.Leases {
		until, note := "nothing got yet", ""
		if !l.Expires.IsZero() {
			until = expiry(l.Expires)
		}
		switch {
		case l.Retired:
			note = "not renewed: its shell has left"
		case l.Err() != nil:
			note = l.Err().Error()
		}
		rows = append(rows, Row{"Lease", fmt.Sprintf("%s  shell %d  %s", l.Name, l.Shell, until), note})
	}
	for _, e := range r.Answered {
		text := fmt.Sprintf("%s  %s  %s  %d", e.At.Local().Format("15:04:05"), cmp.Or(e.Name, "no profile"), e.Peer, e.Status)
		if !e.Until.IsZero() {
			text += "  until " + e.Until.Local().Format("15:04")
		}
		rows = append(rows, Row{"Asked", text, e.Why})
	}
	return rows
}
