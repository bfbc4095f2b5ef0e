package iam_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/iam"
	"awsvault/tests/awsfake"
)

// api returns a client that calls through h and never waits.
func api(h *http.Client) *awsapi.Client {
	return &awsapi.Client{
		HTTP: func() (*http.Client, error) { return h, nil }, Now: time.Now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// calling returns a client whose calls go to f.
func calling(f trip) *iam.Client {
	return &iam.Client{
		API: api(&http.Client{Transport: f}), URL: "http://iam.example", Region: "us-east-1",
		Credentials: aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "hush"},
	}
}

func answer(r *http.Request, status int, text string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// lost inspects an error as a rotation does.
func lost(err error) bool {
	var e interface{ Lost() bool }
	return errors.As(err, &e) && e.Lost()
}

// CreateAccessKey is repeated only if AWS says that it did nothing. Otherwise a second key,
// whose secret is in no answer, could be lost. Deletion is repeated.
func TestCreationIsNotRepeated(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault awsfake.FaultKind
		code  string
		lost  bool
		calls int // of CreateAccessKey
		keys  int // at AWS, afterwards
	}{
		{"too many calls", awsfake.Throttle, "", false, 2, 2},
		{"a fault of AWS's", awsfake.InternalFailure, "InternalFailure", true, 1, 1},
		{"an outage", awsfake.Unavailable, "ServiceUnavailable", true, 1, 1},
		{"no answer", awsfake.Drop, "", true, 1, 1},
		{"an answer that is lost", awsfake.DropAnswer, "", true, 1, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := awsfake.Start(t, awsfake.Options{})
			user := fake.Account("111122223333").AddUser("jon")
			key := user.AddKey()
			c := &iam.Client{
				API: api(http.DefaultClient), URL: fake.URL, Region: "us-east-1",
				Credentials: aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret},
			}
			fake.Arm(awsfake.Fault{Operation: "CreateAccessKey", Kind: test.fault})
			made, err := c.Create(t.Context())
			if lost(err) != test.lost || aws.Code(err) != test.code || (err == nil) != (made.SecretAccessKey != "") {
				t.Errorf("%v, %v; it is lost: %v, its code is %q", made, err, lost(err), aws.Code(err))
			}
			if err != nil && !strings.HasPrefix(err.Error(), "CreateAccessKey: ") {
				t.Errorf("it says %v", err)
			}
			calls := 0
			for _, c := range fake.Calls() {
				if c.Operation == "CreateAccessKey" {
					calls++
				}
			}
			if calls != test.calls || len(user.Keys()) != test.keys {
				t.Errorf("%d calls, AWS has %v", calls, user.Keys())
			}
		})
	}
}

// Without a connection no new key exists.
func TestCreationWithoutAConnection(t *testing.T) {
	c := calling(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	})
	_, err := c.Create(t.Context())
	if want := "CreateAccessKey: iam.example refused the connection"; fmt.Sprint(err) != want || lost(err) {
		t.Errorf("it says %v, want %s; it is lost: %v", err, want, lost(err))
	}
}

// An answer with an impossible key is refused, and leaves open whether a key exists.
func TestCreationAnswersNonsense(t *testing.T) {
	for _, key := range []string{
		"", "<AccessKeyId>AKIA</AccessKeyId>", "<AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>a&#10;b</SecretAccessKey>",
		"<AccessKeyId>AK IA</AccessKeyId><SecretAccessKey>s</SecretAccessKey>", "<AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>" + strings.Repeat("s", 16<<10+1) + "</SecretAccessKey>",
	} {
		calls := 0
		c := calling(func(r *http.Request) (*http.Response, error) {
			calls++
			return answer(r, 200, "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey>"+key+"</AccessKey></CreateAccessKeyResult></CreateAccessKeyResponse>")
		})
		made, err := c.Create(t.Context())
		if fmt.Sprint(err) != "CreateAccessKey: the answer has no key in it" || !lost(err) || made != (aws.Credentials{}) || calls != 1 {
			t.Errorf("%.60q: it says %v; lost: %v; %d calls", key, err, lost(err), calls)
		}
	}
}

// A list of keys is read to its end.
func TestKeys(t *testing.T) {
	pages := []string{
		"<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status><CreateDate>2024-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata><IsTruncated>true</IsTruncated><Marker>m</Marker></ListAccessKeysResult></ListAccessKeysResponse>",
		"<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>AKIA2</AccessKeyId><Status>Inactive</Status><CreateDate>2024-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>",
	}
	c := calling(func(r *http.Request) (*http.Response, error) {
		page := pages[0]
		pages = pages[1:]
		return answer(r, 200, page)
	})
	keys, err := c.Keys(t.Context())
	created := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	want := []aws.AccessKey{{ID: "AKIA1", Active: true, Created: created}, {ID: "AKIA2", Created: created}}
	if err != nil || fmt.Sprint(keys) != fmt.Sprint(want) {
		t.Errorf("%+v, %v", keys, err)
	}
}

// An answer of a proxy does not count as IAM's.
func TestAProxyIsNotIAM(t *testing.T) {
	for status, want := range map[int]string{
		200: "ListAccessKeys: the answer of iam.example is not AWS's",
		403: "ListAccessKeys: the answer of iam.example is not AWS's (HTTP 403)",
	} {
		c := calling(func(r *http.Request) (*http.Response, error) { return answer(r, status, "<html>no") })
		if _, err := c.Keys(t.Context()); err == nil || err.Error() != want {
			t.Errorf("a proxy's answer is %v, want %s", err, want)
		}
	}
}
