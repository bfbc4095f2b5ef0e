package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/resolve"
)

// maxMetadata is how much such a server may answer, in bytes.
const maxMetadata = 64 << 10

// nearbyTimeout is what the AWS CLI gives servers of this kind.
const nearbyTimeout = 2 * time.Second

// nearby calls a server on this machine or link: without the proxy, and briefly.
func nearby(ctx context.Context, method, url string, header http.Header) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, nearbyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, errors.New("its address cannot be used")
	}
	req.Header = header
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: nearbyTimeout}).DialContext, DisableKeepAlives: true}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		msg, _ := diagnose(err, url)
		return nil, errors.New(msg)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxMetadata+1))
	switch {
	case err != nil:
		return nil, errors.New("the answer of " + req.URL.Host + " was cut short")
	case len(body) > maxMetadata:
		return nil, errors.New("the answer of " + req.URL.Host + " is longer than 64 KiB")
	case resp.StatusCode != http.StatusOK:
		return nil, &statusError{req.URL.Host, resp.StatusCode}
	}
	return body, nil
}

// statusError is an answer that says no.
type statusError struct {
	host   string
	status int
}

func (e *statusError) Error() string { return fmt.Sprintf("%s answered HTTP %d", e.host, e.status) }

// parseMetadata reads the document of a container's or an instance's credentials.
func parseMetadata(body []byte) (aws.Credentials, error) {
	var doc struct {
		Code, Message                      string
		AccessKeyID                        string `json:"AccessKeyId"`
		SecretAccessKey, Token, Expiration string
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return aws.Credentials{}, errors.New("the answer is not JSON")
	}
	if doc.Code != "" && doc.Code != "Success" {
		return aws.Credentials{}, fmt.Errorf("%.100s: %.400s", doc.Code, doc.Message)
	}
	if doc.AccessKeyID == "" || doc.SecretAccessKey == "" || doc.Token == "" || !aws.Visible(doc.AccessKeyID+doc.SecretAccessKey+doc.Token) {
		return aws.Credentials{}, errors.New("the answer has no credentials in it")
	}
	expires, err := resolve.ParseTime(doc.Expiration)
	if err != nil {
		return aws.Credentials{}, errors.New("the answer does not say when the credentials expire")
	}
	return aws.Credentials{AccessKeyID: doc.AccessKeyID, SecretAccessKey: doc.SecretAccessKey, SessionToken: doc.Token, Expires: expires}, nil
}
