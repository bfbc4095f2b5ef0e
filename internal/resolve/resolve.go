// Package resolve turns the name of a profile into credentials, in two halves.
//
// [NewPlan] is pure: from the text of the AWS files, the environment and the
// flags it decides which calls are made, in which order, with which settings,
// for how long, and where a person is asked. [Plan.Credentials] carries the plan
// out through small interfaces: a keystore, a cache with locks, somebody who
// knows MFA codes, an HTTP client.
//
// A credential source is one file and one [Kind]. The order of the calls is
// aws-vault's (its table of seven cases), the limits are those of AWS.
//
// It does not know how keys or sessions are stored, what a terminal is, how
// flags are spelled on a command line, or what is done with the credentials. It
// reads no environment and no clock but those it is given, and of files only
// the CA bundle that the settings name.
package resolve

import (
	"fmt"
	"io"
	"time"
)

// Credentials are a key pair, long-lived or of a session. Printing them never
// shows the secret parts.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // empty for long-lived keys
	Expires         time.Time // zero: do not expire; UTC
}

// String gives the access key id, shortened, and nothing else.
func (c Credentials) String() string {
	id := c.AccessKeyID
	if len(id) > 12 {
		id = id[:4] + "…" + id[len(id)-4:]
	}
	return "credentials " + id
}

// GoString is String, so that %#v shows no secret either.
func (c Credentials) GoString() string { return c.String() }

// Format is String for every verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Result is what a plan delivers: the credentials, and whose they are as far as
// that is known without asking AWS.
type Result struct {
	Credentials
	ARN     string // of the role session; empty for a user
	Account string // 12 digits, or empty
}
