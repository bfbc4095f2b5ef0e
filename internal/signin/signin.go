// Package signin uses and renews what `aws login` leaves behind: credentials of 15
// minutes in ~/.aws/login/cache, and a refresh token that is bound to a key
// (DPoP, RFC 9449) and to the region of the sign-in.
//
// docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html;
// the files are those of the AWS CLI, and every field of theirs stays.
//
// It does not sign in: that is `aws login`.
package signin

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// Session is one sign-in.
type Session struct {
	ARN      string // login_session, whoever signed in
	Profile  string
	Endpoint string // URL of the sign-in service
	Region   string
}

// Client reads and renews.
type Client struct {
	Dir  string
	HTTP func() (*http.Client, error)
	Now  func() time.Time
	Rand io.Reader
	// Lock lets one process at a time renew.
	Lock func(ctx context.Context) (unlock func(), err error)
}

// Credentials are those of the sign-in.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Expires                                    time.Time // UTC
}

// NeededError says that somebody has to sign in with the AWS CLI.
type NeededError struct {
	Session Session
	Reason  string
}

// Error says why.
func (e *NeededError) Error() string {
	return fmt.Sprintf("the sign-in of profile %q %s", e.Session.Profile, e.Reason)
}

// Hint is what to type.
func (e *NeededError) Hint() string { return "aws login --profile " + e.Session.Profile }

// window is how much the credentials must have left not to be renewed, as in the AWS CLI.
const window = 5 * time.Minute

// maxFile is far above a real file, in bytes.
const maxFile = 256 << 10

// Credentials delivers the credentials, renewed if they are about to end.
func (c *Client) Credentials(ctx context.Context, s Session) (Credentials, error) {
	f, err := c.read(s)
	if err != nil {
		return Credentials{}, err
	}
	if f.expires.Sub(c.Now()) > window {
		return f.credentials, nil
	}
	unlock, err := c.Lock(ctx)
	if err != nil {
		return Credentials{}, err
	}
	defer unlock()
	if f, err = c.read(s); err != nil { // by whoever had the lock
		return Credentials{}, err
	}
	if f.expires.Sub(c.Now()) > window {
		return f.credentials, nil
	}
	got, err := c.renew(ctx, s, f)
	if err != nil && !needed(err) && f.expires.After(c.Now()) {
		return f.credentials, nil // no network: they are good for a while yet
	}
	return got, err
}

// Until says until when the credentials at hand are good, which Credentials renews.
func (c *Client) Until(s Session) (time.Time, error) {
	f, err := c.read(s)
	return f.expires, err
}

func needed(err error) bool {
	e := (*NeededError)(nil)
	return errors.As(err, &e)
}

// file is a file of the AWS CLI's cache.
type file struct {
	credentials Credentials
	expires     time.Time
	clientID    string
	refresh     string
	key         *ecdsa.PrivateKey
	fields      map[string]json.RawMessage
	access      map[string]json.RawMessage
}

func (c *Client) path(s Session) string {
	sum := sha256.Sum256([]byte(s.ARN))
	return filepath.Join(c.Dir, hex.EncodeToString(sum[:])+".json")
}

func (c *Client) read(s Session) (file, error) {
	var f file
	// Before it is opened: opening a pipe waits for somebody to write.
	if info, err := os.Stat(c.path(s)); errors.Is(err, fs.ErrNotExist) {
		return f, &NeededError{s, "is missing"}
	} else if err == nil && !info.Mode().IsRegular() {
		return f, fmt.Errorf("%s is not a regular file: remove it, and sign in again", c.path(s))
	}
	h, err := os.Open(c.path(s))
	if err != nil {
		return f, fmt.Errorf("read the sign-in of aws login: %w", err)
	}
	defer h.Close()
	info, err := h.Stat()
	if err != nil {
		return f, fmt.Errorf("read the sign-in of aws login: %w", err)
	}
	if err := ours(c.path(s), info); err != nil {
		return f, err
	}
	text, err := io.ReadAll(io.LimitReader(h, maxFile+1))
	if err != nil || len(text) > maxFile {
		return f, &NeededError{s, "cannot be read (longer than 256 KiB)"}
	}
	if f, err = parse(text); err != nil {
		return f, &NeededError{s, fmt.Sprintf("cannot be read (%v)", err)}
	}
	return f, nil
}

func parse(text []byte) (file, error) {
	var f file
	if err := json.Unmarshal(text, &f.fields); err != nil || f.fields == nil {
		return f, errors.New("not JSON")
	}
	if json.Unmarshal(f.fields["accessToken"], &f.access) != nil || f.access == nil {
		return f, errors.New("no accessToken")
	}
	var expires, dpop string
	for _, want := range []struct {
		from map[string]json.RawMessage
		name string
		to   *string
	}{
		{f.access, "accessKeyId", &f.credentials.AccessKeyID}, {f.access, "secretAccessKey", &f.credentials.SecretAccessKey},
		{f.access, "sessionToken", &f.credentials.SessionToken}, {f.access, "expiresAt", &expires},
		{f.fields, "clientId", &f.clientID}, {f.fields, "refreshToken", &f.refresh}, {f.fields, "dpopKey", &dpop},
	} {
		if json.Unmarshal(want.from[want.name], want.to) != nil || *want.to == "" {
			return f, errors.New("no " + want.name)
		}
	}
	if !visible(f.credentials.AccessKeyID + f.credentials.SecretAccessKey + f.credentials.SessionToken) {
		return f, errors.New("the credentials are not credentials")
	}
	t, err := time.Parse(time.RFC3339, expires) // the Go SDK writes fractions
	if err != nil {
		return f, errors.New("no time in expiresAt")
	}
	f.expires = t.UTC().Truncate(time.Second)
	f.credentials.Expires = f.expires
	block, _ := pem.Decode([]byte(dpop))
	if block == nil {
		return f, errors.New("no key in dpopKey")
	}
	if f.key, err = x509.ParseECPrivateKey(block.Bytes); err != nil || f.key.Curve.Params().BitSize != 256 {
		return f, errors.New("no P-256 key in dpopKey")
	}
	return f, nil
}

// renew trades the refresh token.
func (c *Client) renew(ctx context.Context, s Session, f file) (Credentials, error) {
	address := strings.TrimSuffix(s.Endpoint, "/") + "/v1/token"
	proof, err := c.proof(f.key, address)
	if err != nil {
		return Credentials{}, err
	}
	body, err := json.Marshal(map[string]string{"clientId": f.clientID, "grantType": "refresh_token", "refreshToken": f.refresh})
	if err != nil {
		return Credentials{}, err
	}
	client, err := c.HTTP()
	if err != nil {
		return Credentials{}, err
	}
	bounded, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(bounded, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return Credentials{}, errors.New("the address of the sign-in service cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("DPoP", proof)
	resp, err := client.Do(req)
	if err != nil {
		return Credentials{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxFile))
	if err != nil {
		return Credentials{}, &url.Error{Op: "Post", URL: address, Err: err}
	}
	if resp.StatusCode != http.StatusOK {
		return Credentials{}, refusal(s, resp.StatusCode, text)
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
	if json.Unmarshal(text, &out) != nil || out.AccessToken.AccessKeyID == "" || out.AccessToken.SecretAccessKey == "" || out.AccessToken.SessionToken == "" ||
		out.ExpiresIn < 1 || out.ExpiresIn > 900 || !visible(out.AccessToken.AccessKeyID+out.AccessToken.SecretAccessKey+out.AccessToken.SessionToken) {
		return Credentials{}, errors.New("CreateOAuth2Token: the answer has no credentials in it")
	}
	got := Credentials{
		AccessKeyID: out.AccessToken.AccessKeyID, SecretAccessKey: out.AccessToken.SecretAccessKey, SessionToken: out.AccessToken.SessionToken,
		Expires: c.Now().Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second),
	}
	for name, value := range map[string]string{
		"accessKeyId": got.AccessKeyID, "secretAccessKey": got.SecretAccessKey, "sessionToken": got.SessionToken, "expiresAt": got.Expires.Format(time.RFC3339),
	} {
		f.access[name] = quoted(value)
	}
	if f.fields["accessToken"], err = json.Marshal(f.access); err != nil {
		return Credentials{}, err
	}
	if out.RefreshToken != "" {
		f.fields["refreshToken"] = quoted(out.RefreshToken)
	}
	return got, c.write(s, f)
}

// refusal maps the four answers that say no.
func refusal(s Session, status int, text []byte) error {
	var doc struct{ Error, Message string }
	_ = json.Unmarshal(text, &doc)
	switch doc.Error {
	case "TOKEN_EXPIRED", "AUTHCODE_EXPIRED":
		return &NeededError{s, "has expired"}
	case "USER_CREDENTIALS_CHANGED":
		return &NeededError{s, "has ended, because the password was changed"}
	case "INSUFFICIENT_PERMISSIONS":
		return fmt.Errorf("CreateOAuth2Token: %s: %s must be allowed signin:CreateOAuth2Token", doc.Error, s.ARN)
	case "INVALID_REQUEST":
		// A refresh token is good in the region of the sign-in only, and the file
		// does not say which that is.
		return &NeededError{s, fmt.Sprintf("cannot be renewed in %s, perhaps because it was made in another region", s.Region)}
	}
	return fmt.Errorf("CreateOAuth2Token: HTTP %d %s", status, plain(strings.TrimSpace(doc.Error+" "+doc.Message)))
}

func (c *Client) write(s Session, f file) error {
	text, err := json.Marshal(f.fields)
	if err != nil {
		return err
	}
	h, err := os.CreateTemp(c.Dir, ".vault-*") // 0600
	if err != nil {
		return fmt.Errorf("keep the renewed sign-in: %w", err)
	}
	_, err = h.Write(text)
	if err == nil {
		err = h.Sync()
	}
	if cerr := h.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(h.Name(), c.path(s))
	}
	if err != nil {
		os.Remove(h.Name())
		return fmt.Errorf("keep the renewed sign-in: %w", err)
	}
	return nil
}

func quoted(s string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string
	return bytes.TrimSpace(b.Bytes())
}

func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func plain(s string) string {
	if len(s) > 400 {
		s = s[:400]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
}
