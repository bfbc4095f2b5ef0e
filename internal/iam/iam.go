// Package iam rotates the access key of a user: the few calls of IAM that it
// takes, and their order, which no kill, no refusal and no lost answer may turn
// into a key that nobody has.
//
// It does not know profiles, keystores or people: it is given credentials, a
// journal, and a way to ask whose a key is. How a call is signed, bounded and
// repeated is known by awsapi.
package iam

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
)

// Client calls IAM with these credentials. User is whose keys it is about; empty:
// the caller's own, which only a user's credentials can leave open.
type Client struct {
	API         *awsapi.Client
	URL, Region string
	Credentials aws.Credentials
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

// Denied says whether the caller may not do this.
func Denied(err error) bool {
	return awsapi.Is(err, "AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
}

// stale says whether the credentials are not known, or no longer.
func stale(err error) bool {
	return awsapi.Is(err, "InvalidClientTokenId", "ExpiredToken", "UnrecognizedClientException")
}

func missing(err error) bool { return awsapi.Is(err, "NoSuchEntity") }

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

// errLost says of a call that it may have been carried out, whatever came back.
var errLost = errors.New("it may have been carried out all the same")

// create makes a new key. The answer is the only time that its secret is told: an
// error that wraps errLost leaves open whether there is a key now.
func (c *Client) create(ctx context.Context) (aws.Credentials, error) {
	var answer struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	err := c.call(ctx, "CreateAccessKey", nil, &answer)
	if e := (*awsapi.Error)(nil); errors.As(err, &e) && e.Lost() {
		err = fmt.Errorf("%w: %w", err, errLost)
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	key := aws.Credentials{AccessKeyID: answer.ID, SecretAccessKey: answer.Secret}
	if !awsapi.Key(key) {
		return aws.Credentials{}, fmt.Errorf("CreateAccessKey: the answer has no key in it: %w", errLost)
	}
	return key, nil
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

const version = "2010-05-08" // of IAM's API

// call makes a call of IAM. CreateAccessKey must not happen twice: AWS allows two
// keys, and tells the secret of a new one only in the answer.
func (c *Client) call(ctx context.Context, op string, params url.Values, answer any) error {
	form := url.Values{}
	for name, value := range params {
		form[name] = value
	}
	if c.User != "" {
		form.Set("UserName", c.User)
	}
	err := c.API.Query(ctx, awsapi.Call{
		Op: op, URL: c.URL, Unique: op == "CreateAccessKey",
		Sign: &awsapi.Signature{Credentials: c.Credentials, Service: "iam", Region: c.Region},
	}, version, form, answer)
	if e := (*awsapi.Error)(nil); errors.As(err, &e) && e.Status == 0 {
		return fmt.Errorf("%s: %w", op, err) // which names the host only
	}
	return err
}
