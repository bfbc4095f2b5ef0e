// Package iam makes the few IAM calls for adding and rotating an access key.
//
// It does not know profiles, keystores or users, or the order of the calls: internal/vault
// does. Package awsapi knows how to sign, limit and repeat a call.
package iam

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
)

// Client calls IAM with these credentials. User is the user whose keys it manages. An empty
// User stands for the caller, which works only with a user's credentials.
type Client struct {
	API         *awsapi.Client
	URL, Region string
	Credentials aws.Credentials
	User        string
}

// Keys lists the access keys of the user, active or not.
func (c *Client) Keys(ctx context.Context) ([]aws.AccessKey, error) {
	var keys []aws.AccessKey
	for marker := ""; ; {
		var page struct {
			Keys []struct {
				ID      string    `xml:"AccessKeyId"`
				Status  string    // Active or Inactive
				Created time.Time `xml:"CreateDate"`
			} `xml:"ListAccessKeysResult>AccessKeyMetadata>member"`
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
			keys = append(keys, aws.AccessKey{ID: k.ID, Active: k.Status == "Active", Created: k.Created})
		}
		if !page.Truncated || page.Marker == "" || page.Marker == marker {
			return keys, nil
		}
		marker = page.Marker
	}
}

// MFADevices lists the MFA devices of the user: ARNs, or serial numbers of hardware tokens.
func (c *Client) MFADevices(ctx context.Context) ([]string, error) {
	var devices []string
	for marker := ""; ; {
		var page struct {
			Serials   []string `xml:"ListMFADevicesResult>MFADevices>member>SerialNumber"`
			Truncated bool     `xml:"ListMFADevicesResult>IsTruncated"`
			Marker    string   `xml:"ListMFADevicesResult>Marker"`
		}
		params := url.Values{}
		if marker != "" {
			params.Set("Marker", marker)
		}
		if err := c.call(ctx, "ListMFADevices", params, &page); err != nil {
			return nil, err
		}
		devices = append(devices, page.Serials...)
		if !page.Truncated || page.Marker == "" || page.Marker == marker {
			return devices, nil
		}
		marker = page.Marker
	}
}

// LastUsed returns the last use of a key.
func (c *Client) LastUsed(ctx context.Context, id string) (aws.KeyUse, error) {
	var answer struct {
		At      string `xml:"GetAccessKeyLastUsedResult>AccessKeyLastUsed>LastUsedDate"`
		Service string `xml:"GetAccessKeyLastUsedResult>AccessKeyLastUsed>ServiceName"`
	}
	own := *c
	own.User = "" // this call takes no user
	err := own.call(ctx, "GetAccessKeyLastUsed", url.Values{"AccessKeyId": {id}}, &answer)
	use := aws.KeyUse{Service: answer.Service}
	use.At, _ = time.Parse(time.RFC3339, answer.At) // N/A means never
	return use, err
}

// Create creates a new key. Only this answer contains the key's secret, so the call is not
// repeated: after an error that is Lost, the key may exist or not.
func (c *Client) Create(ctx context.Context) (aws.Credentials, error) {
	const op = "CreateAccessKey"
	var answer struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	if err := c.call(ctx, op, nil, &answer); err != nil {
		return aws.Credentials{}, err
	}
	key := aws.Credentials{AccessKeyID: answer.ID, SecretAccessKey: answer.Secret}
	if !awsapi.Key(key) {
		return aws.Credentials{}, &awsapi.Error{Op: op, Status: http.StatusOK, Reason: "the answer has no key in it"}
	}
	return key, nil
}

// Deactivate deactivates a key.
func (c *Client) Deactivate(ctx context.Context, id string) error {
	return c.call(ctx, "UpdateAccessKey", url.Values{"AccessKeyId": {id}, "Status": {"Inactive"}}, nil)
}

// Delete deletes a key.
func (c *Client) Delete(ctx context.Context, id string) error {
	return c.call(ctx, "DeleteAccessKey", url.Values{"AccessKeyId": {id}}, nil)
}

const version = "2010-05-08" // the version of IAM's API

// call calls IAM. It does not repeat CreateAccessKey: AWS allows two keys, and only the answer
// contains the secret of a new one.
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
		return fmt.Errorf("%s: %w", op, err) // this error names only the host
	}
	return err
}
