// Package board shows what exists outside a single shell: the log of issued sessions, and
// all cached sessions, sign-ins, leases and stored keys. It shows them as text and as JSON.
//
// It does not know keystores, the command line or the standard streams.
package board

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/journal"
	"awsvault/internal/jsonout"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

// Log holds the log entries to show.
type Log struct {
	entries []journal.Entry
	Notes   []string // notes for the person
}

// mostEntries is how many entries are shown if no number is given.
const mostEntries = 20

// ReadLog reads the last entries, at most number of them. If a profile is named, it reads only
// entries of that profile.
func ReadLog(dir, profile, number string, tilde, getenv func(string) string) (l Log, err error) {
	n := mostEntries
	if number != "" {
		if n, err = strconv.Atoi(number); err != nil || n < 0 {
			return l, fault.NewUsage(fmt.Sprintf("-n: %q is not a number of sessions", number), "vault log -n 50   or, for all: vault log -n 0")
		}
	}
	l.entries, err = journal.Last(dir, profile, n)
	if foreign := (*journal.ForeignError)(nil); errors.As(err, &foreign) {
		return l, fault.New("the log "+tilde(foreign.Path)+" "+foreign.Flaw, "rm "+line.Word(foreign.Path)+"   the next session creates it")
	}
	if err != nil {
		return l, fault.Hinted(err, "vault doctor")
	}
	switch {
	case len(l.entries) > 0:
	case profile != "":
		l.Notes = append(l.Notes, "vault: the log has no session of profile "+line.Word(profile))
	default:
		l.Notes = append(l.Notes, "vault: the log has no session yet")
	}
	if getenv(journal.Variable) == "off" {
		l.Notes = append(l.Notes, "vault: "+journal.Variable+"=off: no session is added to the log")
	}
	return l, nil
}

// Print returns the log as a JSON document, or as lines that fit a terminal.
func (l Log) Print(asJSON bool, ink say.Ink, tilde func(path string) string, now time.Time) string {
	if asJSON {
		return l.json()
	}
	table := line.Table{Columns: []line.Column{
		{Head: "TIME"}, {Head: "PROFILE", Least: 8}, {Head: "ACCOUNT", Drop: 2}, {Head: "SESSION", Drop: 1, Least: 10}, {Head: "COMMAND", Drop: 3}, {Head: "FOR", Least: 8, End: true},
	}}
	for _, e := range l.entries {
		table.Rows = append(table.Rows, []string{at(e.At, now), e.Profile, cmp.Or(e.Account, "-"), session(e), cmp.Or(e.Command, "-"), cmp.Or(purpose(e, tilde), "-")})
	}
	if len(table.Rows) == 0 {
		return ""
	}
	lines := table.Lines(ink.Width)
	lines[0] = ink.Paint(say.Bold, lines[0])
	return strings.Join(lines, "\n") + "\n"
}

// at formats a time in the person's own zone, as ls does for a file.
func at(t, now time.Time) string {
	if age := now.Sub(t); age < 0 || age > 180*24*time.Hour {
		return t.Local().Format("2006-01-02")
	}
	return t.Local().Format("Jan _2 15:04")
}

// session describes a session in a few words.
func session(e journal.Entry) string {
	what := cmp.Or(e.Role, e.Call, "-")
	if role, ok := aws.ParseARN(e.Role); ok {
		what = role.Short()
	}
	if len(e.Narrowed) > 0 {
		what += " (" + strings.Join(e.Narrowed, ", ") + ")"
	}
	return what
}

// purpose says which program or directory a session was for.
func purpose(e journal.Entry, tilde func(path string) string) string {
	parts := []string{}
	if e.Program != "" {
		parts = append(parts, e.Program)
	}
	if e.Dir != "" {
		parts = append(parts, line.Printable(tilde(e.Dir)))
	}
	if e.Agent != "" {
		parts = append(parts, "agent")
	}
	return strings.Join(parts, ", ")
}

func (l Log) json() string {
	w := jsonout.Writer{PlainHTML: true}
	w.Open('{')
	w.Name("schema")
	w.Number(1)
	w.Name("sessions")
	w.Open('[')
	for _, e := range l.entries {
		e.JSON(&w)
	}
	w.Close(']')
	w.Close('}')
	return say.EscapeJSON(string(w.Bytes)) + "\n"
}
