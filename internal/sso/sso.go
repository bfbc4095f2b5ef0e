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

// Session is an Identity Center and how to sign in to it.
type Session struct {
	Name     string // of the [sso-session]; empty for settings of the old kind
	StartURL string // exactly as configured: files are named after it
	Region   string
	Scopes   []string // none for settings of the old kind, whose sign-ins cannot be refreshed
	Unscoped bool     // Scopes are not configured: the AWS CLI names files as if there were none
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
	Dir   string // the AWS CLI's folder, ~/.aws/sso/cache
	Files clicache.Files
	API   *awsapi.Client
	Now   func() time.Time
	// Lock lets one process at a time renew or sign in to the session of that
	// title, so that fifty shells open one tab.
	Lock func(ctx context.Context, title string) (unlock func(), err error)
	// Person can sign in; nil: there is no one to ask.
	Person *Person
	// People is a directory of our own, in which it is kept whose sign-ins are; empty:
	// it is not kept.
	People string
	// Who tells whose the credentials of a role are: the name of their session. Nil:
	// it is not asked.
	Who func(ctx context.Context, c aws.Credentials) (person string, err error)
	// SwitchUser takes a sign-in by another person than before.
	SwitchUser bool
	// Told is told who signed in, in a line; nil: no one hears it. Warn is told what
	// went wrong without doing harm.
	Told func(line string)
	Warn func(error)
	// Rand is where verifiers and states come from: crypto/rand.Reader.
	Rand io.Reader
}

// Person is the way to a person who can sign in.
type Person struct {
	// DeviceCode asks for a code instead of a page that comes back to this
	// machine: for a browser that runs elsewhere.
	DeviceCode bool
	// Show prints where to go, and the code to compare or to type, if there is one.
	Show func(session, url, code string)
	// Open opens a browser. It may do nothing: the address has been shown. Other users
	// must not see the address: it can be used to sign in as another person. What it
	// returns, if anything, is called when the sign-in has ended.
	Open func(url string) (done func())
	// Anybody lets each user of this machine bring the answer of the page: the browser
	// is one whose user the kernel does not tell.
	Anybody bool
	// Waiting is told that the browser is waited for, and until when. Nil: it is not told.
	Waiting func(what string, until time.Time) (done func())
}

// NeededError says that a sign-in is needed, and that there is no one to ask.
type NeededError struct{ Session Session }

// Error names the session.
func (e *NeededError) Error() string {
	return fmt.Sprintf("%q needs a sign-in", e.Session.Title())
}

// Kind says that a person is needed.
func (e *NeededError) Kind() fault.Kind { return fault.Person }

// Hint is what to type.
func (e *NeededError) Hint() string {
	if e.Session.Name != "" {
		return "vault sso login " + line.Word(e.Session.Name)
	}
	return "vault refresh in a terminal, or aws sso login"
}

// RoleCredentials gets the credentials of a permission set in an account. A token
// that AWS refuses before its end, because of a sign-out, is renewed once; after
// that the person signs in anew.
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

// withToken calls with a token, and with newer ones as long as AWS says that the
// one before is not known (HTTP 401).
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

// mostTokens is how many are tried: the one in the file, a renewed one, one of a new sign-in.
const mostTokens = 3

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

// Token says when the sign-in ends, and whether it renews without the person.
// Zero: there is none.
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

// saidNo says that AWS said no, with that status if one is given: not that it was
// busy, or that something else answered.
func saidNo(err error, status int) bool {
	e := (*awsapi.Error)(nil)
	if !errors.As(err, &e) || e.Reason != "" {
		return false
	}
	return status != 0 && e.Status == status || status == 0 && e.Status >= 400 && e.Status < 500 && !e.Throttled()
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
	// The process that had the lock has perhaps got one.
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

// renewed is a renewed token, or the old one as long as it lasts and cannot be
// renewed. It is empty if AWS refuses to renew it: then a sign-in is needed.
func (c *Client) renewed(ctx context.Context, s Session, t token, refused string) (string, error) {
	fresh, err := c.renew(ctx, s, t)
	if err == nil {
		return fresh.access, nil
	}
	lasts := t.access != refused && t.expires.After(c.Now())
	switch {
	case !saidNo(err, 0) && lasts: // no network, or AWS has a bad day
		return t.access, nil
	case !saidNo(err, 0):
		return "", err
	}
	// The AWS CLI takes no lock. Where it renews at the same time, a refresh token that
	// is good once is gone, and the file has its successor, now or in a moment.
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

// How long the AWS CLI's file is waited for: 1.5 seconds in all.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 800 * time.Millisecond
)
