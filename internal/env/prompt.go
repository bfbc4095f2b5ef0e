package env

import (
	"strconv"
	"strings"
	"time"
)

// Prompt is what the hook needs to know between two calls: when to call again, and what to
// show.
type Prompt struct {
	Previous  string    // for `use -`
	Profile   string    // empty: nothing is active
	Expires   time.Time // zero: never
	Deadline  time.Time // when the hook calls again; zero: the clock does not matter
	Tries     int       // failed renewals in a row
	Person    bool      // a person is needed
	Protected bool
	From      string    // the .awsprofile that activated the profile
	Narrowed  string    // one word about a narrowed session
	Alive     string    // a path that exists while the credential server runs
	Now       time.Time // for shells without a clock
	Stamp     string    // a file with the time of the directory's file
	Message   string    // to show above the prompt, where stderr is not visible
	Themes    string    // the prompt themes that show the profile themselves
}

// Locals returns the hook's variables. Times are seconds since 1970; empty: none.
func (p Prompt) Locals() []Local {
	mark := ""
	if p.Person {
		mark = "!"
	}
	name := Shown(p.Profile)
	if p.Protected && name != "" {
		name = "PROD " + name
	}
	if p.Narrowed != "" && name != "" {
		name += " " + Shown(p.Narrowed)
	}
	protected := ""
	if p.Protected {
		protected = "1"
	}
	// A prompt counts hours, so it shows credentials that last for years as never expiring.
	if !p.Now.IsZero() && p.Expires.Sub(p.Now) > 30*24*time.Hour {
		p.Expires = time.Time{}
	}
	return []Local{
		{"__vault_previous", p.Previous},
		{"__vault_deadline", seconds(p.Deadline)},
		{"__vault_expires", seconds(p.Expires)},
		{"__vault_tries", strconv.Itoa(p.Tries)},
		{"__vault_shown", name},
		{"__vault_mark", mark},
		{"__vault_protected", protected},
		{"__vault_from", p.From},
		{"__vault_alive", p.Alive},
		{"__vault_time", seconds(p.Now)},
		{"__vault_stamp", p.Stamp},
		{"__vault_message", p.Message},
		{"__vault_themes", p.Themes},
	}
}

func seconds(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.Unix(), 10)
}

// maxShown is how much of a name fits into a prompt.
const maxShown = 40

// Shown returns a profile's name for a prompt. It replaces each character that a shell could
// take as an escape or a substitution with a question mark.
func Shown(name string) string {
	var b strings.Builder
	n := 0
	for _, r := range name {
		if n++; n > maxShown {
			b.WriteString("..")
			break
		}
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._@/+=:- ", r):
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}
