package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/resolve"
)

// nearbyTimeout is the AWS CLI's time limit for such servers.
const nearbyTimeout = 2 * time.Second

// near calls servers on this machine or link, without a proxy and with a short time limit.
type near struct{ now func() time.Time }

// call makes a call. It does not show the text of an error response, because the server is
// unknown.
func (n near) call(ctx context.Context, method, address string, header http.Header) ([]byte, error) {
	bounded, cancel := context.WithTimeout(ctx, nearbyTimeout)
	defer cancel()
	api := awsapi.Client{HTTP: func() (*http.Client, error) { return awsapi.NearbyClient(), nil }, Now: n.now}
	body, err := api.Do(bounded, awsapi.Call{
		Op: "metadata", Method: method, URL: address, Header: header,
		Refused: func(http.Header, []byte) (code, message string) { return "", "" },
	})
	e := (*awsapi.Error)(nil)
	switch {
	case !errors.As(err, &e):
		return body, err
	case e.Status != 0 && e.Status != http.StatusOK:
		return nil, &statusError{e.Host, e.Status}
	}
	return nil, errors.New(e.Reason)
}

// statusError is an error response.
type statusError struct {
	host   string
	status int
}

func (e *statusError) Error() string { return fmt.Sprintf("%s answered HTTP %d", e.host, e.status) }

// parseMetadata reads the credentials document of a container or an instance.
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
	expires, err := resolve.ParseTime(doc.Expiration)
	c := aws.Credentials{AccessKeyID: doc.AccessKeyID, SecretAccessKey: doc.SecretAccessKey, SessionToken: doc.Token, Expires: expires}
	switch {
	case !awsapi.Key(c) || !awsapi.Token(c.SessionToken):
		return aws.Credentials{}, errors.New(awsapi.NoCredentials)
	case err != nil:
		return aws.Credentials{}, errors.New("the answer does not say when the credentials expire")
	}
	return c, nil
}
