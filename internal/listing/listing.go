// Package listing lists profiles, stored keys and sessions: as a table for the user, as
// aws-vault's table for programs, as names, and as JSON.
//
// It does not know where the names of keys and sessions come from, or what a stream is:
// callers pass in the lists, and the page to print on.
package listing

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/items"
	"awsvault/internal/keyage"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/say"
	"awsvault/internal/vault"
)

// Form says what to print of a list, and how.
type Form struct {
	JSON, Profiles, Sessions, Credentials bool

	Long   bool     // do not limit the table's width
	Filter []string // terms that every listed profile must match
}

// Listing holds what the files, the keystore and the cache contain.
type Listing struct {
	Config     *awsconf.Config
	Stored     []string // names of stored keys; nil if they are unknown
	Unfinished []string // names of keys that are being replaced
	Sessions   []items.Session
	Tokens     []string // start URLs of aws-vault's sign-ins
	Trouble    string   // why the list lacks sessions, or empty

	Ages func() func(name string) keyage.Since // since when stored keys are known; nil: of none

	only func(name string) bool // which profiles are wanted; nil: all
}

// Page describes where a list is printed.
type Page struct {
	Out      io.Writer
	Terminal bool // Out is a terminal
	Width    int  // of the terminal; 0 if it is unknown
	Ink      say.Ink
	Active   string // the active profile in this shell, or empty
	Now      time.Time
	Say      func(text string) // tells the person something outside the list
}

// Print prints the list. s describes the profiles.
func (l Listing) Print(form Form, s *vault.Session, w Page) error {
	if form.JSON && (form.Profiles || form.Sessions || form.Credentials) {
		return fault.NewUsage("--json has profiles, sessions and keys: leave the other flag out", "vault list --json | jq -r '.profiles[].name'")
	}
	if len(form.Filter) > 0 {
		if err := l.narrow(form.Filter, s); err != nil {
			return err
		}
	}
	if form.Long {
		w.Width = 0
	}
	for _, name := range l.Unfinished {
		w.Say("vault: the rotation of the key of " + name + " is not finished; vault rotate " + line.Word(name) + " goes on")
	}
	if l.Trouble != "" {
		w.Say(l.Trouble)
	}
	if text := l.Config.Unread(); text != "" {
		w.Say("vault: warning: no profiles are listed: " + text)
	}
	switch {
	case form.Credentials:
		return w.printNames(l.wanted(l.Stored))
	case form.Profiles:
		return w.printNames(l.wanted(awsVaultNames(l.Config)))
	case form.Sessions:
		labels := l.tokens()
		for _, s := range l.Sessions {
			labels = append(labels, w.label(s))
		}
		return w.printNames(labels)
	case !form.JSON && !w.Terminal:
		table := awsVaultTable{profiles: l.wanted(awsVaultNames(l.Config)), stored: l.wanted(l.Stored)}
		for _, label := range l.tokens() {
			table.sessions = append(table.sessions, sessionLabel{"", line.Printable(label)})
		}
		for _, s := range l.Sessions {
			table.sessions = append(table.sessions, sessionLabel{s.Key.Profile, line.Printable(w.label(s))})
		}
		return w.print(table.write)
	}
	rows := l.profiles(s, w.Active)
	if form.JSON {
		return w.print(func(out *bufio.Writer) { writeJSON(out, rows) })
	}
	if table := slices.Collect(rows); len(table) > 0 {
		return w.printLines(w.ownTable(table, w.Width))
	}
	w.Say("No profiles yet.")
	w.Say("    next: vault add NAME")
	return nil
}

// tokens labels aws-vault's sign-ins as aws-vault does: by the sso-session, or by the host.
func (l Listing) tokens() (labels []string) {
	for _, start := range l.Tokens {
		label := start
		if _, rest, ok := strings.Cut(start, "://"); ok {
			label, _, _ = strings.Cut(rest, "/")
		}
		for _, name := range l.Config.SSOSessions() {
			if s, err := l.Config.SSOSession(name); err == nil {
				if v, _ := s.Get("sso_start_url"); strings.TrimSpace(v.Text) == start {
					label = name
				}
			}
		}
		labels = append(labels, "oidc:"+label)
	}
	return labels
}

// profile is one row. Unknown values are empty.
type profile struct {
	resolve.Description
	active, key bool
	expires     time.Time // of its longest session; zero: there is none
	since       keyage.Since
}

// settings reports whether a profile only has settings for others to inherit or include.
func (p *profile) settings() bool {
	return errors.Is(p.Problem, resolve.ErrNoCredentials) && p.Role == ""
}

// profiles combines the files, the keystore and the cache, row by row.
func (l Listing) profiles(s *vault.Session, active string) iter.Seq[profile] {
	hasKey := make(map[string]bool, len(l.Stored))
	for _, n := range l.Stored {
		hasKey[n] = true
	}
	isStored := func(name string) bool { return hasKey[name] }
	if l.Stored == nil {
		isStored = nil
	}
	describer := s.Describer(l.Config, isStored)
	longest := items.Longest(l.Sessions)
	since := func(string) keyage.Since { return keyage.Since{} }
	if l.Ages != nil && len(hasKey) > 0 {
		since = l.Ages()
	}
	names := l.Config.Names()
	for _, n := range l.Stored {
		if !l.Config.Has(n) {
			names = append(names, n)
		}
	}
	return func(yield func(profile) bool) {
		for _, n := range names {
			if l.only != nil && !l.only(n) {
				continue
			}
			row := profile{Description: describer.Describe(n), active: n == active, key: hasKey[n], expires: longest.Of(n)}
			if row.key {
				row.since = since(n)
			}
			if !yield(row) {
				return
			}
		}
	}
}

// label describes a session as aws-vault does: its type, and the time left.
func (w Page) label(s items.Session) string {
	return s.Key.Type + ":" + s.Expires.Sub(w.Now).Truncate(time.Second).String()
}

func (w Page) printLines(lines []string) error {
	return w.print(func(out *bufio.Writer) {
		for _, l := range lines {
			out.WriteString(l)
			out.WriteByte('\n')
		}
	})
}

// print writes up to ten thousand lines, without a system call for each line and without
// keeping all of them in memory.
func (w Page) print(write func(out *bufio.Writer)) error {
	out := bufio.NewWriterSize(w.Out, 32<<10)
	write(out)
	return out.Flush() // returns the first error
}

// printNames prints names, which may contain any characters.
func (w Page) printNames(names []string) error {
	return w.print(func(out *bufio.Writer) {
		for _, name := range names {
			out.WriteString(line.Printable(name))
			out.WriteByte('\n')
		}
	})
}
