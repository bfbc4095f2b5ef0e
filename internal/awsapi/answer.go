package awsapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"awsvault/internal/aws"
)

// longestSecret limits tokens and secrets, in bytes. AWS says that session tokens have no
// fixed length; today they have up to about 4 KiB. A much longer one could not be passed to a
// program: Linux allows at most 128 KiB in a variable.
const (
	longestSecret = 16 << 10
	longestID     = 128
)

// Token reports whether a text can be a token or a secret: visible ASCII, which survives
// unchanged in a header, a variable and a file, and not too long.
func Token(s string) bool { return s != "" && len(s) <= longestSecret && visible(s) }

// ID reports whether a text can be an ID from AWS, such as an access key ID.
func ID(s string) bool { return s != "" && len(s) <= longestID && visible(s) }

// Session reports whether credentials from a server can be those of a session. Every answer
// with credentials is checked with it.
func Session(c aws.Credentials) bool {
	return Key(c) && Token(c.SessionToken) && !c.Expires.IsZero()
}

// Key reports whether credentials can be a key: ID and secret.
func Key(c aws.Credentials) bool { return ID(c.AccessKeyID) && Token(c.SecretAccessKey) }

func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Signature signs a call with Signature Version 4.
type Signature struct {
	Credentials aws.Credentials
	Service     string // AWS's name for signatures: iam
	Region      string
}

func (s *Signature) sign(ctx context.Context, req *http.Request, body []byte, at time.Time) error {
	sum := sha256.Sum256(body)
	c := sdk.Credentials{AccessKeyID: s.Credentials.AccessKeyID, SecretAccessKey: s.Credentials.SecretAccessKey, SessionToken: s.Credentials.SessionToken}
	return v4.NewSigner().SignHTTP(ctx, c, req, hex.EncodeToString(sum[:]), s.Service, s.Region, at)
}

// JSON calls a service that uses JSON. It sends in, unless that is nil, and decodes the answer
// into out, unless that is nil.
func (c *Client) JSON(ctx context.Context, call Call, in, out any) error {
	header := http.Header{"Accept": {"application/json"}}
	for name, values := range call.Header {
		header[name] = values
	}
	if in != nil {
		var err error
		if call.Body, err = json.Marshal(in); err != nil {
			return err
		}
		header.Set("Content-Type", "application/json")
	}
	call.Header = header
	body, err := c.Do(ctx, call)
	if err != nil || out == nil {
		return err
	}
	if json.Unmarshal(body, out) != nil { // the error could quote a secret
		return NotAWS(call.Op, hostOf(call.URL), http.StatusOK)
	}
	return nil
}

// Query calls a service with the Query protocol, as IAM uses it: it sends a form, and receives
// XML.
func (c *Client) Query(ctx context.Context, call Call, version string, params url.Values, out any) error {
	form := url.Values{"Action": {call.Op}, "Version": {version}}
	for name, value := range params {
		form[name] = value
	}
	call.URL, call.Body = endpoint(call.URL, "/"), []byte(form.Encode())
	call.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
	call.Refused = queryRefusal
	body, err := c.Do(ctx, call)
	if err != nil || out == nil {
		return err
	}
	if xml.Unmarshal(body, out) != nil {
		return NotAWS(call.Op, hostOf(call.URL), http.StatusOK)
	}
	return nil
}

// queryRefusal reads an error of the Query protocol.
func queryRefusal(_ http.Header, body []byte) (code, message string) {
	var answer struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	if xml.Unmarshal(body, &answer) != nil || answer.Code == "" {
		return "", ""
	}
	return answer.Code, answer.Message
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// errTooLong means that an answer is longer than its limit.
var errTooLong = errors.New("too long")

// bounded reads at most limit bytes. A longer answer is an error, and not cut short.
func bounded(r io.Reader, limit int64) io.Reader {
	return &boundedReader{r: r, limit: limit, left: limit}
}

type boundedReader struct {
	r           io.Reader
	limit, left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &lengthError{b.limit}
	}
	if int64(len(p)) > b.left+1 { // one more byte, to notice that there is more
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, &lengthError{b.limit}
	}
	return n, err
}

// lengthError says how long the answer may be.
type lengthError struct{ limit int64 }

func (e *lengthError) Error() string {
	if e.limit >= 1<<20 {
		return fmt.Sprintf("longer than %d MiB", e.limit>>20)
	}
	return fmt.Sprintf("longer than %d KiB", e.limit>>10)
}

func (e *lengthError) Is(target error) bool { return target == errTooLong }
