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

// Identity Center does not say who has signed in. The ARN of a role's credentials contains the
// person's name as the session name, so the first role reveals it. vault keeps it in a
// separate file, because the AWS CLI replaces its own file as a whole.

// whose is the content of that file. It stores only hashes of tokens.
type whose struct {
	Person string `json:"person,omitempty"` // the last person who signed in
	Token  string `json:"token,omitempty"`  // the hash of an access token of that person
	// New is the hash of a token from a sign-in with vault, until the person has been told who
	// signed in.
	New string `json:"new,omitempty"`
}

// longestWhose limits the file, in bytes.
const longestWhose = 4096

// mark returns a hash that identifies a token without revealing it.
func mark(token string) string {
	sum := sha256.Sum256([]byte("whose " + token))
	return hex.EncodeToString(sum[:16])
}

// OtherPersonError reports that a different person is signed in than before.
type OtherPersonError struct {
	Session Session
	Is, Was string
}

// Error names both persons.
func (e *OtherPersonError) Error() string {
	return fmt.Sprintf("%q is signed in as %s, and was %s before", e.Session.Title(), e.Is, e.Was)
}

// Hint returns the command to type.
func (e *OtherPersonError) Hint() string { return e.hint(e.Session.Name) }

// For returns the error with a hint for a profile with settings of the old form.
func (e *OtherPersonError) For(profile string) error {
	if e.Session.Name != "" {
		return e
	}
	return fault.Hinted(e, e.hint(profile))
}

func (e *OtherPersonError) hint(name string) string {
	return "vault sso login " + line.Word(name) + " --switch-user   if you want to be " + e.Is + "; else without the flag"
}

// checkWhose finds out who owns a token, from the first credentials made with it. After a
// sign-in, it tells the person. It refuses a different person than before, who may have signed
// in by mistake.
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
	if err != nil { // the next role tries again
		c.Warn(fmt.Errorf("vault cannot tell who is signed in to %s: %w", s.Title(), err))
		return nil
	}
	person = plain(person, 200)
	if known.Person != "" && !strings.EqualFold(known.Person, person) {
		if known.New == mark(token) { // the AWS CLI and other shells must not use it either
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

// drop removes a token, unless another one has replaced it.
func (c *Client) drop(ctx context.Context, s Session, access string) {
	unlock, err := c.Lock(ctx, s.Title())
	if err != nil {
		return // the token is refused the next time too
	}
	defer unlock()
	if t, err := c.read(s); err == nil && t.access == access {
		c.forget(s)
	}
}

// tell says once who has signed in. In the background it says nothing, and the next command
// does.
func (c *Client) tell(s Session, known whose) (told bool) {
	if known.New == "" || c.Told == nil {
		return false
	}
	c.Told(fmt.Sprintf("signed in to %s as %s", s.Title(), known.Person))
	known.New = ""
	c.writeWhose(s, known)
	return true
}

// newSignIn records that a token comes from a sign-in with vault.
func (c *Client) newSignIn(s Session, t token) {
	known := c.readWhose(s)
	if c.SwitchUser {
		known.Person = ""
	}
	c.writeWhose(s, whose{Person: known.Person, New: mark(t.access)})
}

// sameWhose records that a token was renewed, for the same person.
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

// whosePath returns the file of an Identity Center. Its name depends on the name and the
// settings, because another Identity Center with the same name has other people.
func (c *Client) whosePath(s Session) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", s.key(), s.StartURL, s.Region))
	return filepath.Join(c.People, hex.EncodeToString(sum[:16]))
}

// readWhose reads the file. It ignores a file that is damaged, or that another user could have
// written.
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

// writeWhose writes the file. If that fails, in a read-only home, vault will ask AWS again.
func (c *Client) writeWhose(s Session, known whose) {
	if c.People == "" {
		return
	}
	text, _ := json.Marshal(known) // texts cannot fail
	_ = disk.Replace(c.whosePath(s), append(text, '\n'), disk.Options{MakeDir: true, Check: func() error {
		return disk.Ours().CheckDir(c.People)
	}})
}
