// Package sso signs in to AWS IAM Identity Center and gets credentials there. It
// shares one sign-in with the AWS CLI: the same files, in the same format, so
// that after `aws sso login` nobody signs in again, and the other way round.
//
// The protocol: docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference and
// .../PortalAPIReference; authorization code with PKCE (RFC 7636) on a loopback
// address (RFC 8252), or a device code (RFC 8628). None of the calls is signed:
// that is why they are made here and not by the SDK, whose two packages would
// cost every start of the program a tenth of a millisecond each.
//
// It knows no profiles, terminals or browsers: it is given functions.
package sso

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Session is an Identity Center and how to sign in to it.
type Session struct {
	Name     string // of the [sso-session]; empty for settings of the old kind
	StartURL string // exactly as configured: files are named after it
	Region   string
	Scopes   []string // none for settings of the old kind, whose sign-ins cannot be refreshed
	OIDC     string   // URL of the service that signs in
	Portal   string   // URL of the one that hands out credentials
}

// Title is what a person calls the session.
func (s Session) Title() string {
	if s.Name != "" {
		return s.Name
	}
	return s.StartURL
}

// key is what files are named after.
func (s Session) key() string { return s.Title() }

// Client gets tokens and credentials.
type Client struct {
	Dir  string // the AWS CLI's folder, ~/.aws/sso/cache
	HTTP func() (*http.Client, error)
	Now  func() time.Time
	// Lock lets one process at a time renew or sign in to the session of that
	// title, so that fifty shells open one tab.
	Lock func(ctx context.Context, title string) (unlock func(), err error)
	// Person is who can sign in; nil if nobody can be asked.
	Person *Person
	// Rand is where verifiers and states come from: crypto/rand.Reader.
	Rand io.Reader
}

// Person is somebody who can sign in.
type Person struct {
	// DeviceCode asks for a code instead of a page that comes back to this
	// machine: for a browser that runs elsewhere.
	DeviceCode bool
	// Show prints where to go, and the code to compare or to type, if there is one.
	Show func(session, url, code string)
	// Open opens a browser. It may do nothing: the address has been shown.
	Open func(url string)
}

// NeededError says that somebody has to sign in, and nobody can be asked.
type NeededError struct{ Session Session }

// Error names the session.
func (e *NeededError) Error() string {
	return fmt.Sprintf("%q needs a sign-in", e.Session.Title())
}

// Hint is what to type.
func (e *NeededError) Hint() string {
	if e.Session.Name != "" {
		return "vault sso login " + e.Session.Name
	}
	return "vault refresh in a terminal, or aws sso login"
}

// Error is an answer of AWS that says no.
type Error struct {
	Op     string // "CreateToken"
	Status int    // HTTP
	Code   string // "invalid_grant", "ForbiddenException"
	Text   string
	hint   string
}

// Error is one line.
func (e *Error) Error() string {
	text := e.Op + ": " + e.Code
	if e.Code == "" {
		text = fmt.Sprintf("%s: HTTP %d", e.Op, e.Status)
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Hint says what is usually behind it.
func (e *Error) Hint() string { return e.hint }

// Credentials are what the portal hands out for a role.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	Expires         time.Time // UTC
}

// RoleCredentials gets the credentials of a permission set in an account. A token
// that AWS no longer likes, though it should be good (somebody signed out), is
// renewed once, and after that the person signs in anew.
func (c *Client) RoleCredentials(ctx context.Context, s Session, account, role string) (Credentials, error) {
	var got Credentials
	err := c.withToken(ctx, s, func(token string) error {
		var err error
		got, err = c.roleCredentials(ctx, s, token, account, role)
		return err
	})
	return got, err
}

// withToken calls with a token, and with newer ones as long as AWS says that the
// one before is not known (HTTP 401).
func (c *Client) withToken(ctx context.Context, s Session, call func(token string) error) error {
	token, err := c.token(ctx, s, "")
	if err != nil {
		return err
	}
	for range 3 {
		err = call(token)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Status != http.StatusUnauthorized {
			return err
		}
		if token, err = c.token(ctx, s, token); err != nil {
			return err
		}
	}
	return err
}

// Login signs in anew, whatever is cached, and returns until when it lasts.
func (c *Client) Login(ctx context.Context, s Session) (time.Time, error) {
	if c.Person == nil {
		return time.Time{}, &NeededError{s}
	}
	unlock, err := c.Lock(ctx, s.Title())
	if err != nil {
		return time.Time{}, err
	}
	defer unlock()
	t, err := c.signIn(ctx, s)
	return t.expires, err
}

// Token says until when somebody is signed in, and whether that is prolonged
// without them. Zero: nobody is.
func (c *Client) Token(s Session) (expires time.Time, renewable bool, err error) {
	t, err := c.read(s)
	if err != nil {
		return time.Time{}, false, err
	}
	if !t.usable(c.Now(), "") && !t.renewable(c.Now()) {
		return time.Time{}, false, nil
	}
	return t.expires, t.renewable(c.Now()), nil
}

// saidNo says that AWS said no: not that it was busy, or that somebody else answered.
func saidNo(err error) bool {
	e := (*Error)(nil)
	return errors.As(err, &e) && e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests
}

// token is an access token that is good for a while and is not the one that AWS refused.
func (c *Client) token(ctx context.Context, s Session, refused string) (string, error) {
	if t, err := c.read(s); err != nil {
		return "", err
	} else if t.usable(c.Now(), refused) {
		return t.access, nil
	}
	unlock, err := c.Lock(ctx, s.Title())
	if err != nil {
		return "", err
	}
	defer unlock()
	// Whoever had the lock has perhaps got one.
	t, err := c.read(s)
	if err != nil {
		return "", err
	}
	if t.usable(c.Now(), refused) {
		return t.access, nil
	}
	if t.renewable(c.Now()) {
		renewed, err := c.renew(ctx, s, t)
		if err == nil {
			return renewed.access, nil
		}
		if !saidNo(err) {
			// No network, or AWS has a bad day: the old one is used as long as it lasts.
			if refused == "" && t.expires.After(c.Now()) {
				return t.access, nil
			}
			return "", err
		}
	}
	if c.Person == nil {
		return "", &NeededError{s}
	}
	t, err = c.signIn(ctx, s)
	return t.access, err
}
