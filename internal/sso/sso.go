// Package sso signs in to AWS IAM Identity Center and gets credentials there. It shares the
// sign-in with the AWS CLI: both use the same files in the same format, so a sign-in with
// either tool works for the other.
//
// The protocol is in docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference and
// .../PortalAPIReference. A sign-in uses an authorization code with PKCE (RFC 7636) on a
// loopback address (RFC 8252), or a device code (RFC 8628). None of the calls is signed.
//
// It does not know profiles, terminals or browsers: callers pass in functions. Package
// awsapi knows how to limit and repeat a call, and clicache how to store a file.
package sso

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/clicache"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Session describes an Identity Center and the sign-in to it.
type Session struct {
	Name     string // the name of the [sso-session]; empty for settings of the old form
	StartURL string // exactly as configured: the names of files depend on it
	Region   string
	Scopes   []string // empty for settings of the old form, whose sign-ins cannot be renewed
	Unscoped bool     // no scopes are configured: the AWS CLI names files accordingly
	OIDC     string   // URL of the sign-in service
	Portal   string   // URL of the service for credentials
}

// Title is the session's name for people.
func (s Session) Title() string {
	if s.Name != "" {
		return s.Name
	}
	return s.StartURL
}

// key is the text from which the names of files are made.
func (s Session) key() string { return s.Title() }

// Client gets tokens and credentials.
type Client struct {
	Dir   string // the AWS CLI's directory, ~/.aws/sso/cache
	Files clicache.Files
	API   *awsapi.Client
	Now   func() time.Time
	// Lock lets only one process at a time renew, or sign in to, the session with that title.
	// So fifty shells open only one tab.
	Lock func(ctx context.Context, title string) (unlock func(), err error)
	// Person can sign in; nil: there is no person to ask.
	Person *Person
	// People is our own directory that records who is signed in; empty: no record.
	People string
	// Who returns the owner of a role's credentials, from the name of their session; nil: do
	// not ask.
	Who func(ctx context.Context, c aws.Credentials) (person string, err error)
	// SwitchUser accepts a sign-in by a different person.
	SwitchUser bool
	// Told is called with a line about who signed in; it may be nil. Warn is called with
	// errors that do no harm.
	Told func(line string)
	Warn func(error)
	// Rand is the source of verifiers and states: crypto/rand.Reader.
	Rand io.Reader
}

// Person describes how a person can sign in.
type Person struct {
	// DeviceCode asks for a code instead of a page that returns to this machine. It is for a
	// browser on another machine.
	DeviceCode bool
	// Show prints the address, and the code to compare or to type, if there is one.
	Show func(session, url, code string)
	// Open opens a browser. It may do nothing, because the address has been shown. It must
	// hide the address from other users, who could sign in with it. Its result, if not nil, is
	// called at the end of the sign-in.
	Open func(url string) (done func())
	// Anybody lets any user of this machine send the answer of the page. It is for a browser
	// whose user the kernel cannot tell.
	Anybody bool
	// Waiting is called when vault waits for the browser, with the time limit. It may be nil.
	Waiting func(what string, until time.Time) (done func())
}

// NeededError reports that a sign-in is needed, and that there is no person to ask.
type NeededError struct{ Session Session }

// Error names the session.
func (e *NeededError) Error() string {
	return fmt.Sprintf("%q needs a sign-in", e.Session.Title())
}

// Kind reports that a person is needed.
func (e *NeededError) Kind() fault.Kind { return fault.Person }

// Hint returns the command to type.
func (e *NeededError) Hint() string {
	if e.Session.Name != "" {
		return "vault sso login " + line.Word(e.Session.Name)
	}
	return "vault refresh in a terminal, or aws sso login"
}

// RoleCredentials gets the credentials of a permission set in an account. If AWS refuses a
// token before it expires, after a sign-out for example, the token is renewed once. After
// that, the person signs in again.
func (c *Client) RoleCredentials(ctx context.Context, s Session, account, role string) (aws.Credentials, error) {
	var got aws.Credentials
	var used string
	err := c.withToken(ctx, s, func(token string) error {
		var err error
		used = token
		got, err = c.roleCredentials(ctx, s, token, account, role)
		return err
	})
	if err == nil {
		err = c.checkWhose(ctx, s, used, got)
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	return got, nil
}

// withToken calls call with a token. If AWS does not know the token (HTTP 401), it tries newer
// ones.
func (c *Client) withToken(ctx context.Context, s Session, call func(token string) error) error {
	token, err := c.token(ctx, s, "")
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := call(token)
		if !saidNo(err, http.StatusUnauthorized) || try == mostTokens {
			return err
		}
		if token, err = c.token(ctx, s, token); err != nil {
			return err
		}
	}
}

// mostTokens is how many tokens are tried: the stored one, a renewed one, and one from a new
// sign-in.
const mostTokens = 3

// Login signs in again, even with a valid token, and returns when the new one expires.
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

// Token returns when the sign-in expires, and whether it can be renewed without the person.
// Zero: there is no sign-in.
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

// saidNo reports whether AWS refused the call; with a status, only if it used that one. It is
// false if AWS was busy, or another server answered.
func saidNo(err error, status int) bool {
	e := (*awsapi.Error)(nil)
	if !errors.As(err, &e) || e.Reason != "" {
		return false
	}
	return status != 0 && e.Status == status || status == 0 && e.Status >= 400 && e.Status < 500 && !e.Throttled()
}

// token returns an access token that is valid for a while and is not the refused one.
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
	// The process that had the lock may have got a token.
	t, err := c.read(s)
	if err != nil {
		return "", err
	}
	if t.usable(c.Now(), refused) {
		return t.access, nil
	}
	if t.renewable(c.Now()) {
		access, err := c.renewed(ctx, s, t, refused)
		if access != "" || err != nil {
			return access, err
		}
	}
	if c.Person == nil {
		return "", &NeededError{s}
	}
	t, err = c.signIn(ctx, s)
	return t.access, err
}

// renewed returns a renewed token, or the old one if that is still valid and cannot be
// renewed. It returns an empty text if AWS refuses to renew: then a sign-in is needed.
func (c *Client) renewed(ctx context.Context, s Session, t token, refused string) (string, error) {
	fresh, err := c.renew(ctx, s, t)
	if err == nil {
		return fresh.access, nil
	}
	lasts := t.access != refused && t.expires.After(c.Now())
	switch {
	case !saidNo(err, 0) && lasts: // no network, or trouble at AWS
		return t.access, nil
	case !saidNo(err, 0):
		return "", err
	}
	// The AWS CLI takes no lock. If it renews at the same time, it may use up a refresh token
	// that works only once. The file then has the next one, now or in a moment.
	for wait := firstWait; ; wait *= 2 {
		now, err := c.read(s)
		if err != nil {
			return "", err
		}
		switch {
		case now.usable(c.Now(), refused):
			return now.access, nil
		case now.refresh != t.refresh && now.renewable(c.Now()):
			fresh, err := c.renew(ctx, s, now)
			if err == nil || !saidNo(err, 0) {
				return fresh.access, err
			}
			t = now
		}
		if lasts {
			return t.access, nil
		}
		if wait > lastWait {
			return "", nil
		}
		if err := c.API.Wait(ctx, wait); err != nil {
			return "", err
		}
	}
}

// These constants control the wait for the AWS CLI's file: 1.5 seconds in all.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 800 * time.Millisecond
)
