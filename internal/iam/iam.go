// Package iam rotates the access key of a user: the few calls of IAM that it
// takes, and their order, which no kill, no refusal and no lost answer may turn
// into a key that nobody has.
//
// It does not know profiles, keystores or people: it is given credentials, a
// journal, and a way to ask whose a key is. The calls are written out here
// because the SDK's package for IAM would add 3 MB and its initialisation to
// every start of the program.
package iam

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Credentials sign calls, or are the key that was created. Printed, they show
// the id of the key and nothing else.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // empty for a user's own key
}

// String gives the access key id.
func (c Credentials) String() string { return c.AccessKeyID }

// GoString is String, so that %#v shows no secret either.
func (c Credentials) GoString() string { return c.String() }

// Format is String for every verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Client calls IAM as somebody. User is whose keys it is about; empty: the
// caller's own, which only a user's credentials can leave open.
type Client struct {
	URL, Region string
	HTTP        *http.Client
	Now         func() time.Time
	Sleep       func(context.Context, time.Duration) error
	Credentials Credentials
	User        string
}

// Key is what IAM tells of an access key.
type Key struct {
	ID      string    `xml:"AccessKeyId"`
	Active  bool      `xml:"-"`
	Status  string    // Active or Inactive
	Created time.Time `xml:"CreateDate"`
}

// Use is when a key was last used, as far as IAM has noticed; that can take hours.
type Use struct {
	At      time.Time // zero: never
	Service string
	Region  string
}

// Error is a refusal by IAM, in its own words.
type Error struct {
	Op        string
	Code      string
	Message   string
	RequestID string
	Status    int // of HTTP
}

// Error is one line.
func (e *Error) Error() string {
	text := e.Op + ": " + e.Code
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

// is says whether err is a refusal with one of these codes.
func is(err error, codes ...string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}

// Denied says whether the caller may not do this.
func Denied(err error) bool {
	return is(err, "AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
}

// stale says whether the credentials are not known, or no longer.
func stale(err error) bool {
	return is(err, "InvalidClientTokenId", "ExpiredToken", "UnrecognizedClientException")
}

func missing(err error) bool { return is(err, "NoSuchEntity") }

// Keys lists the access keys of the user, active or not.
func (c *Client) Keys(ctx context.Context) ([]Key, error) {
	var keys []Key
	for marker := ""; ; {
		var page struct {
			Keys      []Key  `xml:"ListAccessKeysResult>AccessKeyMetadata>member"`
			Truncated bool   `xml:"ListAccessKeysResult>IsTruncated"`
			Marker    string `xml:"ListAccessKeysResult>Marker"`
		}
		params := url.Values{}
		if marker != "" {
			params.Set("Marker", marker)
		}
		if err := c.call(ctx, "ListAccessKeys", params, &page); err != nil {
			return nil, err
		}
		for _, k := range page.Keys {
			k.Active = k.Status == "Active"
			keys = append(keys, k)
		}
		if !page.Truncated || page.Marker == "" || page.Marker == marker {
			return keys, nil
		}
		marker = page.Marker
	}
}

// LastUsed tells when a key was last used.
func (c *Client) LastUsed(ctx context.Context, id string) (Use, error) {
	var answer struct {
		At      string `xml:"GetAccessKeyLastUsedResult>AccessKeyLastUsed>LastUsedDate"`
		Service string `xml:"GetAccessKeyLastUsedResult>AccessKeyLastUsed>ServiceName"`
		Region  string `xml:"GetAccessKeyLastUsedResult>AccessKeyLastUsed>Region"`
	}
	own := *c
	own.User = "" // this one takes no user
	err := own.call(ctx, "GetAccessKeyLastUsed", url.Values{"AccessKeyId": {id}}, &answer)
	use := Use{Service: answer.Service, Region: answer.Region}
	use.At, _ = time.Parse(time.RFC3339, answer.At) // N/A: never
	return use, err
}

// errLost says of a call that it was perhaps carried out: no answer came.
var errLost = errors.New("no answer came, so it may have been carried out")

// create makes a new key. The answer is the only time that its secret is told: an
// error that wraps errLost leaves open whether there is a key now.
func (c *Client) create(ctx context.Context) (Credentials, error) {
	var answer struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	if err := c.call(ctx, "CreateAccessKey", nil, &answer); err != nil {
		return Credentials{}, err
	}
	if answer.ID == "" || answer.Secret == "" {
		return Credentials{}, fmt.Errorf("CreateAccessKey: the answer has no key in it: %w", errLost)
	}
	return Credentials{AccessKeyID: answer.ID, SecretAccessKey: answer.Secret}, nil
}

func (c *Client) deactivate(ctx context.Context, id string) error {
	return c.call(ctx, "UpdateAccessKey", url.Values{"AccessKeyId": {id}, "Status": {"Inactive"}}, nil)
}

func (c *Client) remove(ctx context.Context, id string) error {
	return c.call(ctx, "DeleteAccessKey", url.Values{"AccessKeyId": {id}}, nil)
}

// retire is remove of a key that may be gone: who may not delete is not told that.
func (c *Client) retire(ctx context.Context, id string) error {
	err := c.remove(ctx, id)
	if Denied(err) {
		keys, lerr := c.Keys(ctx)
		if lerr == nil && !slices.ContainsFunc(keys, func(k Key) bool { return k.ID == id }) {
			return nil
		}
	}
	if missing(err) {
		return nil
	}
	return err
}

// attempts bounds how often a call is tried that IAM was too busy for.
const attempts = 4

// call makes a call of the Query API, and again if IAM was busy. One that is not
// safe to repeat, CreateAccessKey, is repeated only if IAM said that it did nothing.
func (c *Client) call(ctx context.Context, op string, params url.Values, answer any) error {
	for attempt := 1; ; attempt++ {
		err := c.once(ctx, op, params, answer)
		again := is(err, "Throttling", "ThrottlingException", "RequestLimitExceeded")
		if op != "CreateAccessKey" {
			again = again || broken(err)
		} else if broken(err) {
			return fmt.Errorf("%w: %w", err, errLost)
		}
		if err == nil || !again || attempt == attempts {
			return err
		}
		if err := c.Sleep(ctx, 200*time.Millisecond<<attempt); err != nil {
			return err
		}
	}
}

// broken says of an error that it is not an answer: the call may have been
// carried out, or not.
func broken(err error) bool {
	var refused *Error
	if !errors.As(err, &refused) {
		return err != nil && !errors.Is(err, context.Canceled)
	}
	return refused.Status >= 500
}

const (
	version   = "2010-05-08"
	maxAnswer = 1 << 20 // bytes; a page of keys is a few kilobytes
	timeout   = 15 * time.Second
)

func (c *Client) once(ctx context.Context, op string, params url.Values, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	form := url.Values{"Action": {op}, "Version": {version}}
	for name, value := range params {
		form[name] = value
	}
	if c.User != "" {
		form.Set("UserName", c.User)
	}
	body := []byte(form.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sum := sha256.Sum256(body)
	signer := aws.Credentials{AccessKeyID: c.Credentials.AccessKeyID, SecretAccessKey: c.Credentials.SecretAccessKey, SessionToken: c.Credentials.SessionToken}
	if err := v4.NewSigner().SignHTTP(ctx, signer, req, hex.EncodeToString(sum[:]), "iam", c.Region, c.Now()); err != nil {
		return err
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(op, resp, text)
	}
	if answer == nil {
		return nil
	}
	if err := xml.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s: the answer is not IAM's", op) // err could quote it
	}
	return nil
}

// refusal reads an error of the Query protocol.
func refusal(op string, resp *http.Response, text []byte) error {
	e := &Error{Op: op, Status: resp.StatusCode, RequestID: resp.Header.Get("X-Amzn-Requestid")}
	var answer struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	if xml.Unmarshal(text, &answer) != nil || answer.Code == "" {
		e.Code, e.Status = fmt.Sprintf("HTTP %d", resp.StatusCode), max(resp.StatusCode, 500)
		e.Message = "the answer is not IAM's"
		return e
	}
	e.Code, e.Message = line(answer.Code), line(answer.Message)
	return e
}

// line keeps a text from taking over the screen.
func line(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}
