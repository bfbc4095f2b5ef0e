// Package journal keeps the log of sessions, a file in the state directory. The log has one
// line for each session that vault has got from AWS or from a program. The package writes
// the lines, reads them, and formats them as text and as JSON.
//
// It does not know how a session is got or what a profile means. Callers never pass it a
// secret.
package journal

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"awsvault/internal/jsonout"
	"awsvault/internal/line"
)

// Entry describes one session. Unknown fields, and those that do not apply, are empty.
type Entry struct {
	At      time.Time
	Profile string
	Account string
	Call    string // how vault got the session: AssumeRole, credential_process
	Role    string // the ARN of the role, or the name of the permission set
	Name    string // the role session name, as CloudTrail shows it
	KeyID   string // the access key ID, as CloudTrail shows it
	Expires time.Time
	// Narrowed lists the policies that narrow the session. Agent says how vault knows that it
	// is for an agent.
	Narrowed []string
	Agent    string
	// Dir is the directory whose .awsprofile asked for the session.
	Dir string
	By
}

// By says who asked for a session: a command and, for exec, the program that it runs, by the
// last element of its path. It omits the program's arguments, which may contain secrets.
type By struct {
	Command string
	Program string
}

// These are the limits of a line. Each line is one write, and longer texts are cut.
const (
	mostText     = 300
	mostPolicies = 11 // AWS accepts ten ARNs and a document
	mostLine     = 16 << 10
)

// clean returns a text on one line that a terminal can show, with a limited length.
func clean(text string) string {
	text = line.Printable(text)
	if len(text) <= mostText {
		return text
	}
	text = text[:mostText]
	for len(text) > 0 && !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text + "…"
}

// cleaned returns the entry with all texts cleaned.
func (e Entry) cleaned() Entry {
	for _, text := range []*string{&e.Profile, &e.Account, &e.Call, &e.Role, &e.Name, &e.KeyID, &e.Agent, &e.Dir, &e.Command, &e.Program} {
		*text = clean(*text)
	}
	narrowed := []string{}
	for _, policy := range e.Narrowed[:min(len(e.Narrowed), mostPolicies)] {
		narrowed = append(narrowed, clean(policy))
	}
	e.Narrowed = narrowed
	return e
}

// JSON adds the entry to a document, as one object.
func (e Entry) JSON(w *jsonout.Writer) {
	w.Open('{')
	w.Name("time")
	w.Text(e.At.UTC().Format(time.RFC3339))
	text := func(name, value string) {
		w.Name(name)
		if value == "" {
			w.Null()
		} else {
			w.Text(value)
		}
	}
	text("profile", e.Profile)
	text("account", e.Account)
	text("call", e.Call)
	text("role", e.Role)
	text("session_name", e.Name)
	text("access_key_id", e.KeyID)
	w.Name("expires")
	if e.Expires.IsZero() {
		w.Null()
	} else {
		w.Text(e.Expires.UTC().Format(time.RFC3339))
	}
	w.Name("narrowed")
	w.Texts(e.Narrowed)
	text("agent", e.Agent)
	text("directory", e.Dir)
	text("command", e.Command)
	text("program", e.Program)
	w.Close('}')
}

// line returns the entry as a line of the file.
func (e Entry) line() []byte {
	w := jsonout.Writer{PlainHTML: true}
	e.cleaned().JSON(&w)
	return append(w.Bytes, '\n')
}

// parse reads a line. A line may be incomplete, or come from another version or another
// program. Then it is no entry, or an entry whose texts can be shown safely.
func parse(text []byte) (Entry, bool) {
	var at struct {
		Time, Expires                      time.Time
		Profile, Account, Call, Role       string
		Name                               string `json:"session_name"`
		Key                                string `json:"access_key_id"`
		Narrowed                           []string
		Agent, Directory, Command, Program string
	}
	if len(text) > mostLine || json.Unmarshal(text, &at) != nil || at.Time.IsZero() || at.Profile == "" {
		return Entry{}, false
	}
	return Entry{
		At: at.Time, Profile: at.Profile, Account: at.Account, Call: at.Call, Role: at.Role, Name: at.Name, KeyID: at.Key,
		Expires: at.Expires, Narrowed: at.Narrowed, Agent: at.Agent, Dir: at.Directory,
		By: By{Command: strings.TrimSpace(at.Command), Program: at.Program},
	}.cleaned(), true
}

// For describes who asks for sessions: the name of a command, and the command line that it
// runs.
func For(command string, run []string) By {
	by := By{Command: strings.TrimPrefix(command, "__")}
	if len(run) > 0 {
		by.Program = filepath.Base(run[0])
	}
	return by
}
