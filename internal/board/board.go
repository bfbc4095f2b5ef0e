package board

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/jsonout"
	"awsvault/internal/keyage"
	"awsvault/internal/lease"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

// Board lists everything that a user has: cached sessions, sign-ins, leases of the credential
// server, and stored keys.
type Board struct {
	Sessions []items.Session
	SignIns  []SignIn
	Leases   []lease.State
	Keys     []string // names of stored keys
	Ages     func(name string) keyage.Since
	Now      time.Time
}

// SignIn describes a sign-in of a person.
type SignIn struct {
	Name   string
	Until  time.Time // zero: not signed in
	Renews bool      // by itself
	Err    error     // why the sign-in is not known
}

// in reports whether the sign-in is valid.
func (s SignIn) in(now time.Time) bool {
	return s.Err == nil && !s.Until.IsZero() && (s.Renews || s.Until.After(now))
}

// row is one line of the board. until is zero if it never ends by itself, or has ended.
type row struct {
	kind, name, says, how string
	until                 time.Time
}

// rows returns the lines in the order of display. Of each kind, what ends first comes first.
func (b Board) rows() []row {
	var all []row
	for _, s := range b.Sessions {
		if s.Expires.After(b.Now) {
			all = append(all, row{"session", s.Key.Profile, say.Expiry(s.Expires, b.Now), call(s), s.Expires})
		}
	}
	for _, s := range b.SignIns {
		r := row{kind: "sign-in", name: s.Name, says: "not signed in"}
		switch {
		case fault.KindOf(s.Err) == fault.Person:
		case s.Err != nil:
			r.says, r.how = "not known", s.Err.Error()
		case s.in(b.Now) && s.Renews:
			r.says = "renews by itself"
		case s.in(b.Now):
			r.says, r.until = say.Expiry(s.Until, b.Now), s.Until
		}
		all = append(all, r)
	}
	for _, l := range b.Leases {
		r := row{"lease", l.Name, "nothing got yet", fmt.Sprintf("shell %d", l.Shell), l.Expires}
		if !l.Expires.IsZero() {
			r.says = say.Expiry(l.Expires, b.Now)
		}
		all = append(all, r)
	}
	for _, name := range b.Keys {
		r := row{kind: "key", name: name, says: "does not expire", how: "stored"}
		if age := b.since(name).Text(b.Now); age != "" {
			r.says = age + " old"
		}
		all = append(all, r)
	}
	kinds := []string{"session", "sign-in", "lease", "key"}
	slices.SortStableFunc(all, func(a, b row) int {
		return cmp.Or(slices.Index(kinds, a.kind)-slices.Index(kinds, b.kind), ends(a).Compare(ends(b)), strings.Compare(a.name, b.name))
	})
	return all
}

// since is from when a stored key is, as far as that is known.
func (b Board) since(name string) keyage.Since {
	if b.Ages == nil {
		return keyage.Since{}
	}
	return b.Ages(name)
}

// call returns how a session was got, without the name of the service.
func call(s items.Session) string { return strings.TrimPrefix(s.Key.Type, "sts.") }

// ends returns when the row ends, for sorting.
func ends(r row) time.Time {
	if r.until.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return r.until
}

// next returns the row that ends first.
func (b Board) next(rows []row) (first row, ok bool) {
	for _, r := range rows {
		if !r.until.IsZero() && r.until.After(b.Now) && (!ok || r.until.Before(first.until)) {
			first, ok = r, true
		}
	}
	return first, ok
}

// Print returns the board as a JSON document, or as lines that fit a terminal.
func (b Board) Print(asJSON bool, ink say.Ink) string {
	if asJSON {
		return b.json()
	}
	rows := b.rows()
	if len(rows) == 0 {
		return "No session, no sign-in and no stored key.\n"
	}
	table := line.Table{Columns: []line.Column{{Head: "WHAT"}, {Head: "NAME", Least: 8}, {Head: "STATE", Least: 14}, {Head: "HOW", Drop: 1, Least: 12, End: true}}}
	for _, r := range rows {
		table.Rows = append(table.Rows, []string{r.kind, line.Printable(r.name), r.says, cmp.Or(line.Printable(r.how), "-")})
	}
	lines := table.Lines(ink.Width)
	lines[0] = ink.Paint(say.Bold, lines[0])
	if first, ok := b.next(rows); ok {
		lines = append(lines, line.Wrap("Ends next: "+first.kind+" "+line.Printable(first.name)+", "+first.says, ink.Width, 2))
	}
	return strings.Join(lines, "\n") + "\n"
}

// document writes the JSON of a board.
type document struct{ jsonout.Writer }

func (w *document) when(name string, t time.Time) {
	w.Name(name)
	say.TimeOrNull(&w.Writer, t)
}

func (w *document) text(name, value string) {
	w.Name(name)
	say.OrNull(&w.Writer, value)
}

func (w *document) list(name string, n int, each func(i int)) {
	w.Name(name)
	w.Open('[')
	for i := range n {
		w.Open('{')
		each(i)
		w.Close('}')
	}
	w.Close(']')
}

func (b Board) json() string {
	w := document{jsonout.Writer{PlainHTML: true}}
	w.Open('{')
	w.Name("schema")
	w.Number(1)
	w.list("sessions", len(b.Sessions), func(i int) {
		w.text("profile", b.Sessions[i].Key.Profile)
		w.text("call", call(b.Sessions[i]))
		w.when("expires", b.Sessions[i].Expires)
	})
	w.list("sign_ins", len(b.SignIns), func(i int) {
		s, problem := b.SignIns[i], ""
		if s.Err != nil && fault.KindOf(s.Err) != fault.Person {
			problem = s.Err.Error()
		}
		w.text("name", s.Name)
		w.Name("signed_in")
		w.Bool(s.in(b.Now))
		w.Name("renews")
		w.Bool(s.Renews)
		w.when("expires", s.Until)
		w.text("problem", problem)
	})
	w.list("leases", len(b.Leases), func(i int) {
		w.text("profile", b.Leases[i].Name)
		w.Name("shell")
		w.Number(int64(b.Leases[i].Shell))
		w.when("expires", b.Leases[i].Expires)
	})
	w.list("keys", len(b.Keys), func(i int) {
		since := b.since(b.Keys[i])
		w.text("name", b.Keys[i])
		w.when("created", since.Created)
		w.when("stored", since.Stored)
	})
	w.Name("next")
	if first, ok := b.next(b.rows()); ok {
		w.Open('{')
		w.text("kind", first.kind)
		w.text("name", first.name)
		w.when("expires", first.until)
		w.Close('}')
	} else {
		w.Null()
	}
	w.Close('}')
	return say.EscapeJSON(string(w.Bytes)) + "\n"
}
