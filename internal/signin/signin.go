// Package signin uses and renews the sign-ins of `aws login`: credentials for 15 minutes in
// ~/.aws/login/cache, and a refresh token that is bound to a key (DPoP, RFC 9449) and to
// the region of the sign-in.
//
// The source is docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html.
// The files are the AWS CLI's, and signin preserves all of their fields.
//
// It does not sign in: `aws login` does. Package awsapi knows how to limit and repeat a
// call, and clicache how to store a file.
package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/clicache"
	"awsvault/internal/disk"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Session is a sign-in with `aws login`.
type Session struct {
	ARN      string // login_session: the user or role that signed in
	Profile  string
	Services []Service // where the sign-in may have been made, the most likely place first
}

// Service is the sign-in service in a region.
type Service struct{ URL, Region string }

// Client reads and renews credentials.
type Client struct {
	Dir   string
	Files clicache.Files
	API   *awsapi.Client
	Now   func() time.Time
	Rand  io.Reader
	// Lock lets only one process at a time renew.
	Lock func(ctx context.Context) (unlock func(), err error)
}

// NeededError reports that a sign-in with the AWS CLI is needed.
type NeededError struct {
	Session Session
	Reason  string
}

// Error says why it is needed.
func (e *NeededError) Error() string {
	return fmt.Sprintf("the sign-in of profile %q %s", e.Session.Profile, e.Reason)
}

// Kind reports that a person is needed.
func (e *NeededError) Kind() fault.Kind { return fault.Person }

// Hint returns the command to type.
func (e *NeededError) Hint() string { return "aws login --profile " + line.Word(e.Session.Profile) }

// window is how long before their expiry credentials are renewed, as in the AWS CLI.
const window = 5 * time.Minute

// Credentials returns the credentials, and renews them if they are about to expire.
func (c *Client) Credentials(ctx context.Context, s Session) (aws.Credentials, error) {
	f, err := c.read(s)
	if err != nil {
		return aws.Credentials{}, err
	}
	if c.lasts(f) {
		return f.credentials, nil
	}
	unlock, err := c.Lock(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	defer unlock()
	if f, err = c.read(s); err != nil { // the process that had the lock may have renewed them
		return aws.Credentials{}, err
	}
	if c.lasts(f) {
		return f.credentials, nil
	}
	return c.renewed(ctx, s, f)
}

// lasts reports whether the credentials need no renewal yet.
func (c *Client) lasts(f file) bool { return f.credentials.Expires.Sub(c.Now()) > window }

// renewed returns renewed credentials, or the old ones if they are still valid and cannot be
// renewed.
func (c *Client) renewed(ctx context.Context, s Session, f file) (aws.Credentials, error) {
	got, err := c.renew(ctx, s, f)
	if err == nil {
		return got, nil
	}
	good := f.credentials.Expires.After(c.Now())
	if !needed(err) && good { // no network, or trouble at AWS
		return f.credentials, nil
	}
	// The AWS CLI takes no lock. If it renews at the same time, it may use up a refresh token
	// that works only once. The file then has the next one, now or in a moment.
	for wait := firstWait; needed(err); wait *= 2 {
		now, rerr := c.read(s)
		switch {
		case rerr != nil:
			return aws.Credentials{}, rerr
		case c.lasts(now):
			return now.credentials, nil
		case now.refresh != f.refresh:
			f = now
			if got, err = c.renew(ctx, s, f); err == nil {
				return got, nil
			}
		}
		if good {
			return f.credentials, nil
		}
		if wait > lastWait {
			break
		}
		if werr := c.API.Wait(ctx, wait); werr != nil {
			return aws.Credentials{}, werr
		}
	}
	return aws.Credentials{}, err
}

// These constants control the wait for the AWS CLI's file: 1.5 seconds in all.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 800 * time.Millisecond
)

// Until returns when the stored credentials expire. Credentials renews them in time.
func (c *Client) Until(s Session) (time.Time, error) {
	f, err := c.read(s)
	return f.credentials.Expires, err
}

func needed(err error) bool {
	e := (*NeededError)(nil)
	return errors.As(err, &e)
}

// file is a file of the AWS CLI's cache.
type file struct {
	credentials aws.Credentials
	clientID    string
	refresh     string
	key         *ecdsa.PrivateKey
	fields      clicache.Object
	access      clicache.Object // the object in the field accessToken
}

func (c *Client) path(s Session) string {
	return clicache.LoginPath(c.Dir, s.ARN)
}

func (c *Client) read(s Session) (file, error) {
	o, err := c.Files.Read(c.path(s))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return file{}, &NeededError{s, "is missing"}
	case errors.Is(err, disk.ErrTooLarge):
		return file{}, &NeededError{s, "cannot be read (longer than 256 KiB)"}
	case errors.Is(err, clicache.ErrBroken):
		return file{}, &NeededError{s, fmt.Sprintf("cannot be read (%v)", err)}
	case err != nil:
		return file{}, err
	}
	f, err := parse(o)
	if err != nil {
		return f, &NeededError{s, fmt.Sprintf("cannot be read (%v)", err)}
	}
	return f, nil
}

func parse(o clicache.Object) (file, error) {
	f := file{fields: o}
	if json.Unmarshal(f.fields["accessToken"], &f.access) != nil || f.access == nil {
		return f, errors.New("no accessToken")
	}
	var expires, dpop string
	for _, want := range []struct {
		from clicache.Object
		name string
		to   *string
	}{
		{f.access, "accessKeyId", &f.credentials.AccessKeyID}, {f.access, "secretAccessKey", &f.credentials.SecretAccessKey},
		{f.access, "sessionToken", &f.credentials.SessionToken}, {f.access, "expiresAt", &expires},
		{f.fields, "clientId", &f.clientID}, {f.fields, "refreshToken", &f.refresh}, {f.fields, "dpopKey", &dpop},
	} {
		var ok bool
		if *want.to, ok = want.from.Text(want.name); !ok || *want.to == "" {
			return f, errors.New("no " + want.name)
		}
	}
	t, err := time.Parse(time.RFC3339, expires) // the Go SDK writes fractions
	if err != nil {
		return f, errors.New("no time in expiresAt")
	}
	f.credentials.Expires = t.UTC().Truncate(time.Second)
	if !awsapi.Session(f.credentials) || !awsapi.Token(f.refresh) {
		return f, errors.New("the credentials are not credentials")
	}
	block, _ := pem.Decode([]byte(dpop))
	if block == nil {
		return f, errors.New("no key in dpopKey")
	}
	if f.key, err = x509.ParseECPrivateKey(block.Bytes); err != nil || f.key.Curve.Params().BitSize != 256 {
		return f, errors.New("no P-256 key in dpopKey")
	}
	return f, nil
}

// renew exchanges the refresh token, which may work only once, so it first checks that it
// could store the next one. The token only works in the region of the sign-in, which the file
// does not name.
func (c *Client) renew(ctx context.Context, s Session, f file) (aws.Credentials, error) {
	if err := c.Files.Writable(c.path(s)); err != nil {
		return aws.Credentials{}, err
	}
	var regions []string
	for _, service := range s.Services {
		got, err := c.renewAt(ctx, s, f, service)
		if !awsapi.Is(err, elsewhere) {
			return got, refusal(s, err)
		}
		regions = append(regions, service.Region)
	}
	return aws.Credentials{}, &NeededError{s, "cannot be renewed in " + strings.Join(regions, " or ") + ", perhaps because it was made in another region"}
}

// elsewhere is AWS's error code for a refresh token of another region.
const elsewhere = "INVALID_REQUEST"

func (c *Client) renewAt(ctx context.Context, s Session, f file, service Service) (aws.Credentials, error) {
	address := strings.TrimSuffix(service.URL, "/") + "/v1/token"
	proof, err := c.proof(f.key, address)
	if err != nil {
		return aws.Credentials{}, err
	}
	var out struct {
		AccessToken struct {
			AccessKeyID     string `json:"accessKeyId"`
			SecretAccessKey string `json:"secretAccessKey"`
			SessionToken    string `json:"sessionToken"`
		} `json:"accessToken"`
		ExpiresIn    int64  `json:"expiresIn"` // seconds
		RefreshToken string `json:"refreshToken"`
	}
	in := map[string]string{"clientId": f.clientID, "grantType": "refresh_token", "refreshToken": f.refresh}
	if err := c.API.JSON(ctx, awsapi.Call{Op: "CreateOAuth2Token", URL: address, Header: http.Header{"DPoP": {proof}}}, in, &out); err != nil {
		return aws.Credentials{}, err
	}
	got := aws.Credentials{
		AccessKeyID: out.AccessToken.AccessKeyID, SecretAccessKey: out.AccessToken.SecretAccessKey, SessionToken: out.AccessToken.SessionToken,
		Expires: c.Now().Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second),
	}
	if !awsapi.Session(got) || out.ExpiresIn < 1 || out.ExpiresIn > longest || out.RefreshToken != "" && !awsapi.Token(out.RefreshToken) {
		return aws.Credentials{}, errors.New("CreateOAuth2Token: " + awsapi.NoCredentials)
	}
	f.access.Set("accessKeyId", got.AccessKeyID)
	f.access.Set("secretAccessKey", got.SecretAccessKey)
	f.access.Set("sessionToken", got.SessionToken)
	f.access.Set("expiresAt", got.Expires.Format(time.RFC3339))
	if f.fields["accessToken"], err = json.Marshal(f.access); err != nil {
		return aws.Credentials{}, err
	}
	if out.RefreshToken != "" {
		f.fields.Set("refreshToken", out.RefreshToken)
	}
	return got, c.Files.Write(c.path(s), f.fields)
}

// longest is how long AWS lets such credentials last, in seconds.
const longest = 900

// refusal translates AWS's error codes.
func refusal(s Session, err error) error {
	e := (*awsapi.Error)(nil)
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case "TOKEN_EXPIRED", "AUTHCODE_EXPIRED":
		return &NeededError{s, "has expired"}
	case "USER_CREDENTIALS_CHANGED":
		return &NeededError{s, "has ended, because the password was changed"}
	case "INSUFFICIENT_PERMISSIONS":
		return fmt.Errorf("CreateOAuth2Token: %s: %s must be allowed signin:CreateOAuth2Token", e.Code, s.ARN)
	}
	return err
}
