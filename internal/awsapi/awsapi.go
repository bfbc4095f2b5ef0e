// Package awsapi makes every call to AWS. It signs the call if the service needs a
// signature, limits its time and size, repeats it by one policy, and returns one kind of
// error.
//
// STS is called with the SDK's client. [Client.STS] builds that client, with the same HTTP
// client, limits, policy and errors as the others. All other services are called by
// [Client.Do]: their SDK packages would add 3 MB to the program, and time to every start,
// for a dozen calls.
//
// # Retries
//
// A call is tried up to four times, after 0.1 to 0.2, 0.2 to 0.4 and 0.4 to 0.8 seconds:
//
//   - if AWS throttles (HTTP 429, or one of the throttling codes). AWS has not carried out
//     the call. A list, see [Call.Patient], is tried up to twelve times, with up to 3 seconds
//     between the attempts;
//   - if AWS has an internal error (HTTP 500, 502, 503, 504, and the matching codes in the
//     Query protocol), or if the connection ends without an answer. AWS may have carried out
//     the call, so a call that must not happen twice is not repeated, see [Call.Unique];
//   - once, if AWS refused the signature because this computer's clock is wrong, and the call
//     returns nothing that expires. The second attempt is signed with AWS's time.
//
// A call is not repeated if there was no connection (no such host, connection refused,
// certificate not trusted, refused by a proxy): it will not be better in a second, and the
// user is waiting. A call that timed out is not repeated either.
//
// The sources are the standard mode in
// docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html, and the lists of
// statuses and codes in github.com/aws/aws-sdk-go-v2/aws/retry (standard.go). There are
// three differences: the SDK tries again without a connection, it makes three attempts
// instead of four, and it waits for up to 20 seconds instead of 3.
//
// # What the package does not know
//
// It does not know profiles, files, keystores, users, the environment or the clock; callers
// pass in what it needs. Callers also say what a refusal means for a profile; the error has
// AWS's code and text.
package awsapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// These are the limits of an answer, in bytes. Error responses are limited to [Small] for
// every call.
const (
	Small = 64 << 10 // credentials and tokens
	Large = 4 << 20  // a page of a list
)

// These are the time limits for one attempt, and for a patient call with its repetitions.
const (
	callTimeout    = 30 * time.Second
	patientTimeout = 2 * time.Minute
)

// Client calls AWS. It is safe for concurrent use.
type Client struct {
	// HTTP makes the client, see [HTTPClient]. It is called at the first call.
	HTTP func() (*http.Client, error)
	Now  func() time.Time
	// Sleep waits between attempts; nil: a real wait.
	Sleep func(context.Context, time.Duration) error
	// Warn is called once with a [ClockError] if the clock of this computer is wrong and AWS
	// has accepted the call anyway. It may be nil.
	Warn func(error)
	// Waiting is called with what vault waits for; done ends the wait. It may be nil.
	Waiting func(what string) (done func())

	clock clock
}

// Call is one call of an operation.
type Call struct {
	Op     string // AWS's name of the operation, for messages
	Method string // POST if empty
	URL    string
	Header http.Header
	Body   []byte
	Sign   *Signature // nil: not signed
	Limit  int64      // the limit of the answer in bytes; zero: Small
	// Unique means that the call must not happen twice, like CreateAccessKey. It is only
	// repeated if AWS says that it did nothing.
	Unique bool
	// Patient means that the call is one of many, which AWS throttles.
	Patient bool
	// Refused reads the code and the text of an error response; nil: AWS's JSON.
	Refused func(h http.Header, body []byte) (code, message string)
}

// Do makes a call, and returns the body of the answer. Its errors are [*Error] or
// context.Canceled.
func (c *Client) Do(ctx context.Context, call Call) ([]byte, error) {
	client, err := c.HTTP()
	if err != nil {
		return nil, err
	}
	defer c.waiting(hostOf(call.URL))()
	limit := callTimeout
	if call.Patient {
		limit = patientTimeout
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for n := 1; ; n++ {
		body, err := c.once(bounded, client, call)
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, context.Canceled
		}
		e := (*Error)(nil)
		if !errors.As(err, &e) {
			return body, err
		}
		if call.Sign != nil && c.clock.correct(e) {
			n--
			continue
		}
		if !repeatable(e, call.Unique) || n >= attempts(e, call.Patient) {
			return nil, err
		}
		if serr := c.Wait(bounded, pause(n)); serr != nil {
			if errors.Is(ctx.Err(), context.Canceled) {
				return nil, context.Canceled
			}
			return nil, err
		}
	}
}

// once makes one attempt.
func (c *Client) once(ctx context.Context, client *http.Client, call Call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	method := call.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return nil, &Error{Op: call.Op, Reason: "the address of the service cannot be used", Unreachable: true}
	}
	for name, values := range call.Header {
		req.Header[name] = values
	}
	if call.Sign != nil {
		if err := call.Sign.sign(ctx, req, call.Body, c.clock.time(c.Now)); err != nil {
			return nil, &Error{Op: call.Op, Reason: "the call cannot be signed", Unreachable: true, Err: err}
		}
	}
	began := c.Now()
	resp, err := client.Do(req)
	if err != nil {
		return nil, unanswered(call.Op, req.URL.Host, err)
	}
	defer resp.Body.Close()
	if call.Sign != nil {
		c.clock.observe(resp.Header, began)
	}
	if resp.StatusCode == http.StatusProxyAuthRequired {
		return nil, unanswered(call.Op, req.URL.Host, answerOfProxy(client, req))
	}
	limit := call.Limit
	if limit == 0 || resp.StatusCode != http.StatusOK {
		limit = Small
	}
	body, err := io.ReadAll(bounded(resp.Body, limit))
	switch {
	case err != nil:
		e := unanswered(call.Op, req.URL.Host, err)
		e.Status = resp.StatusCode
		return nil, e
	case resp.StatusCode != http.StatusOK:
		e := refusal(call, resp, body)
		e.Skew = c.clock.fault(e)
		return nil, e
	}
	if call.Sign != nil {
		c.clock.warn(c.Warn)
	}
	return body, nil
}

// Date asks a service for the time: every HTTP answer has a date (RFC 9110, 6.6.1), in whole
// seconds. It signs and sends nothing.
func (c *Client) Date(ctx context.Context, address string) (time.Time, error) {
	const op = "HEAD"
	client, err := c.HTTP()
	if err != nil {
		return time.Time{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return time.Time{}, &Error{Op: op, Reason: "the address of the service cannot be used", Unreachable: true}
	}
	resp, err := client.Do(req)
	if err != nil {
		return time.Time{}, unanswered(op, req.URL.Host, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusProxyAuthRequired {
		return time.Time{}, unanswered(op, req.URL.Host, answerOfProxy(client, req))
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, &Error{Op: op, Host: req.URL.Host, Reason: "the answer of " + req.URL.Host + " has no date"}
	}
	return date, nil
}

// Wait waits as between two attempts.
func (c *Client) Wait(ctx context.Context, d time.Duration) error {
	if c.Sleep != nil {
		return c.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// These are the numbers of the retry policy, see the package comment.
const (
	mostAttempts        = 4
	mostPatientAttempts = 12
	firstPause          = 100 * time.Millisecond
	longestPause        = 3 * time.Second
)

// attempts returns how often to try a call that failed in this way.
func attempts(e *Error, patient bool) int {
	if patient && e.Throttled() {
		return mostPatientAttempts
	}
	return mostAttempts
}

// pause returns how long to wait after the nth attempt. Half of it is random, so that
// processes that were refused together do not try again together.
func pause(n int) time.Duration {
	d := min(firstPause<<min(n, 10), longestPause)
	return d/2 + rand.N(d/2)
}

// repeatable is the retry policy.
func repeatable(e *Error, unique bool) bool {
	switch {
	case e.Throttled():
		return true
	case unique:
		return false
	}
	return e.cut || transientStatus(e.Status) && !e.tooLong || transientCode(e.Code)
}

func transientStatus(status int) bool {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// transientCode reports whether a code with a 4xx status means a fault of AWS.
func transientCode(code string) bool {
	switch code {
	case "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "IDPCommunicationError":
		return true
	}
	return false
}

// Throttled reports whether AWS limits these calls. It has then done nothing.
func (e *Error) Throttled() bool {
	switch e.Code {
	case "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"RequestLimitExceeded", "TooManyRequestsException", "TooManyRequestsError", "BandwidthLimitExceeded", "SlowDown":
		return true
	}
	return e.Status == http.StatusTooManyRequests
}

// endpoint joins the address of a service and a path.
func endpoint(base, path string) string { return strings.TrimSuffix(base, "/") + path }
