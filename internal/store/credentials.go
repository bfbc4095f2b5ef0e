package store

import (
	"fmt"
	"io"
	"time"
)

// Credentials are AWS credentials, long-lived or temporary. Printed, they show
// which key they are and nothing that could be used.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // empty for long-lived keys
	Expires         time.Time // zero: do not expire; UTC
}

// String shows the first and last four characters of the access key id.
func (c Credentials) String() string {
	id := c.AccessKeyID
	if len(id) < 12 {
		return "…"
	}
	return id[:4] + "…" + id[len(id)-4:]
}

// GoString is String, so that %#v shows no secret either.
func (c Credentials) GoString() string { return c.String() }

// Format is String for every verb.
func (c Credentials) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }
