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

// longestSecret bounds tokens and secrets in bytes. AWS says of session tokens that they have no fixed
// length; those of today have up to about 4 KiB. Many more could not be handed to a program:
// Linux takes 128 KiB in a variable.
const (
	longestSecret = 16 << 10
	longestID     = 128
)

// Token says whether a text can be a token or a secret: visible ASCII, which a
// header, a variable and a file take unchanged, and not too long.
func Token(s string) bool { return s != "" && len(s) <= longestSecret && visible(s) }

// ID says whether a text can be an id of AWS's, like that of an access key.
func ID(s string) bool { return s != "" && len(s) <= longestID && visible(s) }

// Session says whether credentials that a server handed out can be those of a
// session. Every answer with credentials in it is checked by it.
func Session(c aws.Credentials) bool {
	return Key(c) && Token(c.SessionToken) && !c.Expires.IsZero()
}

// Key says whether they can be a key: id and secret.
func Key(c aws.Credentials) bool { return ID(c.AccessKeyID) && Token(c.SecretAccessKey) }

func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Signature signs a call: Signature Version 4.
type Signature struct {
	Credentials aws.Credentials
	Service     string // as AWS signs for it: iam
	Region      string
}

func (s *Signature) sign(ctx context.Context, req *http.Request, body []byte, at time.Time) error {
	sum := sha256.Sum256(body)
	c := sdk.Credentials{AccessKeyID: s.Credentials.AccessKeyID, SecretAccessKey: s.Credentials.SecretAccessKey, SessionToken: s.Credentials.SessionToken}
	return v4.NewSigner().SignHTTP(ctx, c, req, hex.EncodeToString(sum[:]), s.Service, s.Region, at)
}

// JSON makes a call of a service that speaks JSON. in is sent, nil for nothing; the
// answer is decoded into out, nil for one that says nothing.
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
	if json.Unmarshal(body, out) != nil { // its error could quote a secret
		return NotAWS(call.Op, hostOf(call.URL), http.StatusOK)
	}
	return nil
}

// Query makes a call of the Query protocol, which IAM speaks: a form is sent, and
// XML comes back.
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

// errTooLong is an answer beyond its bound.
var errTooLong = errors.New("too long")

// bounded reads at most limit bytes; more is an error, and not a short answer.
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
	if int64(len(p)) > b.left+1 { // one more, to see that there is more
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
