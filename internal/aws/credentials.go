// Package aws has the few types that every part of the program shares: credentials, ARNs,
// account numbers, and the names of cached sessions.
//
// It calls nothing, reads nothing and imports no SDK. It does not know where credentials
// come from, where they are stored, or who uses them.
package aws

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"
)

// Credentials is a key pair, either long-lived or of a session. If it is printed, logged or
// encoded, it shows which key it is and no secret. Code that has to write the secret parts
// names the fields.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // empty for long-lived keys
	Expires         time.Time // zero if they do not expire; UTC
}

// String returns the first and last four characters of the access key id.
func (c Credentials) String() string {
	id := c.AccessKeyID
	if id != "" {
		// This is too short for an id and may be anything, so show none of it.
		id = " …"
		if n := len(c.AccessKeyID); n >= 12 {
			id = " " + c.AccessKeyID[:4] + "…" + c.AccessKeyID[n-4:]
		}
	}
	return "credentials" + id
}

// GoString returns String, so that %#v shows no secret either.
func (c Credentials) GoString() string { return c.String() }

// Format writes String for every verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns String for log/slog.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON returns String, quoted. A document that carries the secrets has a type of its
// own.
func (c Credentials) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, c.String()), nil }

// MarshalText returns String.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// SessionKey names a cached session: how it was obtained, for which profile, and
// a hash of everything that went into it.
type SessionKey struct {
	Type    string // such as sts.AssumeRole
	Profile string
	Hash    string
}
