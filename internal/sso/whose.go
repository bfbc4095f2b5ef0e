package sso

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Whose a sign-in is, Identity Center does not tell. It is in the ARN of a role's
// credentials, as the name of their session, so that it is known with the first role.
// What is known is kept in a file of our own, for the AWS CLI replaces its file as a
// whole.

// whose is that file. Of tokens it holds marks only.
type whose struct {
	Person string `json:"person,omitempty"` // who signed in last
	Token  string `json:"token,omitempty"`  // an access token that is theirs
	// New is the token of a sign-in by this program, until the person has been told
	// whose it is.
	New string `json:"new,omitempty"`
}

// longestWhose bounds the file, in bytes.
const longestWhose = 4096

// mark stands for a token, which cannot be found by it.
func mark(token string) string {
	sum := sha256.Sum256([]byte("whose " + token))
	return hex.EncodeToString(sum[:16])
}

// OtherPersonError says that another person is signed in than before.
type OtherPersonError struct {
	Session Session
	Is, Was string
}

// Error names both.
func (e *OtherPersonError) Error() string {
	return fmt.Sprintf("%q is signed in as %s, and was %s before", e.Session.Title(), e.Is, e.Was)
}

// Hint is what to type.
func (e *OtherPersonError) Hint() string { return e.hint(e.Session.Name) }

// For is the error with a hint for a profile whose settings are of the old kind.
func (e *OtherPersonError) For(profile string) error {
	if e.Session.Name != "" {
		return e
	}
	return fault.Hinted(e, e.hint(profile))
}

func (e *OtherPersonError) hint(name string) string {
	return "vault sso login " + line.Word(name) + " --switch-user   if you want to be " + e.Is + "; else without the flag"
}

// checkWhose finds out whose a token is, with the first credentials that it gave, and
// says so after a sign-in. It refuses another person than before: they may have signed
// in instead of this one.
func (c *Client) checkWhose(ctx context.Context, s Session, token string, got aws.Credentials) error {
	if c.Who == nil {
		return nil
	}
	known := c.readWhose(s)
	if known.Token == mark(token) {
		c.tell(s, known)
		return nil
	}
	person, err := c.Who(ctx, got)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil { // the next role asks again
		c.Warn(fmt.Errorf("vault cannot tell who is signed in to %s: %w", s.Title(), err))
		return nil
	}
	person = plain(person, 200)
	if known.Person != "" && !strings.EqualFold(known.Person, person) {
		if known.New == mark(token) { // the AWS CLI and other shells are not to use it either
			c.drop(ctx, s, token)
		}
		return &OtherPersonError{s, person, known.Person}
	}
	known.Person, known.Token = person, mark(token)
	if !c.tell(s, known) {
		c.writeWhose(s, known)
	}
	return nil
}

// drop removes a token, unless another one has taken its place.
func (c *Client) drop(ctx context.Context, s Session, access string) {
	unlock, err := c.Lock(ctx, s.Title())
	if err != nil {
		return // it is refused the next time too
	}
	defer unlock()
	if t, err := c.read(s); err == nil && t.access == access {
		c.forget(s)
	}
}

// tell says who signed in, once. In the background, where no one hears it, it is left
// for the next command.
func (c *Client) tell(s Session, known whose) (told bool) {
	if known.New == "" || c.Told == nil {
		return false
	}
	c.Told(fmt.Sprintf("signed in to %s as %s", s.Title(), known.Person))
	known.New = ""
	c.writeWhose(s, known)
	return true
}

// newSignIn remembers that a token is of a sign-in by this program.
func (c *Client) newSignIn(s Session, t token) {
	known := c.readWhose(s)
	if c.SwitchUser {
		known.Person = ""
	}
	c.writeWhose(s, whose{Person: known.Person, New: mark(t.access)})
}

// sameWhose remembers that a token was renewed, and is the same person's.
func (c *Client) sameWhose(s Session, old, fresh token) {
	known := c.readWhose(s)
	before := known
	for _, of := range []*string{&known.Token, &known.New} {
		if *of == mark(old.access) {
			*of = mark(fresh.access)
		}
	}
	if known != before {
		c.writeWhose(s, known)
	}
}

// whosePath is the file of an Identity Center, by its name and settings: one of the
// same name that is another one has other people.
func (c *Client) whosePath(s Session) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", s.key(), s.StartURL, s.Region))
	return filepath.Join(c.People, hex.EncodeToString(sum[:16]))
}

// readWhose reads what is known. A file that is damaged, or that another user could
// have written, says nothing.
func (c *Client) readWhose(s Session) (known whose) {
	if c.People == "" || disk.Ours().CheckDir(c.People) != nil {
		return whose{}
	}
	path := c.whosePath(s)
	text, err := disk.ReadFile(path, disk.Reading{Limit: longestWhose, NoFollow: true, Check: func(info fs.FileInfo) error {
		return disk.Ours().Check(path, info)
	}})
	if err != nil || json.Unmarshal(text, &known) != nil || known.Person != plain(known.Person, 200) {
		return whose{}
	}
	return known
}

// writeWhose keeps what is known. Where that fails, as in a read-only home, it is
// asked for again.
func (c *Client) writeWhose(s Session, known whose) {
	if c.People == "" {
		return
	}
	text, _ := json.Marshal(known) // texts
	_ = disk.Replace(c.whosePath(s), append(text, '\n'), disk.Options{MakeDir: true, Check: func() error {
		return disk.Ours().CheckDir(c.People)
	}})
}
